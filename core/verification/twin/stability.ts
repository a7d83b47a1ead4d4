import { show, showPercent } from '../suspicion.ts';
import { RELATION_LABELS, RELATION_NAMES, type RelationName } from './observe.ts';
import type { Residuals } from './residuals.ts';

/** How the standardised residuals of one relation lay while it was learned: the inner edges of the bins, and how many lay in each. */
export interface ResidualBins {
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

export type TrainingBins = Readonly<Partial<Record<RelationName, ResidualBins>>>;

/** Ten bins, as is usual for the index. */
const BINS = 10;
const DIGITS = 9;
/** Of fewer residuals neither side of the comparison says anything: a day of five-minute readings. */
const COUNT_MIN = 288;
/** An empty bin counts as this share, lest its logarithm be infinite. */
const SHARE_MIN = 0.001;
/** Population stability index from which on a distribution counts as another one (Siddiqi, Credit Risk Scorecards, 2006). */
export const STALE_PSI = 0.25;

export interface Staleness {
  readonly relation: RelationName;
  /** Population stability index of the last week's residuals against those of the training. */
  readonly psi: number;
  /** Mean residual of the last week, as a share. */
  readonly share: number;
}

/** The bins of what a model was learned from, each with a tenth of the residuals. */
export function binsOf(residuals: readonly Residuals[]): TrainingBins {
  const bins: Partial<Record<RelationName, ResidualBins>> = {};
  for (const name of RELATION_NAMES) {
    const sigmas = residuals
      .flatMap(({ [name]: residual }) => (residual === undefined ? [] : [residual.share / residual.spread]))
      .sort((a, b) => a - b);
    if (sigmas.length < COUNT_MIN) continue;
    const edges = Array.from({ length: BINS - 1 }, (_none, n) =>
      Number((sigmas[Math.floor(((n + 1) * sigmas.length) / BINS)] ?? 0).toPrecision(DIGITS)),
    );
    const counts = new Array<number>(BINS).fill(0);
    for (const sigma of sigmas) counts[binOf(edges, sigma)] = (counts[binOf(edges, sigma)] ?? 0) + 1;
    bins[name] = { edges, counts };
  }
  return bins;
}

export function binOf(edges: readonly number[], sigmas: number): number {
  let bin = 0;
  while (bin < edges.length && sigmas >= (edges[bin] ?? 0)) bin += 1;
  return bin;
}

/** The bins of the residuals of the last `capacity` readings; a reading without one takes its place all the same. */
export class BinWindow {
  readonly #bins: Int8Array;
  readonly counts: Int32Array = new Int32Array(BINS);
  #next = 0;

  constructor(capacity: number) {
    this.#bins = new Int8Array(capacity).fill(NO_BIN);
  }

  push(bin: number | undefined): void {
    const leaving = this.#bins[this.#next] ?? NO_BIN;
    if (leaving !== NO_BIN) this.counts[leaving] = (this.counts[leaving] ?? 0) - 1;
    this.#bins[this.#next] = bin ?? NO_BIN;
    if (bin !== undefined) this.counts[bin] = (this.counts[bin] ?? 0) + 1;
    this.#next = (this.#next + 1) % this.#bins.length;
  }
}

const NO_BIN = -1;

/** Population stability index: 0 for the same distribution. Undefined where too few values stand behind either. */
export function stabilityIndex(expected: readonly number[], actual: Iterable<number>): number | undefined {
  const found = [...actual];
  const [expectedTotal, total] = [expected, found].map((counts) => counts.reduce((sum, count) => sum + count, 0));
  if (expectedTotal === undefined || total === undefined || expectedTotal < COUNT_MIN || total < COUNT_MIN)
    return undefined;
  return expected.reduce((sum, count, bin) => {
    const was = Math.max(SHARE_MIN, count / expectedTotal);
    const is = Math.max(SHARE_MIN, (found[bin] ?? 0) / total);
    return sum + (is - was) * Math.log(is / was);
  }, 0);
}

/** Why the unit should be trained anew, as a sentence with its numbers; undefined where nothing says so. */
export function staleSentence(found: readonly Staleness[]): string | undefined {
  if (found.length === 0) return undefined;
  const parts = found.map(
    ({ relation, psi, share }) =>
      `${RELATION_LABELS[relation]} is ${showPercent(Math.abs(share))} ${share > 0 ? 'above' : 'below'} ` +
      `(stability index ${show(psi, 2)}, another distribution from ${STALE_PSI} on)`,
  );
  return `Against its model, on the average of the last week, ${parts.join(' and ')}.`;
}
