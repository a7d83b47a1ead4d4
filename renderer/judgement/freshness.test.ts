import { expect, test } from 'vitest';
import type { Point } from '../api/types.ts';
import { ageOf, freshnessOf } from './freshness.ts';

const point: Point = {
  point: 'plc1/flow',
  value: 2.31,
  unit: 'm3/s',
  quality: 'good',
  ageMs: 400,
  staleAfterMs: 3000,
};
const held = { point, receivedAtMs: 10_000 };

test('a value ages without a further message and goes stale at its limit', () => {
  expect(ageOf(held, 10_600)).toBe(1000);
  expect(freshnessOf(held, 12_599, 'live')).toBe('live');
  expect(freshnessOf(held, 12_600, 'live')).toBe('stale');
});

test('without contact no value is live, and a missing one stays missing', () => {
  expect(freshnessOf(held, 10_001, 'lost')).toBe('lost');
  expect(freshnessOf(undefined, 10_001, 'live')).toBe('missing');
  const { value: _, ...valueless } = point;
  expect(freshnessOf({ point: { ...valueless, quality: 'missing' }, receivedAtMs: 0 }, 1, 'lost')).toBe('missing');
});

test('what the device doubts is not live', () => {
  expect(freshnessOf({ ...held, point: { ...point, quality: 'uncertain' } }, 10_001, 'live')).toBe('uncertain');
  expect(freshnessOf({ ...held, point: { ...point, quality: 'stale' } }, 10_001, 'live')).toBe('stale');
});

test('zero is a value', () => {
  expect(freshnessOf({ ...held, point: { ...point, value: 0 } }, 10_001, 'live')).toBe('live');
});
