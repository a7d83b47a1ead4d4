import { expect, test } from 'vitest';
import { wilson } from './wilson.ts';

test.each([
  [3, 1000, 0.00102078, 0.00878301],
  [0, 300, 0, 0.012643],
  [7, 2976, 0.00113985, 0.00484753],
])('%i of %i lies between %d and %d', (hits, trials, low, high) => {
  const interval = wilson(hits, trials);
  expect(interval.share).toBe(hits / trials);
  expect(interval.low).toBeCloseTo(low, 7);
  expect(interval.high).toBeCloseTo(high, 7);
});

test('without a trial nothing is known', () => {
  expect(wilson(0, 0)).toEqual({ share: Number.NaN, low: 0, high: 1 });
});
