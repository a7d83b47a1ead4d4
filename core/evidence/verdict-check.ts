import type { LayerResult } from '../verification/layer.ts';
import { combine, statusOf } from '../verification/trust-score.ts';
import { type Finding, LAYER_NAMES, type LayerName, type LayerOutcome, type Verdict } from '../verification/verdict.ts';
import { isObject } from './form.ts';

export type Weights = Readonly<Record<LayerName, number>>;

/**
 * A layer's score is recorded with four decimals and the cap is made of the scores before rounding, so where several
 * layers doubt a reading its recomputed score may be off by so much: five roundings of half a step, doubled.
 */
const CAPPED_SLACK = 0.0005;
const WEIGHT_SLACK = 1e-9;
/** Weights that were shared out twice may differ in their last bit, and the score then in its last decimal. */
const SHARED_SLACK = 0.00011;

/**
 * Why the verdict does not follow from what its layers found, as the end of a sentence; undefined when it does. Its form
 * is checked too: `verdict` may be any object. Score, status, shared weights and vetoes are computed again; `weights` are
 * those in force, undefined where the bundle does not hold them.
 */
export function faultOfVerdict(verdict: Verdict, weights: Weights | undefined): string | undefined {
  const { layers, findings, status, trustScore } = verdict;
  const isWhole =
    Array.isArray(layers) &&
    Array.isArray(findings) &&
    layers.length === LAYER_NAMES.length &&
    layers.every((each: unknown, i) => isObject(each) && each.layer === LAYER_NAMES[i]);
  if (!isWhole) return 'does not hold the five layers';
  if (!findings.every(isFinding)) return 'holds a finding that is none';
  if (!isEngine(verdict.engine)) return 'does not name the rules that gave it';
  if (!layers.every(isSoundOutcome)) return 'holds a layer whose score is not that of its outcome';
  if (typeof trustScore !== 'number' || statusOf(trustScore) !== status)
    return 'has a status that its score does not give';
  return faultOfFindings(verdict) ?? faultOfScore(verdict, weights);
}

const SEVERITIES: readonly unknown[] = ['note', 'flag', 'reject'] satisfies Finding['severity'][];

function isFinding(value: unknown): boolean {
  const layers: readonly unknown[] = LAYER_NAMES;
  return isObject(value) && layers.includes(value.layer) && SEVERITIES.includes(value.severity);
}

function isEngine(value: unknown): value is Verdict['engine'] {
  if (!isObject(value) || typeof value.version !== 'string' || typeof value.config !== 'string') return false;
  return value.model === undefined || typeof value.model === 'string';
}

/** 0.5 to under 0.9 for a flag, under 0.5 for a rejection, and an abstention has neither score nor weight. */
function isSoundOutcome({ outcome, score, weight }: LayerOutcome): boolean {
  if (typeof weight !== 'number' || weight < 0 || weight > 1 + WEIGHT_SLACK) return false;
  if (outcome === 'abstain') return score === undefined && weight === 0;
  if (typeof score !== 'number' || score < 0 || score > 1) return false;
  if (outcome === 'reject') return score < 0.5;
  return outcome === 'flag' ? score >= 0.5 && score < 0.9 : outcome === 'pass';
}

/** A veto is a finding: it caps the score, and its layer says so. */
function faultOfFindings({ layers, findings, status }: Verdict): string | undefined {
  const gravest = (layer: LayerName): LayerOutcome['outcome'] => {
    const severities = findings.filter((finding) => finding.layer === layer).map(({ severity }) => severity);
    if (severities.includes('reject')) return 'reject';
    return severities.includes('flag') ? 'flag' : 'pass';
  };
  const nothingJudged = layers.every(({ outcome }) => outcome === 'abstain');
  for (const { layer, outcome } of layers) {
    const expected = gravest(layer);
    const isNothing = nothingJudged && expected === 'flag' && layer === 'consistency';
    if (outcome === 'abstain' ? expected !== 'pass' && !isNothing : outcome !== expected) {
      return `has findings of the layer ${layer} that its outcome does not give`;
    }
  }
  const has = (severity: Finding['severity']): boolean => findings.some((finding) => finding.severity === severity);
  if (has('reject') && status !== 'REJECTED') return 'is not REJECTED in spite of a veto';
  return has('flag') && status === 'APPROVED' ? 'is APPROVED in spite of a finding that flags' : undefined;
}

function faultOfScore({ layers, trustScore }: Verdict, weights: Weights | undefined): string | undefined {
  const results = Object.fromEntries(layers.map((layer) => [layer.layer, resultOf(layer)]));
  // The recorded weights are shared out already: they add up to 1, and sharing them again changes nothing.
  const recorded = Object.fromEntries(layers.map(({ layer, weight }) => [layer, weight]));
  const inForce = weights ?? (recorded as Weights);
  const again = combine(results as Record<LayerName, LayerResult>, inForce);
  const sameWeights = again.outcomes.every(
    ({ weight }, i) => Math.abs(weight - (layers[i]?.weight ?? -1)) <= WEIGHT_SLACK,
  );
  if (!sameWeights) return 'has other weights than were in force';
  const doubting = layers.filter(({ outcome }) => outcome === 'flag' || outcome === 'reject').length;
  const slack = doubting > 1 ? CAPPED_SLACK : weights === undefined ? SHARED_SLACK : 0;
  return Math.abs(again.score - trustScore) <= slack
    ? undefined
    : `has the score ${trustScore}, and its layers give ${again.score}`;
}

function resultOf({ outcome, score }: LayerOutcome): LayerResult {
  return outcome === 'abstain' ? { outcome, reason: '', findings: [] } : { outcome, score: score ?? 0, findings: [] };
}
