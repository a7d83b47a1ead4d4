import { expect, test } from 'vitest';
import type { ExpectedPoint } from '../api/types.ts';
import { inPercentOfExpectation, residualSeriesOf } from './residual-series.ts';

function point(index: number, minute: number, change: Partial<ExpectedPoint> = {}): ExpectedPoint {
  const at = (m: number): string => new Date(Date.UTC(2026, 10, 20, 10, m)).toISOString();
  const powerKw = 1800 + index;
  return {
    index,
    from: at(minute),
    to: at(minute + 5),
    status: 'APPROVED',
    powerKw,
    expectedKw: powerKw - 7,
    lowKw: powerKw - 150,
    highKw: powerKw + 90,
    basis: 'guarantee',
    model: null,
    ...change,
  };
}

test('stands in the order of time, breaks where an interval is missing, and marks one reading', () => {
  const missing = { powerKw: null, expectedKw: null, lowKw: null, highKw: null, basis: null };
  const series = residualSeriesOf([point(3, 0), point(5, 5, missing), point(9, 20)], 9);
  expect(series?.power).toEqual([1803, null, null, 1809]);
  expect(series?.expected).toEqual([1796, null, null, 1802]);
  expect(series?.low).toEqual([1653, null, null, 1659]);
  expect(series?.high).toEqual([1893, null, null, 1899]);
  expect(series?.marked).toEqual([null, null, null, 1809]);
  expect((series?.toS ?? 0) - (series?.fromS ?? 0)).toBe(25 * 60);
  expect(series?.timesS.map((seconds) => seconds - (series?.fromS ?? 0))).toEqual([150, 450, 900, 1350]);
});

test('nothing gives no series', () => {
  expect(residualSeriesOf([], 1)).toBeUndefined();
});

test('in per cent of the expectation a small difference is seen, and nothing is made of a missing value', () => {
  const missing = { powerKw: null, expectedKw: null, lowKw: null, highKw: null, basis: null };
  const still = { powerKw: 0, expectedKw: 0, lowKw: 0, highKw: 0 };
  const points = [
    point(1, 0, { powerKw: 1030, expectedKw: 1000, lowKw: 950, highKw: 1012 }),
    point(2, 5, missing),
    point(3, 10, still),
  ];
  const series = residualSeriesOf(points, 1);
  const percent = series && inPercentOfExpectation(series);
  const rounded = (values: readonly (number | null)[] = []): (number | null)[] =>
    values.map((value) => (value === null ? null : Math.round(value * 1000) / 1000));
  expect(rounded(percent?.power)).toEqual([3, null, null]);
  expect(rounded(percent?.expected)).toEqual([0, null, null]);
  expect(rounded(percent?.low)).toEqual([-5, null, null]);
  expect(rounded(percent?.high)).toEqual([1.2, null, null]);
  expect(rounded(percent?.marked)).toEqual([3, null, null]);
});
