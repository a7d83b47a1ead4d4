/**
 * How one logarithmic quantity follows another, as this machine showed it: the middle and the spread of the values in
 * each bin of the abscissa, straight lines between the bins. Plain JSON, so that a model can be hashed and kept.
 */
export interface Relation {
  /** Mean abscissa of each bin that held enough values, rising. */
  readonly x: readonly number[];
  /** Median ordinate there. */
  readonly y: readonly number[];
  /** Standard deviation of a single value around the line there, from the median absolute deviation. */
  readonly spread: readonly number[];
  /** How many values the bin held; 0 where nothing was seen and a prior stands in (`withPrior`). */
  readonly count: readonly number[];
}

export interface Prediction {
  readonly y: number;
  /** Standard deviation of one new value around `y`: noise, what the bin leaves open, and distance from known ground. */
  readonly spread: number;
}

/** Makes the median absolute deviation of normally distributed values estimate their standard deviation. */
export const MAD_TO_SIGMA = 1.4826;
/** Fewer values than this say nothing of a bin. */
const BIN_COUNT_MIN = 12;
/** A bin is this wide in the unit of x; chosen by whoever fits. */
export interface RelationShape {
  readonly from: number;
  readonly to: number;
  readonly bins: number;
  /** No instrument is better than this, whatever a quiet month looks like. */
  readonly spreadMin: number;
  /** How fast the unknown grows beyond the outermost bins: spread for each unit of x. */
  readonly spreadBeyond: number;
}

/** Fits the relation to `points`, pairs of x and y. Undefined where no bin held enough of them. */
export function fitRelation(
  points: readonly (readonly [number, number])[],
  shape: RelationShape,
): Relation | undefined {
  const width = (shape.to - shape.from) / shape.bins;
  const bins: (readonly [number, number])[][] = Array.from({ length: shape.bins }, () => []);
  for (const point of points) bins[Math.floor((point[0] - shape.from) / width)]?.push(point);
  const known = bins.filter((bin) => bin.length >= BIN_COUNT_MIN);
  if (known.length === 0) return undefined;
  const x = known.map((bin) => medianOf(bin.map(([value]) => value)));
  const y = known.map((bin) => medianOf(bin.map(([, value]) => value)));
  const line: Relation = { x, y, spread: x.map(() => 0), count: known.map((bin) => bin.length) };
  const spread = known.map((bin) => {
    const distances = bin.map(([at, value]) => Math.abs(value - lineAt(line, at)));
    return Math.max(shape.spreadMin, MAD_TO_SIGMA * medianOf(distances));
  });
  return { ...line, spread };
}

/** What the relation expects at `at`. */
export function predict(relation: Relation, at: number, shape: RelationShape): Prediction {
  const { x, spread, count } = relation;
  const last = x.length - 1;
  const first = x[0] ?? 0;
  const end = x[last] ?? 0;
  const beyond = Math.max(0, first - at, at - end);
  const upper = Math.min(last, upperIndex(x, at));
  const lower = Math.max(0, upper - 1);
  const noise =
    isBlind(count[lower]) || isBlind(count[upper])
      ? spreadAt(relation, at)
      : Math.max(spread[lower] ?? 0, spread[upper] ?? 0);
  const fewest = Math.min(heldBy(count[lower]), heldBy(count[upper]));
  // The middle of n values is itself uncertain by 1.25 sigma over the root of n (asymptotic, normal distribution).
  const middle = (1.25 * noise) / Math.sqrt(fewest);
  const unknown = beyond * shape.spreadBeyond;
  return { y: lineAt(relation, at), spread: Math.sqrt(noise * noise + middle * middle + unknown * unknown) };
}

/** A bin that held nothing has its value from elsewhere, and how far that is trusted stands in its spread. */
function heldBy(count: number | undefined): number {
  return isBlind(count) ? Number.POSITIVE_INFINITY : (count ?? 1);
}

function isBlind(count: number | undefined): boolean {
  return count === 0;
}

function lineAt({ x, y }: Pick<Relation, 'x' | 'y'>, at: number): number {
  const last = x.length - 1;
  if (last === 0 || at <= (x[0] ?? 0)) return y[0] ?? 0;
  if (at >= (x[last] ?? 0)) return y[last] ?? 0;
  const upper = upperIndex(x, at);
  const [x0 = 0, x1 = 1] = [x[upper - 1], x[upper]];
  const [y0 = 0, y1 = 0] = [y[upper - 1], y[upper]];
  return y0 + ((at - x0) / (x1 - x0)) * (y1 - y0);
}

/** What is unknown grows from the last load that was seen on, and does not leap. */
function spreadAt({ x, spread }: Relation, at: number): number {
  return lineAt({ x, y: spread }, at);
}

/** Index of the first bin that is not below `at`. */
function upperIndex(x: readonly number[], at: number): number {
  let low = 0;
  let high = x.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((x[middle] ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function medianOf(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >>> 1;
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2;
}
