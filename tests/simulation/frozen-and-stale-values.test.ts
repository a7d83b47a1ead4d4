import { afterEach, describe, expect, it } from 'vitest';
import { pointView } from '../../appliance/plant-status.ts';
import { present } from '../../core/model/assert.ts';
import { seededRandom } from '../../core/model/random.ts';
import { announceSeed } from '../contract/driver-host.ts';
import { type Script, scriptedPlant } from '../fixtures/scripted-driver.ts';
import { PlantInTime } from './plant-in-time.ts';

const NOON = Date.UTC(2026, 10, 20, 12);
const MINUTE = 60_000;
const HOUR = 3_600_000;

let running: PlantInTime | undefined;

afterEach(() => {
  running?.close();
  running = undefined;
});

/** A unit at 1800 kW whose power moves by half a per cent, as measured power does, and whose meter counts it. */
function machine(random: { next(): number }, frozen: (trueMs: number) => boolean, state = 'generating') {
  return (trueMs: () => number): Script => {
    let lastKw = 1800;
    return (point) => {
      if (point.id === 'status') return state;
      const isRunning = state === 'generating';
      if (point.id === 'energy_export') return isRunning ? 1000 + Math.floor(trueMs() / 2) / 1000 : 1000;
      if (!isRunning) return 0;
      if (!frozen(trueMs())) lastKw = Math.round(1800 * (1 + 0.01 * (random.next() - 0.5)) * 10) / 10;
      return lastKw;
    };
  };
}

const stuckAt = (findings: readonly string[][]): number[] =>
  findings.flatMap((codes, index) => (codes.includes('VER_STUCK_VALUE') ? [index] : []));

describe('a register that freezes', () => {
  it('while the unit generates is flagged with the first whole interval, and no more once it moves', async () => {
    const seed = announceSeed('frozen value');
    const from = 20 * MINUTE + 30_000;
    const frozen = (trueMs: number): boolean => trueMs >= from && trueMs < from + 5 * MINUTE;
    const script = machine(seededRandom(seed), frozen);
    running = new PlantInTime({ beginMs: NOON - 500, config: scriptedPlant(), script });
    running.start();
    await running.clock.pass(30 * MINUTE);
    await running.stop();
    expect(stuckAt(running.findings())).toEqual([21, 22, 23, 24]);
    expect(running.readings()[21]?.powerKw).toMatchObject({ samples: 60, distinct: 1 });
    expect(running.readings()[5]?.powerKw?.distinct).toBeGreaterThan(20);
  });

  it('is not seen in a unit that stands still for an hour', async () => {
    const script = machine(seededRandom(3), () => true, 'stopped');
    running = new PlantInTime({ beginMs: NOON - 500, config: scriptedPlant(), script });
    running.start();
    await running.clock.pass(HOUR);
    await running.stop();
    expect(running.readings().length).toBeGreaterThan(55);
    expect(stuckAt(running.findings())).toEqual([]);
    expect(running.readings().every(({ coverage }, index) => index === 0 || coverage === 1)).toBe(true);
  });
});

describe('values whose own time stands still', () => {
  it('turn stale though they are read, are uncertain in the reading, and the bytes keep what the device said', async () => {
    const hangsAtMs = NOON + 10 * MINUTE;
    running = new PlantInTime({
      beginMs: NOON - 500,
      config: scriptedPlant(),
      script: machine(seededRandom(4), () => false),
      deviceTime: (wallMs) => Math.min(wallMs, hangsAtMs) - 40,
    });
    running.start();
    await running.clock.pass(9 * MINUTE);
    const shown = (): string =>
      pointView(present(running?.plant?.latest.get('plc1/power'), 'the power'), running?.clock.wallMs() ?? 0).quality;
    expect(shown()).toBe('good');
    await running.clock.pass(5 * MINUTE);
    expect(shown()).toBe('good');
    await running.clock.pass(3 * MINUTE);
    expect(shown()).toBe('stale');
    expect(running.plant?.clock.device('plc1')).toEqual({ offsetMs: -40, isWrong: false });
    await running.stop();
    const uncertain = running.readings().map((reading) => reading.uncertain ?? 0);
    expect(uncertain.slice(0, 15)).toEqual(Array(15).fill(0));
    expect(uncertain.at(-1)).toBe(1);
    expect(running.readings().at(-1)?.powerKw?.uncertain).toBe(1);
    expect(running.findings().at(-1)).toContain('VER_UNCERTAIN_VALUES');
    expect(running.readings().every(({ gaps }, index) => index === 0 || gaps.length === 0)).toBe(true);
  });

  it.each([
    ['2000', Date.UTC(2000, 0, 1) - NOON],
    ['2036', Date.UTC(2036, 1, 8) - NOON],
  ])('of a device that lives in %s are its finding, and date nothing', async (_year, offMs) => {
    running = new PlantInTime({
      beginMs: NOON - 500,
      config: scriptedPlant(),
      script: machine(seededRandom(5), () => false),
      deviceTime: (wallMs) => wallMs + offMs,
    });
    running.start();
    await running.clock.pass(5 * MINUTE);
    await running.stop();
    expect(running.readings().map(({ from }) => from.slice(0, 10))).toEqual(Array(4).fill('2026-11-20'));
    expect(new Set(running.readings().map(({ clock }) => clock))).toEqual(new Set(['holdover']));
    expect(running.clockEntries()).toEqual([
      expect.objectContaining({ device: 'plc1', offsetMs: offMs, reason: 'The clock of the device is wrong' }),
    ]);
  });
});
