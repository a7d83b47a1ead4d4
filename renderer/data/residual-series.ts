import type { ExpectedPoint } from '../api/types.ts';

/** Columns for the plot of power against its expectation; null where there is no value, so that a line breaks there. */
export interface ResidualSeries {
  /** Middle of each interval, UTC seconds. */
  readonly timesS: readonly number[];
  readonly powerKw: readonly (number | null)[];
  readonly expectedKw: readonly (number | null)[];
  readonly lowKw: readonly (number | null)[];
  readonly highKw: readonly (number | null)[];
  /** The power again, but only of the reading that the page is about. */
  readonly markedKw: readonly (number | null)[];
  readonly fromS: number;
  readonly toS: number;
}

/** `points` oldest first; a missing interval becomes one row of nulls. Undefined without any point. */
export function residualSeriesOf(points: readonly ExpectedPoint[], markedIndex: number): ResidualSeries | undefined {
  const [first] = points;
  const last = points.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const rows: Row[] = [];
  let endMs: number | undefined;
  for (const { from, to, index, powerKw, expectedKw, lowKw, highKw } of points) {
    const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
    if (endMs !== undefined && fromMs > endMs) rows.push({ ...EMPTY_ROW, timeS: (endMs + fromMs) / 2000 });
    const markedKw = index === markedIndex ? powerKw : null;
    rows.push({ timeS: (fromMs + toMs) / 2000, powerKw, expectedKw, lowKw, highKw, markedKw });
    endMs = toMs;
  }
  return {
    timesS: rows.map(({ timeS }) => timeS),
    powerKw: rows.map(({ powerKw }) => powerKw),
    expectedKw: rows.map(({ expectedKw }) => expectedKw),
    lowKw: rows.map(({ lowKw }) => lowKw),
    highKw: rows.map(({ highKw }) => highKw),
    markedKw: rows.map(({ markedKw }) => markedKw),
    fromS: Date.parse(first.from) / 1000,
    toS: Date.parse(last.to) / 1000,
  };
}

interface Row {
  readonly timeS: number;
  readonly powerKw: number | null;
  readonly expectedKw: number | null;
  readonly lowKw: number | null;
  readonly highKw: number | null;
  readonly markedKw: number | null;
}

const EMPTY_ROW = { powerKw: null, expectedKw: null, lowKw: null, highKw: null, markedKw: null };
