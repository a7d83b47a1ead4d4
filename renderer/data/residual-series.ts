import type { ExpectedPoint } from '../api/types.ts';

/**
 * Columns for the plot of power against its expectation, in kW or in per cent of it; null where there is no value, so
 * that a line breaks there.
 */
export interface ResidualSeries {
  /** Middle of each interval, UTC seconds. */
  readonly timesS: readonly number[];
  readonly power: readonly (number | null)[];
  readonly expected: readonly (number | null)[];
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
  /** The power again, but only of the reading that the page is about. */
  readonly marked: readonly (number | null)[];
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
    power: rows.map(({ powerKw }) => powerKw),
    expected: rows.map(({ expectedKw }) => expectedKw),
    low: rows.map(({ lowKw }) => lowKw),
    high: rows.map(({ highKw }) => highKw),
    marked: rows.map(({ markedKw }) => markedKw),
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

/** Of the greatest expectation in the plot. */
const SHARE_LEAST = 0.1;

/** The same as differences from the expectation, in per cent of it: what is too small to be seen in kilowatts. */
export function inPercentOfExpectation(series: ResidualSeries): ResidualSeries {
  // Of next to nothing everything is a large share; a unit that starts or idles has no difference worth a look.
  const leastKw = SHARE_LEAST * Math.max(0, ...series.expected.map((value) => value ?? 0));
  const percent = (values: readonly (number | null)[]): (number | null)[] =>
    values.map((value, at) => {
      const expected = series.expected[at] ?? null;
      return value === null || expected === null || expected <= leastKw ? null : 100 * (value / expected - 1);
    });
  return {
    ...series,
    power: percent(series.power),
    expected: percent(series.expected),
    low: percent(series.low),
    high: percent(series.high),
    marked: percent(series.marked),
  };
}
