import type { Reading } from '../api/types.ts';

export type TrendQuantity = 'powerKw' | 'flowM3s' | 'headM' | 'gatePercent';

/** Columns for a trend, one row for each interval; null where there is no value, so that the line breaks there. */
export interface TrendSeries {
  /** Middle of each interval, UTC seconds. */
  readonly timesS: readonly number[];
  readonly mean: readonly (number | null)[];
  readonly min: readonly (number | null)[];
  readonly max: readonly (number | null)[];
  /** The mean again, but only where the verdict was not APPROVED. */
  readonly flagged: readonly (number | null)[];
  readonly rejected: readonly (number | null)[];
}

/** `readings` in any order become columns in the order of time; a missing interval becomes one row of nulls. */
export function trendSeriesOf(readings: readonly Reading[], quantity: TrendQuantity): TrendSeries {
  const rows: TrendRow[] = [];
  const ordered = readings.toSorted((a, b) => Date.parse(a.from) - Date.parse(b.from));
  let endMs: number | undefined;
  for (const reading of ordered) {
    const fromMs = Date.parse(reading.from);
    const toMs = Date.parse(reading.to);
    if (endMs !== undefined && fromMs > endMs) rows.push({ ...EMPTY_ROW, timeS: (endMs + fromMs) / 2000 });
    rows.push(rowOf(reading, quantity, (fromMs + toMs) / 2000));
    endMs = toMs;
  }
  return {
    timesS: rows.map((row) => row.timeS),
    mean: rows.map((row) => row.mean),
    min: rows.map((row) => row.min),
    max: rows.map((row) => row.max),
    flagged: rows.map((row) => (row.status === 'FLAGGED' ? row.mean : null)),
    rejected: rows.map((row) => (row.status === 'REJECTED' ? row.mean : null)),
  };
}

interface TrendRow {
  readonly timeS: number;
  readonly mean: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly status: Reading['verdict']['status'] | null;
}

const EMPTY_ROW = { mean: null, min: null, max: null, status: null };

function rowOf(reading: Reading, quantity: TrendQuantity, timeS: number): TrendRow {
  const { status } = reading.verdict;
  const statistics = reading[quantity];
  if (statistics === undefined) return { ...EMPTY_ROW, status, timeS };
  const { mean, min, max } = statistics;
  return { timeS, mean, min, max, status };
}
