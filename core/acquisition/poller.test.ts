import { describe, expect, it } from 'vitest';
import { driverHost } from '../../tests/contract/driver-host.ts';
import { ManualClock, settle } from '../../tests/fixtures/manual-clock.ts';
import { type Script, scriptedDriver, scriptedPlant } from '../../tests/fixtures/scripted-driver.ts';
import { present } from '../model/assert.ts';
import type { Fault } from '../model/fault.ts';
import { silentLog } from '../model/log.ts';

import { backoffMs } from './backoff.ts';
import type { DeviceHealth } from './device-health.ts';
import type { Driver } from './driver.ts';
import { startPoller } from './poller.ts';
import type { Cycle } from './sample.ts';

const START = Date.parse('2026-11-20T12:00:00.250Z');
const LOST: Fault = { code: 'TEST_LOST', message: 'Lost', policy: 'reconnect' };
const WRONG: Fault = { code: 'TEST_WRONG', message: 'No such register', policy: 'isolate' };
const device = present(scriptedPlant().devices[0], 'the scripted device');
const steady: Script = (point) => (point.id === 'status' ? 'generating' : 7);

function poll(driver: Driver, clock: ManualClock, log = silentLog) {
  const cycles: Cycle[] = [];
  const states: DeviceHealth['state'][] = [];
  const poller = startPoller({
    device,
    driver,
    host: driverHost(3, { clock, log }),
    onCycle: (cycle) => cycles.push(cycle),
    onHealth: ({ state }) => states.push(state),
  });
  return { poller, cycles, states };
}

const codes = (cycles: readonly Cycle[]): string[] =>
  cycles.map(({ outcomes: [first] }) => (first?.kind === 'miss' ? first.fault.code : 'ok'));

