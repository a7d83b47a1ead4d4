import { beforeEach, expect, test } from 'vitest';
import type { LinkWitness } from '../../core/sync/link.ts';
import { SimulatedClock } from '../../tests/fault/simulated-clock.ts';
import { LinkWatch } from './link-watch.ts';

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };
const NAME_FAULT = { code: 'SYN_WEB_NAME', message: 'The name hub.example could not be resolved.' };

let clock: SimulatedClock;
let addresses: string[];
let witness: LinkWitness & { isWaiting: boolean };
let isResolving: boolean;
let asked: string[];
let wokenAtMs: number[];
let watch: LinkWatch;

beforeEach(() => {
  clock = new SimulatedClock(Date.UTC(2026, 10, 20));
  addresses = ['192.0.2.7'];
  witness = { hasAnswered: true, isWaiting: false };
  isResolving = true;
  asked = [];
  wokenAtMs = [];
  watch = new LinkWatch({
    clock,
    log: SILENT,
    addresses: () => addresses,
    names: ['hub.example'],
    resolves: (name) => {
      asked.push(name);
      return isResolving ? Promise.resolve(true) : Promise.reject(new Error('ENOTFOUND'));
    },
    witnesses: () => [witness],
    wake: () => void wokenAtMs.push(clock.monotonicMs()),
  });
  watch.start();
});

async function pass(ms: number): Promise<void> {
  await clock.run(new Promise<void>((resolve) => clock.after(ms, resolve)));
}

test('a link that is up is asked nothing, and wakes nobody', async () => {
  await pass(3_600_000);
  expect(watch.status().state).toBe('up');
  expect({ asked, wokenAtMs }).toEqual({ asked: [], wokenAtMs: [] });
  watch.stop();
});

test('a cable that is put in again wakes the lanes within seconds', async () => {
  addresses = [];
  await pass(60_000);
  expect(watch.status()).toMatchObject({ state: 'none', sinceMs: expect.any(Number) });
  const beforeMs = clock.monotonicMs();
  addresses = ['192.0.2.8'];
  await pass(10_000);
  expect(wokenAtMs).toHaveLength(1);
  expect((wokenAtMs[0] ?? 0) - beforeMs).toBeLessThanOrEqual(5000);
  watch.stop();
});

test('names of targets, and no others, are asked for while something waits, and wake the lanes when they resolve again', async () => {
  witness = { hasAnswered: true, fault: NAME_FAULT, isWaiting: true };
  isResolving = false;
  await pass(600_000);
  expect(watch.status()).toMatchObject({ state: 'no-way-out', code: 'SYN_WEB_NAME' });
  expect(new Set(asked)).toEqual(new Set(['hub.example']));
  expect(asked.length).toBeLessThanOrEqual(1 + 600_000 / 30_000);
  expect(wokenAtMs).toEqual([]);
  isResolving = true;
  await pass(60_000);
  expect(wokenAtMs).toHaveLength(1);
  witness = { ...witness, isWaiting: false };
  const before = asked.length;
  await pass(600_000);
  expect(asked.length).toBe(before);
  watch.stop();
});

test('one target that answers again wakes the others', async () => {
  witness = { hasAnswered: false, fault: NAME_FAULT, isWaiting: true };
  await pass(60_000);
  wokenAtMs.length = 0;
  witness = { hasAnswered: true, isWaiting: true };
  await pass(20_000);
  expect(wokenAtMs).toHaveLength(1);
  watch.stop();
});

test('a link that flaps every few seconds wakes the lanes four times a minute at most', async () => {
  for (let flap = 0; flap < 120; flap += 1) {
    addresses = flap % 2 === 0 ? [] : [`192.0.2.${flap}`];
    await pass(5000);
  }
  expect(wokenAtMs.length).toBeGreaterThan(0);
  expect(wokenAtMs.length).toBeLessThanOrEqual(600_000 / 15_000);
  watch.stop();
});
