import type { LayerResult } from './layer.ts';
import { FLAG_CEILING, FLAG_FLOOR, REJECT_CEILING } from './suspicion.ts';
import { LAYER_NAMES, type LayerName, type LayerOutcome, type VerdictStatus } from './verdict.ts';

export const APPROVED_FROM = 0.9;
export const FLAGGED_FROM = 0.5;

export interface TrustScore {
  readonly score: number;
  readonly status: VerdictStatus;
  readonly outcomes: readonly LayerOutcome[];
  /** No layer could judge anything; the score is exactly 0.5 and says nothing about the reading. */
  readonly nothingJudged: boolean;
}

/**
 * The weighted mean of the layers that judged, the weights of those that abstained shared out in proportion, under
 * the cap of the gravest outcome. Under a cap the score falls further the surer the layers are.
 */
export function combine(
  results: Readonly<Record<LayerName, LayerResult>>,
  weights: Readonly<Record<LayerName, number>>,
): TrustScore {
  const judging = LAYER_NAMES.filter((name) => results[name].outcome !== 'abstain');
  const judgingWeight = judging.reduce((sum, name) => sum + weights[name], 0);
  const outcomes = LAYER_NAMES.map((layer) => outcomeOf(layer, results[layer], weights[layer], judgingWeight));
  if (judging.length === 0) return { score: FLAG_FLOOR, status: 'FLAGGED', outcomes, nothingJudged: true };
  // With weight on nothing but abstaining layers, those that judged count alike.
  const mean =
    judgingWeight > 0
      ? outcomes.reduce((sum, { score, weight }) => sum + (score ?? 0) * weight, 0)
      : judging.reduce((sum, name) => sum + scoreOf(results[name]), 0) / judging.length;
  const score = roundScore(Math.min(mean, capOf(Object.values(results))));
  return { score, status: statusOf(score), outcomes, nothingJudged: false };
}

export function statusOf(score: number): VerdictStatus {
  if (score >= APPROVED_FROM) return 'APPROVED';
  return score >= FLAGGED_FROM ? 'FLAGGED' : 'REJECTED';
}

/** Four decimals, halves up: the one way scores are rounded, before the status is read off them. */
export function roundScore(score: number): number {
  return Math.round(Math.min(1, Math.max(0, score)) * 10_000) / 10_000;
}

function outcomeOf(layer: LayerName, result: LayerResult, weight: number, judgingWeight: number): LayerOutcome {
  if (result.outcome === 'abstain') return { layer, outcome: 'abstain', weight: 0, reason: result.reason };
  const shared = judgingWeight > 0 ? weight / judgingWeight : 0;
  return { layer, outcome: result.outcome, score: roundScore(result.score), weight: shared };
}

function scoreOf(result: LayerResult): number {
  return result.outcome === 'abstain' ? 0 : result.score;
}

function capOf(results: readonly LayerResult[]): number {
  let flags = 1;
  let rejects = 1;
  let rejected = false;
  for (const result of results) {
    if (result.outcome === 'flag') flags *= (result.score - FLAG_FLOOR) / (FLAG_CEILING - FLAG_FLOOR);
    if (result.outcome === 'reject') {
      rejected = true;
      rejects *= result.score / REJECT_CEILING;
    }
  }
  if (rejected) return REJECT_CEILING * rejects;
  return results.some(({ outcome }) => outcome === 'flag') ? FLAG_FLOOR + (FLAG_CEILING - FLAG_FLOOR) * flags : 1;
}