describe('poller', () => {
  it('reads once in every slot, aligned to UTC', async () => {
    const clock = new ManualClock(START);
    const { poller, cycles, states } = poll(scriptedDriver(steady).driver, clock);
    await clock.pass(5000);
    expect(cycles.map(({ slotMs }) => new Date(slotMs).toISOString().slice(17))).toEqual([
      '01.000Z',
      '02.000Z',
      '03.000Z',
      '04.000Z',
      '05.000Z',
    ]);
    expect(states).toEqual(['up']);
    await poller.stop();
  });

  it('gives up a read that ignores its deadline, and connects anew', async () => {
    const clock = new ManualClock(START);
    const { driver, seen } = scriptedDriver(steady);
    let reads = 0;
    const hanging: Driver = {
      ...driver,
      async connect(...asked) {
        const outcome = await driver.connect(...asked);
        if (outcome.kind !== 'connected') return outcome;
        const { connection } = outcome;
        const read: typeof connection.read = (points, signal) => {
          reads += 1;
          return reads === 3 ? new Promise(() => {}) : connection.read(points, signal);
        };
        return { ...outcome, connection: { ...connection, read } };
      },
    };
    const said: string[] = [];
    const say = (_details: object, message: string): void => void said.push(message);
    const { poller, cycles, states } = poll(hanging, clock, { ...silentLog, info: say, warn: say });
    await clock.pass(60_000);
    expect(states).toEqual(['up', 'down', 'up']);
    expect(said).toEqual([
      `device ${device.id} is up`,
      expect.stringMatching(/ is down: /),
      expect.stringMatching(/ is up again, after \d+ s$/),
    ]);
    expect(codes(cycles)).toContain('ACQ_DRIVER_ERROR');
    expect(seen.openMax).toBe(1);
    await poller.stop();
  });

  it('gives a cycle of misses with the reason in every slot without a connection', async () => {
    const clock = new ManualClock(START);
    const { driver } = scriptedDriver(steady, { connectFault: () => LOST });
    const { poller, cycles, states } = poll(driver, clock);
    await clock.pass(4000);
    expect(codes(cycles)).toEqual(['TEST_LOST', 'TEST_LOST', 'TEST_LOST', 'TEST_LOST']);
    expect(cycles[0]?.outcomes).toHaveLength(3);
    expect(states).toEqual(['down']);
    await poller.stop();
  });

  it('opens one connection at a time, however often it is lost, and at most 12 a minute', async () => {
    const clock = new ManualClock(START);
    const { driver, seen } = scriptedDriver(() => LOST);
    const { poller } = poll(driver, clock);
    await clock.pass(600_000);
    await poller.stop();
    expect(seen.openMax).toBe(1);
    expect(seen.closes).toBe(seen.connects);
    expect(seen.connects).toBeGreaterThan(30);
    expect(seen.connects).toBeLessThanOrEqual(120);
  });

  it('is back within 30 s after the device is', async () => {
    const clock = new ManualClock(START);
    let isAway = true;
    const { driver } = scriptedDriver(() => (isAway ? LOST : 7), { connectFault: () => (isAway ? LOST : undefined) });
    const { poller, cycles, states } = poll(driver, clock);
    await clock.pass(3_600_000);
    isAway = false;
    cycles.length = 0;
    await clock.pass(30_000);
    expect(codes(cycles).at(-1)).toBe('ok');
    expect(states.at(-1)).toBe('up');
    await poller.stop();
  });

  it('keeps the healthy points of a device when one is wrong', async () => {
    const clock = new ManualClock(START);
    const { driver, seen } = scriptedDriver((point) => (point.id === 'power' ? WRONG : 7));
    const { poller, cycles, states } = poll(driver, clock);
    await clock.pass(3000);
    expect(cycles[1]?.outcomes.map(({ kind }) => kind)).toEqual(['miss', 'sample', 'sample']);
    expect(states).toEqual(['degraded']);
    expect(seen.connects).toBe(1);
    await poller.stop();
  });

  it('never overlaps reads: a slot that comes while one runs is a miss that says so', async () => {
    const clock = new ManualClock(START);
    const { driver } = slowDriver(clock, 2500);
    const { poller, cycles } = poll(driver, clock);
    await clock.pass(7000);
    expect(codes(cycles)).toContain('ACQ_OVERRUN');
    expect(codes(cycles)).toContain('ok');
    const stopped = poller.stop();
    await clock.pass(5000);
    await stopped;
  });

  it('aborts a read that does not end', async () => {
    const clock = new ManualClock(START);
    const { driver, aborted } = slowDriver(clock, Number.POSITIVE_INFINITY);
    const { poller } = poll(driver, clock);
    await clock.pass(12_000);
    expect(aborted()).toBe(1);
    await poller.stop();
  });

  it('takes a driver that throws for a lost connection', async () => {
    const clock = new ManualClock(START);
    const { driver } = scriptedDriver(() => {
      throw new Error('broken');
    });
    const { poller, cycles } = poll(driver, clock);
    await clock.pass(2000);
    expect(codes(cycles)).toContain('ACQ_DRIVER_ERROR');
    await poller.stop();
    await settle();
    expect(poller.health().state).toBe('stopped');
  });

  const faultOf = (policy: Fault['policy']): Fault => ({ code: `TEST_${policy}`, message: `It is ${policy}`, policy });

  it('asks a device that only an edited configuration can help every ten minutes or so, and says so', async () => {
    const clock = new ManualClock(START);
    const { driver, seen } = scriptedDriver(() => faultOf('misconfigured'));
    const { poller, cycles, states } = poll(driver, clock);
    await clock.pass(3_600_000);
    expect(states).toEqual(['down']);
    expect(poller.health()).toMatchObject({ activity: 'waiting', fault: { code: 'TEST_misconfigured' } });
    expect(seen.connects).toBeGreaterThanOrEqual(4);
    expect(seen.connects).toBeLessThanOrEqual(9);
    expect(seen.closes).toBe(seen.connects);
    expect(cycles).toHaveLength(3600);
    const before = seen.connects;
    poller.askNow();
    await clock.pass(500);
    expect(seen.connects).toBe(before + 1);
    expect(codes(cycles.slice(1)).every((code) => code === 'TEST_misconfigured')).toBe(true);
    await poller.stop();
  });

  it.each(['wait', 'demote', 'isolate'] as const)(
    'rests over one connection while a device says %s',
    async (policy) => {
      const clock = new ManualClock(START);
      let isBusy = true;
      let reads = 0;
      const { driver, seen } = scriptedDriver((point) => {
        if (point.id === 'power') reads += 1;
        return isBusy ? faultOf(policy) : 7;
      });
      const { poller, cycles } = poll(driver, clock);
      await clock.pass(120_000);
      expect(poller.health()).toMatchObject({ activity: 'resting', state: 'down', attempts: 1 });
      expect(poller.health().nextAttemptAtMs).toBeGreaterThan(clock.wallMs());
      expect(reads).toBeGreaterThan(8);
      expect(reads).toBeLessThan(20);
      expect(cycles).toHaveLength(120);
      isBusy = false;
      await clock.pass(15_500);
      expect(codes(cycles).at(-1)).toBe('ok');
      expect(seen.connects).toBe(1);
      await poller.stop();
    },
  );

  it('loses patience in five minutes with a connection that brings nothing, though its fault says to ask again', async () => {
    const clock = new ManualClock(START);
    const { driver, seen } = scriptedDriver(() => faultOf('retry'));
    const { poller } = poll(driver, clock);
    await clock.pass(298_000);
    expect(seen.connects).toBe(1);
    await clock.pass(6000);
    expect(seen).toMatchObject({ connects: 2, openMax: 1 });
    await poller.stop();
  });

  it('does not make up for the polls of a stretch in which the computer was busy, and counts them', async () => {
    const clock = new ManualClock(START);
    const { poller, cycles } = poll(scriptedDriver(steady).driver, clock);
    await clock.pass(2000);
    clock.stall(7500);
    await clock.pass(2500);
    expect(cycles.map(({ slotMs }) => new Date(slotMs).toISOString().slice(17, 19))).toEqual([
      '01',
      '02',
      '09',
      '10',
      '11',
      '12',
    ]);
    expect(poller.health().skipped).toBe(6);
    await poller.stop();
  });

  it.each([
    ['forward an hour', 3_600_000],
    ['back an hour', -3_600_000],
    ['forward a second', 1000],
    ['back a second', -1000],
  ] as const)('polls once a period when the clock is put %s', async (_name, stepMs) => {
    const clock = new ManualClock(START);
    const { poller, cycles } = poll(scriptedDriver(steady).driver, clock);
    await clock.pass(5000);
    clock.step(stepMs);
    cycles.length = 0;
    await clock.pass(10_000);
    expect(cycles.length).toBeGreaterThanOrEqual(9);
    expect(cycles.length).toBeLessThanOrEqual(11);
    expect(new Set(cycles.map(({ slotMs }) => slotMs)).size).toBe(cycles.length);
    for (const { slotMs, startedAtMs } of cycles.slice(1)) expect(Math.abs(slotMs - startedAtMs)).toBeLessThan(2000);
    await poller.stop();
  });

  it('takes a driver that leaves a point out for one with a mistake', async () => {
    const clock = new ManualClock(START);
    const { driver } = scriptedDriver(steady);
    const careless: Driver = {
      ...driver,
      async connect(...asked) {
        const outcome = await driver.connect(...asked);
        if (outcome.kind === 'fault') return outcome;
        const { connection } = outcome;
        return {
          ...outcome,
          connection: { ...connection, read: async (points, signal) => connection.read(points.slice(1), signal) },
        };
      },
    };
    const { poller, cycles } = poll(careless, clock);
    await clock.pass(2000);
    expect(codes(cycles)).toContain('ACQ_DRIVER_ERROR');
    expect(cycles.every(({ outcomes }) => outcomes.length === 3)).toBe(true);
    await poller.stop();
  });

  it('waits longer after each failure, with a limit', () => {
    const middle = { next: () => 0.5 };
    expect([1, 2, 3, 4, 5, 50].map((failures) => backoffMs(failures, middle))).toEqual([
      1000, 2000, 4000, 8000, 12_000, 12_000,
    ]);
  });
});

/** Answers after `delayMs`, or when it is aborted. */
function slowDriver(clock: ManualClock, delayMs: number) {
  let aborted = 0;
  const { driver: base } = scriptedDriver(steady);
  const driver: Driver = {
    ...base,
    async connect(...parts) {
      const outcome = await base.connect(...parts);
      if (outcome.kind === 'fault') return outcome;
      const { connection } = outcome;
      return {
        kind: 'connected',
        connection: {
          ...connection,
          async read(points, signal) {
            await new Promise<void>((resolve) => {
              if (Number.isFinite(delayMs)) clock.after(delayMs, resolve);
              signal.addEventListener('abort', () => {
                aborted += 1;
                resolve();
              });
            });
            return connection.read(points, signal);
          },
        },
      };
    },
  };
  return { driver, aborted: () => aborted };
}
