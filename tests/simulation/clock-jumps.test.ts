import { afterEach, describe, expect, it } from 'vitest';
import type { TimeAnswer } from '../../core/acquisition/time-servers.ts';
import type { PlantConfig } from '../../core/config/plant.ts';
import { startOfLocalDay } from '../../core/model/local-time.ts';
import type { ManualClock } from '../fixtures/manual-clock.ts';
import { type Script, scriptedPlant } from '../fixtures/scripted-driver.ts';
import { PlantInTime } from './plant-in-time.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;
const YEAR = 31_557_600_000;
const NOON = Date.UTC(2026, 10, 20, 12);

let running: PlantInTime | undefined;

afterEach(() => {
  running?.close();
  running = undefined;
});

/** A meter that counts half a watt-hour each true millisecond (1800 kW), whatever this computer takes the time for. */
const trueMeter =
  (trueMs: () => number): Script =>
  (point) => {
    if (point.id === 'status') return 'generating';
    if (point.id === 'power') return 1800;
    return 1000 + Math.floor(trueMs() / 2) / 1000;
  };

function plantWith(changes: Partial<PlantConfig>, periodMs = 1000): PlantConfig {
  const plant = scriptedPlant();
  return { ...plant, devices: plant.devices.map((device) => ({ ...device, periodMs })), ...changes };
}

interface Energies {
  readonly creditedWh: number;
  /** What the register rose by over events that no known time explains, which the readings name. */
  readonly namedWh: number;
  readonly countedWh: number;
  readonly spans: number;
}

function energyOf(plant: PlantInTime): Energies {
  const readings = plant.readings();
  const spans = readings.flatMap(({ registers }) => registers?.energyExport ?? []);
  const [starts, ends] = [spans.map(({ startKwh }) => Number(startKwh)), spans.map(({ endKwh }) => Number(endKwh))];
  return {
    creditedWh: readings.reduce((sum, { energyWh = 0 }) => sum + energyWh, 0),
    countedWh: Math.round((Math.max(...ends) - Math.min(...starts)) * 1000),
    namedWh: spans
      .flatMap(({ events }) => events)
      .reduce((sum, { fromKwh, toKwh }) => sum + Math.round((Number(toKwh) - Number(fromKwh)) * 1000), 0),
    spans: spans.length,
  };
}

