import type { LayerResult } from './layer.ts';
import type { Finding, LayerName } from './verdict.ts';

/** The greatest scores that a suspicion leaves, one step of the fourth decimal under the status above. */
export const FLAG_CEILING = 0.8999;
export const REJECT_CEILING = 0.4999;
export const FLAG_FLOOR = 0.5;
/** How far a layer that passes may lower its score for what comes near a limit: never under what is approved. */
export const PASS_RANGE = 0.1;

/** A finding and how sure it is, 0 (just over the limit) to 1 (no other explanation). */
export interface Suspicion {
  readonly finding: Finding;
  readonly sureness: number;
}

/** How sure a value is suspicious that passes its limit `times` over: 0 at the limit, one half at twice the limit. */
export function surenessOf(times: number): number {
  return times <= 1 ? 0 : 1 - 1 / times;
}

/**
 * A layer's result from what it noticed. Independent suspicions make each other surer: what remains of the score is
 * the product of what each leaves.
 */
export function conclude(suspicions: readonly Suspicion[], passScore = 1): LayerResult {
  const findings = suspicions.map(({ finding }) => finding);
  const doubt = (severity: Finding['severity']): number =>
    suspicions.reduce(
      (left, { finding, sureness }) => (finding.severity === severity ? left * (1 - sureness) : left),
      1,
    );
  if (findings.some(({ severity }) => severity === 'reject')) {
    return { outcome: 'reject', score: REJECT_CEILING * doubt('reject'), findings };
  }
  if (findings.some(({ severity }) => severity === 'flag')) {
    return { outcome: 'flag', score: FLAG_FLOOR + (FLAG_CEILING - FLAG_FLOOR) * doubt('flag'), findings };
  }
  return { outcome: 'pass', score: passScore, findings };
}

/** A finding without further thought about sureness: what a rule that is either broken or not gives. */
export function suspect(
  layer: LayerName,
  severity: Finding['severity'],
  sureness: number,
  words: { code: string; message: string; action: string; evidence: Finding['evidence'] },
): Suspicion {
  return { finding: { code: words.code, layer, severity, ...sentence(words) }, sureness };
}

function sentence(words: { message: string; action: string; evidence: Finding['evidence'] }) {
  return { message: words.message, action: words.action, evidence: keepable(words.evidence) };
}

/** Canonical JSON carries finite numbers only: a quotient by nothing is kept as a word, never lost and never a crash. */
function keepable(evidence: Finding['evidence']): Finding['evidence'] {
  if (Object.values(evidence).every((value) => typeof value === 'string' || Number.isFinite(value))) return evidence;
  return Object.fromEntries(
    Object.entries(evidence).map(([name, value]) => [
      name,
      typeof value === 'string' || Number.isFinite(value) ? value : String(value),
    ]),
  );
}

/** A number as an operator reads it: at most `digits` decimals, no trailing zeros. */
export function show(value: number, digits = 1): string {
  return String(Number(value.toFixed(digits)));
}

export function showPercent(part: number): string {
  return `${show(part * 100)} %`;
}

/** Whole per cent rounded down, so that what is not complete never reads 100 %. */
export function showCoverage(coverage: number): string {
  return `${Math.floor(coverage * 100)} %`;
}

/** A length of time as an operator says it. */
export function showDuration(durationMs: number): string {
  const seconds = Math.round(durationMs / 1000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${show(seconds / 60)} min`;
  return `${show(seconds / 3600)} h`;
}
