import { expect, test } from 'vitest';
import type { Reading } from '../api/types.ts';
import { trendSeriesOf } from './trend-series.ts';

function reading(from: string, to: string, mean: number | undefined, status: string): Reading {
  const powerKw = mean === undefined ? undefined : { mean, min: mean - 1, max: mean + 2, coverage: 1 };
  return { from, to, ...(powerKw && { powerKw }), verdict: { status } } as unknown as Reading;
}

test('a trend breaks at a missing interval and marks what was not approved', () => {
  const series = trendSeriesOf(
    [
      reading('2026-11-20T10:10:00Z', '2026-11-20T10:15:00Z', 30, 'REJECTED'),
      reading('2026-11-20T10:00:00Z', '2026-11-20T10:05:00Z', 0, 'FLAGGED'),
      reading('2026-11-20T10:15:00Z', '2026-11-20T10:20:00Z', undefined, 'FLAGGED'),
    ],
    'powerKw',
  );
  const start = Date.parse('2026-11-20T10:00:00Z') / 1000;
  expect(series.timesS).toEqual([start + 150, start + 450, start + 750, start + 1050]);
  expect(series.mean).toEqual([0, null, 30, null]);
  expect(series.min).toEqual([-1, null, 29, null]);
  expect(series.max).toEqual([2, null, 32, null]);
  expect(series.flagged).toEqual([0, null, null, null]);
  expect(series.rejected).toEqual([null, null, 30, null]);
});
