import type { Reading } from '../acquisition/reading.ts';
import { adviseOnGaps } from './gap-advice.ts';
import type { LayerResult, VerificationContext, VerificationLayer } from './layer.ts';
import { consistency } from './layers/consistency.ts';
import { environmental } from './layers/environmental.ts';
import { physics } from './layers/physics.ts';
import { statistical } from './layers/statistical.ts';
import { temporal } from './layers/temporal.ts';
import { settingsDigest, type VerificationSettings } from './settings.ts';
import { suspect } from './suspicion.ts';
import { combine } from './trust-score.ts';
import { twinDigest } from './twin/twin-model.ts';
import { findUnusableNumbers } from './unusable-numbers.ts';
import { type Finding, LAYER_NAMES, type LayerName, type Verdict, type WitnessOutcome } from './verdict.ts';
import { hearWitnesses } from './witness/hear-witnesses.ts';

/** Raised with every change that can alter a verdict. */
export const ENGINE_VERSION = '1.8.0';

/** In the order of their weights. */
export const LAYERS: readonly VerificationLayer[] = [physics, temporal, environmental, statistical, consistency];

const SEVERITY_ORDER: Readonly<Record<Finding['severity'], number>> = { reject: 0, flag: 1, note: 2 };

/** The verdict on one reading. The same arguments give the same verdict, bit for bit, on any machine. */
export function judge(
  reading: Reading,
  context: VerificationContext,
  settings: VerificationSettings,
  layers: readonly VerificationLayer[] = LAYERS,
): Verdict {
  const results = abstentions();
  const unusable = [...findUnusableNumbers(reading), ...unreadableOf(context.unreadable)];
  if (unusable.length > 0) {
    results.consistency = rejectNumbers(unusable);
  } else {
    for (const layer of layers) results[layer.name] = layer.check(reading, context, settings);
  }
  const { score, status, outcomes, nothingJudged } = combine(results, settings.weights);
  const model = context.twin?.model;
  const findings = LAYER_NAMES.flatMap((name) => results[name].findings);
  if (nothingJudged) findings.push(noData(reading));
  findings.sort((a, b) => SEVERITY_ORDER[a.severity] - SEVERITY_ORDER[b.severity]);
  return {
    status,
    trustScore: score,
    layers: outcomes,
    findings,
    witnesses: unusable.length > 0 ? [] : witnessesOf(reading, context, settings, findings),
    engine: {
      version: ENGINE_VERSION,
      config: settingsDigest(settings),
      ...(model === undefined ? {} : { model: twinDigest(model) }),
    },
  };
}

/** The verdict on what is no reading at all: it names no interval, or no unit of the plant. */
export function judgeUnreadable(unreadable: Readonly<Record<string, string>>, settings: VerificationSettings): Verdict {
  const results = abstentions();
  results.consistency = rejectNumbers(unreadableOf(unreadable));
  const { score, status, outcomes } = combine(results, settings.weights);
  return {
    status,
    trustScore: score,
    layers: outcomes,
    findings: [...results.consistency.findings],
    engine: { version: ENGINE_VERSION, config: settingsDigest(settings) },
  };
}

function witnessesOf(
  reading: Reading,
  context: VerificationContext,
  settings: VerificationSettings,
  findings: readonly Finding[],
): readonly WitnessOutcome[] {
  const isUnlike = findings.some(({ code }) => code === 'VER_HEAD_UNLIKE_SIBLINGS');
  return hearWitnesses(reading, context, settings).outcomes.map((witness) =>
    witness.kind === 'siblings' && isUnlike ? { ...witness, outcome: 'disagrees' } : witness,
  );
}

function unreadableOf(unreadable: Readonly<Record<string, string>> = {}): { field: string; text: string }[] {
  return Object.entries(unreadable).map(([field, text]) => ({ field, text: text === '' ? 'nothing' : `"${text}"` }));
}

function abstentions(): Record<LayerName, LayerResult> {
  const abstain: LayerResult = { outcome: 'abstain', reason: 'The layer was not asked.', findings: [] };
  return { physics: abstain, temporal: abstain, environmental: abstain, statistical: abstain, consistency: abstain };
}

function rejectNumbers(unusable: readonly { field: string; text: string }[]): LayerResult {
  const listed = unusable.map(({ field, text }) => `${field} ${text}`).join(', ');
  const { finding } = suspect('consistency', 'reject', 1, {
    code: 'VER_VALUE_INVALID',
    message: `The reading carries values that no measurement gives: ${listed}.`,
    action: 'Check the type, word order and scale of these points; the interval was not judged any further.',
    evidence: Object.fromEntries(unusable.map(({ field, text }) => [field, text])),
  });
  return { outcome: 'reject', score: 0, findings: [finding] };
}

function noData(reading: Reading): Finding {
  const reasons = [...new Set(reading.gaps.map(({ reason }) => reason))].join(', ');
  const because = reasons === '' ? '' : ` (${reasons})`;
  return {
    code: 'VER_NO_DATA',
    layer: 'consistency',
    severity: 'flag',
    message: `Nothing was measured in this interval${because}, so nothing could be judged.`,
    action: `${adviseOnGaps(reading.gaps)} No energy is counted here until a register shows it.`,
    evidence: { coverage: reading.coverage, gaps: reading.gaps.length },
  };
}
