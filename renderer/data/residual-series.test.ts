import { expect, test } from 'vitest';
import type { ExpectedPoint } from '../api/types.ts';
import { residualSeriesOf } from './residual-series.ts';

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
    ...change,
  };
}

test('stands in the order of time, breaks where an interval is missing, and marks one reading', () => {
  const missing = { powerKw: null, expectedKw: null, lowKw: null, highKw: null, basis: null };
  const series = residualSeriesOf([point(3, 0), point(5, 5, missing), point(9, 20)], 9);
  expect(series?.powerKw).toEqual([1803, null, null, 1809]);
  expect(series?.expectedKw).toEqual([1796, null, null, 1802]);
  expect(series?.lowKw).toEqual([1653, null, null, 1659]);
  expect(series?.highKw).toEqual([1893, null, null, 1899]);
  expect(series?.markedKw).toEqual([null, null, null, 1809]);
  expect((series?.toS ?? 0) - (series?.fromS ?? 0)).toBe(25 * 60);
  expect(series?.timesS.map((seconds) => seconds - (series?.fromS ?? 0))).toEqual([150, 450, 900, 1350]);
});

test('nothing gives no series', () => {
  expect(residualSeriesOf([], 1)).toBeUndefined();
});