describe('a clock that jumps', () => {
  it.each([
    ['a second forward', 1000, 0],
    ['a second back', -1000, 0],
    ['an hour forward', HOUR, 1],
    ['an hour back', -HOUR, 1],
    ['ten years forward', 10 * YEAR, 1],
    ['ten years back', -10 * YEAR, 1],
    ['a night of sleep', 8 * HOUR + 123, 1],
  ] as const)('by %s costs no energy and counts none twice', async (_name, stepMs, entries) => {
    running = new PlantInTime({ beginMs: NOON - 500, config: plantWith({}), script: trueMeter });
    running.start();
    await running.clock.pass(150_000);
    running.clock.step(stepMs);
    await running.clock.pass(200_000);
    await running.stop();
    const { creditedWh, countedWh, spans } = energyOf(running);
    expect(creditedWh).toBe(countedWh);
    expect(spans).toBeGreaterThanOrEqual(4);
    expect(creditedWh).toBeGreaterThan(100_000);
    expect(running.clockEntries()).toHaveLength(entries);
    const froms = running.readings().map(({ from }) => from);
    expect(new Set(froms).size).toBe(froms.length);
    expect(running.isSound()).toBe(true);
  });

  it('while its interval is recorded already, and a restart after it, makes no leap of the register plausible', async () => {
    let leapWh = 0;
    running = new PlantInTime({
      beginMs: NOON - 500,
      config: plantWith({}),
      script: (trueMs) => (point, nowMs) => {
        const value = trueMeter(trueMs)(point, nowMs);
        return point.kind === 'counter' && typeof value === 'number' ? value + leapWh / 1000 : value;
      },
    });
    running.start();
    await running.clock.pass(150_000);
    running.clock.step(-100_000);
    await running.clock.pass(20_000);
    running.clock.step(HOUR);
    await running.clock.pass(600);
    running.crash(2000, running.clock.wallMs() + 2000);
    leapWh = 800_000;
    await running.clock.pass(200_000);
    await running.stop();
    const { creditedWh, namedWh, countedWh } = energyOf(running);
    expect(creditedWh).toBeLessThan(countedWh - leapWh + 5000);
    expect(creditedWh).toBeGreaterThan(150_000);
    expect(namedWh).toBeGreaterThanOrEqual(leapWh);
    expect(running.isSound()).toBe(true);
  });

  it('back ten years at boot, with an empty battery, is suspect until time servers confirm a clock set right', async () => {
    let isReachable = false;
    const truth = (): number => NOON - 500 + (running?.trueMs() ?? 0);
    running = new PlantInTime({
      beginMs: NOON - 500,
      config: plantWith({ clock: { ntp: ['a', 'b', 'c'] } }),
      script: trueMeter,
      askTimeServer: (_host, clock): TimeAnswer =>
        isReachable
          ? { kind: 'time', offsetMs: truth() - clock.wallMs(), boundMs: 5 }
          : { kind: 'silent', why: 'no answer in time' },
    });
    running.start();
    await running.clock.pass(90_000);
    running.crash(5000, Date.UTC(2016, 0, 1));
    await running.clock.pass(30 * MINUTE);
    const before = running.readings().filter(({ from }) => from.startsWith('2016'));
    expect(before.length).toBeGreaterThan(25);
    expect(new Set(before.map(({ clock }) => clock))).toEqual(new Set(['suspect']));
    expect(running.plant?.clock.standing.reason).toMatch(/10\.9 years before the last entry/);
    isReachable = true;
    await running.clock.pass(5 * MINUTE);
    expect(running.plant?.clock.standing).toMatchObject({ trust: 'suspect', reason: /behind 3 time servers/ });
    running.clock.step(truth() - running.clock.wallMs());
    await running.clock.pass(5 * MINUTE);
    await running.stop();
    const after = running.readings().filter(({ from }) => from.startsWith('2026-11-20T12:3'));
    expect(after.at(-1)?.clock).toBe('disciplined');
    // Nobody knows how long the computer was off: what the meter counted meanwhile is credited, or named in an event.
    const { creditedWh, namedWh, countedWh } = energyOf(running);
    expect(creditedWh + namedWh).toBe(countedWh);
    expect(namedWh).toBeLessThan(5000);
    expect(running.isSound()).toBe(true);
  });
});

describe('time servers', () => {
  const answers: Record<string, (clock: ManualClock) => TimeAnswer> = {
    honest: () => ({ kind: 'time', offsetMs: 12, boundMs: 8 }),
    good: () => ({ kind: 'time', offsetMs: -3, boundMs: 8 }),
    liar: () => ({ kind: 'time', offsetMs: HOUR, boundMs: 2 }),
    // Dies after half an hour.
    mortal: (clock) =>
      clock.monotonicMs() < HOUR / 2 ? { kind: 'time', offsetMs: 5, boundMs: 8 } : { kind: 'silent', why: 'gone' },
  };

  async function watch(ntp: string[], durationMs: number): Promise<PlantInTime> {
    running = new PlantInTime({
      beginMs: NOON - 500,
      config: plantWith({ clock: { ntp } }, 10_000),
      script: trueMeter,
      askTimeServer: (host, clock) => answers[host]?.(clock) ?? { kind: 'silent', why: 'no such server' },
    });
    running.start();
    await running.clock.pass(durationMs);
    await running.stop();
    return running;
  }

  it('discipline the readings from the second interval on, though one of three lies by an hour', async () => {
    const plant = await watch(['honest', 'liar', 'good'], 10 * MINUTE);
    expect(plant.readings().map(({ clock }) => clock)).toEqual(['holdover', ...Array(8).fill('disciplined')]);
    expect(plant.clockEntries()).toEqual([
      expect.objectContaining({ trust: 'disciplined', from: 'holdover', servers: 2, offsetMs: 5 }),
    ]);
  });

  it('that are gone leave a holdover after an hour, recorded once', async () => {
    const plant = await watch(['mortal'], 2 * HOUR);
    const trusts = plant.readings().map(({ clock }) => clock);
    expect(trusts.filter((trust) => trust === 'disciplined').length).toBeGreaterThan(60);
    expect(trusts.at(-1)).toBe('holdover');
    expect(plant.clockEntries().map(({ trust }) => trust)).toEqual(['disciplined', 'holdover']);
  });

  it('that contradict each other discipline nothing', async () => {
    const plant = await watch(['honest', 'liar'], 5 * MINUTE);
    expect(new Set(plant.readings().map(({ clock }) => clock))).toEqual(new Set(['holdover']));
  });
});

