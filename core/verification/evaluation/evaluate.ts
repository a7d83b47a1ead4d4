import { APPROVED_FROM, FLAGGED_FROM } from '../trust-score.ts';
import { type Interval, wilson } from './wilson.ts';

/** One row with what it is and how it was scored. */
export interface LabelledScore {
  /** `honest`, or the kind of attack or fault. */
  readonly label: string;
  readonly trustScore: number;
  /** Energy claimed beyond what was generated, kWh; 0 for honest rows and where it is not known. */
  readonly overclaimedKwh: number;
}

export interface EvaluationOptions {
  /** Kinds that no verifier can find without an independent source: left out of every figure but their own row. */
  readonly unfindable: readonly string[];
  /** Kinds that are found over days, not by rows: left out of the AUC and of the recall by rows. */
  readonly slow: readonly string[];
  /** Share of honest rows that a threshold may doubt. */
  readonly falseAlarmShare: number;
}

export interface KindFigures {
  readonly kind: string;
  readonly rows: number;
  /** Share of its rows below the threshold, with a 95 % interval. */
  readonly recall: Interval;
  /** Share of its rows that the verifier's own threshold still approves. */
  readonly approved: number;
}

export interface Evaluation {
  readonly honestRows: number;
  readonly attackRows: number;
  /** Trust score below which the given share of honest rows lies. */
  readonly threshold: number;
  /** Area under the ROC curve: how often a random attack row scores below a random honest one. */
  readonly auc: number;
  readonly recallMeanOverKinds: number;
  readonly recallRows: Interval;
  /** Share of the over-claimed energy that lies at or above the threshold. */
  readonly overclaimedPassing: number;
  readonly honestRejected: Interval;
  readonly honestNotApproved: Interval;
  readonly attacksApproved: Interval;
  readonly kinds: readonly KindFigures[];
  /** False and true alarm rates as the threshold rises. */
  readonly roc: readonly (readonly [number, number])[];
}

export const HONEST_LABEL = 'honest';

/** The figures of a labelled set. Throws nothing: without honest or attack rows the figures are not numbers. */
export function evaluate(rows: readonly LabelledScore[], options: EvaluationOptions): Evaluation {
  const honest = rows.filter(({ label }) => label === HONEST_LABEL).map(({ trustScore }) => trustScore);
  const sorted = honest.toSorted((a, b) => a - b);
  const threshold = sorted[Math.floor(options.falseAlarmShare * sorted.length)] ?? Number.NaN;
  const findable = rows.filter(({ label }) => label !== HONEST_LABEL && !options.unfindable.includes(label));
  const byRow = findable.filter(({ label }) => !options.slow.includes(label)).map(({ trustScore }) => trustScore);
  const kinds = kindsOf(rows, threshold);
  const counted = kinds.filter(({ kind }) => !options.unfindable.includes(kind));
  const claimed = findable.reduce((sum, { overclaimedKwh }) => sum + overclaimedKwh, 0);
  const passing = findable.filter(({ trustScore }) => trustScore >= threshold);
  const passingKwh = passing.reduce((sum, { overclaimedKwh }) => sum + overclaimedKwh, 0);
  return {
    honestRows: honest.length,
    attackRows: byRow.length,
    threshold,
    auc: areaUnderRoc(sorted, byRow),
    recallMeanOverKinds: meanOf(counted.map(({ recall }) => recall.share)),
    recallRows: shareBelow(byRow, threshold),
    overclaimedPassing: passingKwh / claimed,
    honestRejected: shareBelow(honest, FLAGGED_FROM),
    honestNotApproved: shareBelow(honest, APPROVED_FROM),
    attacksApproved: wilson(byRow.filter((score) => score >= APPROVED_FROM).length, byRow.length),
    kinds,
    roc: rocOf(
      sorted,
      byRow.toSorted((a, b) => a - b),
    ),
  };
}

function kindsOf(rows: readonly LabelledScore[], threshold: number): KindFigures[] {
  const byKind = Map.groupBy(rows, ({ label }) => label);
  return [...byKind]
    .filter(([kind]) => kind !== HONEST_LABEL)
    .map(([kind, own]) => {
      const scores = own.map(({ trustScore }) => trustScore);
      return {
        kind,
        rows: own.length,
        recall: shareBelow(scores, threshold),
        approved: scores.filter((score) => score >= APPROVED_FROM).length / own.length,
      };
    })
    .sort((a, b) => a.recall.share - b.recall.share || a.kind.localeCompare(b.kind));
}

function shareBelow(scores: readonly number[], threshold: number): Interval {
  return wilson(scores.filter((score) => score < threshold).length, scores.length);
}

/** Mann and Whitney's U over the product of the counts; equal scores count half. */
function areaUnderRoc(honestSorted: readonly number[], attacks: readonly number[]): number {
  let wins = 0;
  for (const score of attacks) {
    const notAbove = countBelow(honestSorted, score, 'or equal');
    const below = countBelow(honestSorted, score, 'strictly');
    wins += honestSorted.length - notAbove + (notAbove - below) / 2;
  }
  return wins / honestSorted.length / attacks.length;
}

function countBelow(sorted: readonly number[], score: number, kind: 'strictly' | 'or equal'): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const value = sorted[middle] ?? 0;
    if (value < score || (kind === 'or equal' && value === score)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function rocOf(honestSorted: readonly number[], attacksSorted: readonly number[]): (readonly [number, number])[] {
  const thresholds = [...new Set([...honestSorted, ...attacksSorted])].sort((a, b) => a - b);
  const points = thresholds.map((score): readonly [number, number] => [
    countBelow(honestSorted, score, 'or equal') / honestSorted.length,
    countBelow(attacksSorted, score, 'or equal') / attacksSorted.length,
  ]);
  return [[0, 0], ...points];
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
