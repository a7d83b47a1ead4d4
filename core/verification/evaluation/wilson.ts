/** A share with its 95 % interval. */
export interface Interval {
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

/** Two-sided 95 % of the standard normal distribution. */
const Z = 1.959963984540054;

/** Wilson's score interval for `hits` out of `trials` (Wilson 1927); all of it unknown without a trial. */
export function wilson(hits: number, trials: number): Interval {
  if (trials === 0) return { share: Number.NaN, low: 0, high: 1 };
  const share = hits / trials;
  const square = Z * Z;
  const middle = (share + square / (2 * trials)) / (1 + square / trials);
  const half = (Z / (1 + square / trials)) * Math.sqrt((share * (1 - share)) / trials + square / (4 * trials * trials));
  return { share, low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}