describe('the ledger', () => {
  it('keeps the offsets of servers and devices once a day, and no more', async () => {
    running = new PlantInTime({
      beginMs: NOON - 500,
      config: plantWith({ clock: { ntp: ['one'] }, intervalMs: HOUR }, MINUTE),
      script: trueMeter,
      deviceTime: (wallMs) => wallMs + 1500,
      askTimeServer: () => ({ kind: 'time', offsetMs: 40, boundMs: 6 }),
    });
    running.start();
    await running.clock.pass(50 * HOUR);
    await running.stop();
    const [first, ...daily] = running.clockEntries();
    expect(first).toMatchObject({ trust: 'disciplined', from: 'holdover' });
    expect(daily.map(({ now, devices, offsetMs }) => [String(now).slice(0, 10), devices, offsetMs])).toEqual([
      ['2026-11-21', { plc1: 1500 }, 40],
      ['2026-11-22', { plc1: 1500 }, 40],
    ]);
  });
});

describe('a calendar', () => {
  it.each([
    ['the day on which Berlin puts its clocks forward', 'Europe/Berlin', Date.UTC(2026, 2, 28, 23), 23],
    ['the day on which Berlin puts its clocks back', 'Europe/Berlin', Date.UTC(2026, 9, 24, 22), 25],
    ['the day on which Santiago puts its clocks forward at midnight', 'America/Santiago', Date.UTC(2026, 8, 6, 4), 23],
    ['a leap day', 'Asia/Kolkata', Date.UTC(2028, 1, 28, 18, 30), 24],
    ['the end of a year', 'Asia/Kathmandu', Date.UTC(2026, 11, 30, 18, 15), 24],
    ['the end of a year in UTC', 'UTC', Date.UTC(2026, 11, 31), 24],
  ] as const)('with %s loses, doubles and misplaces nothing', async (_name, timezone, dayMs, hours) => {
    const config = scriptedPlant();
    running = new PlantInTime({
      beginMs: dayMs - HOUR - 500,
      config: plantWith({ plant: { ...config.plant, timezone }, intervalMs: 15 * MINUTE }, MINUTE),
      script: trueMeter,
    });
    running.start();
    await running.clock.pass((hours + 2) * HOUR + 2000);
    await running.stop();
    const readings = running.readings();
    const { creditedWh, countedWh } = energyOf(running);
    expect(creditedWh).toBe(countedWh);
    const ofDay = readings.filter(({ from }) => startOfLocalDay(Date.parse(from), timezone) === dayMs);
    expect(ofDay).toHaveLength(hours * 4);
    expect(ofDay.reduce((sum, { energyWh = 0 }) => sum + energyWh, 0)).toBe(hours * 1_800_000);
    expect(readings.every(({ coverage }, index) => index === 0 || coverage === 1)).toBe(true);
    expect(readings.every(({ from }, index) => index === 0 || from === readings[index - 1]?.to)).toBe(true);
    expect(running.clockEntries()).toEqual([]);
  });
});
