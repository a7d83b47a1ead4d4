import { afterEach, beforeEach, expect, test } from 'vitest';
import { SimulatedClock } from '../../tests/fault/simulated-clock.ts';
import { ReachWatch } from './reach-watch.ts';

let clock: SimulatedClock;
let isInTrouble: boolean;
let answer: () => Promise<boolean>;
let asked: number;
let wokenAtMs: number[];
let watch: ReachWatch;

beforeEach(() => {
  clock = new SimulatedClock(Date.UTC(2026, 10, 20));
  isInTrouble = true;
  answer = () => Promise.resolve(false);
  asked = 0;
  wokenAtMs = [];
  const target = {
    isInTrouble: () => isInTrouble,
    isReachable: () => {
      asked += 1;
      return answer();
    },
    wake: () => void wokenAtMs.push(clock.monotonicMs()),
  };
  watch = new ReachWatch({ clock, targets: [target] });
  watch.start();
});

afterEach(() => watch.stop());

async function pass(ms: number): Promise<void> {
  await clock.run(new Promise<void>((resolve) => clock.after(ms, resolve)));
}

test('a target that was away for an hour is tried within seconds of its return, once', async () => {
  await pass(3_600_000);
  expect(wokenAtMs).toEqual([]);
  const backAtMs = clock.monotonicMs();
  answer = () => Promise.resolve(true);
  await pass(600_000);
  expect(wokenAtMs).toHaveLength(1);
  expect((wokenAtMs[0] ?? 0) - backAtMs).toBeLessThanOrEqual(5000);
});

test('a target that answers and takes nothing is left to its lane', async () => {
  answer = () => Promise.resolve(true);
  await pass(3_600_000);
  expect(wokenAtMs).toEqual([]);
});

test('one that comes and goes is tried four times a minute at most', async () => {
  answer = () => Promise.resolve(asked % 2 === 0);
  await pass(600_000);
  expect(wokenAtMs.length).toBeGreaterThan(10);
  expect(wokenAtMs.length).toBeLessThanOrEqual(40);
});

test('nothing is asked while nothing is wrong', async () => {
  isInTrouble = false;
  await pass(3_600_000);
  expect(asked).toBe(0);
});

test('a question without an answer is not asked twice, and one that fails says that it is away', async () => {
  let give: (isThere: boolean) => void = () => undefined;
  answer = () =>
    new Promise((resolve) => {
      give = resolve;
    });
  await pass(60_000);
  expect(asked).toBe(1);
  answer = () => Promise.reject(new Error('EPIPE'));
  give(true);
  await pass(10_000);
  answer = () => Promise.resolve(true);
  await pass(10_000);
  expect(wokenAtMs).toHaveLength(1);
});

test('after its end it wakes nobody', async () => {
  await pass(10_000);
  answer = () => Promise.resolve(true);
  watch.stop();
  await pass(60_000);
  expect(wokenAtMs).toEqual([]);
});
