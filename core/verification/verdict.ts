import type { WitnessKind } from '../config/witness-sources.ts';

/** Judgement on one reading. Plain JSON, recorded beside the reading. */
export interface Verdict {
  readonly status: VerdictStatus;
  /** 0..1, four decimals. Agrees with `status` always: APPROVED from 0.90, FLAGGED from 0.50, else REJECTED. */
  readonly trustScore: number;
  readonly layers: readonly LayerOutcome[];
  /** All layers' findings, gravest first. */
  readonly findings: readonly Finding[];
  /**
   * What each source beside the unit's own instruments said, as plant.yaml names them. Without one that sees energy or
   * water, is independent and agrees, a consistent forgery of power, flow and gate would not have been seen. Absent in
   * verdicts of engines before 1.4.
   */
  readonly witnesses?: readonly WitnessOutcome[];
  /**
   * Version of the rules, digest of the thresholds and weights in force and digest of the unit's model, absent where
   * none was in force, so that the verdict can be recomputed.
   */
  readonly engine: { readonly version: string; readonly config: string; readonly model?: string };
}

export type VerdictStatus = 'APPROVED' | 'FLAGGED' | 'REJECTED';

export const LAYER_NAMES = ['physics', 'temporal', 'environmental', 'statistical', 'consistency'] as const;
export type LayerName = (typeof LAYER_NAMES)[number];

export interface LayerOutcome {
  readonly layer: LayerName;
  readonly outcome: 'pass' | 'abstain' | 'flag' | 'reject';
  /** 0..1; absent when the layer abstains. */
  readonly score?: number;
  /** The weight that counted, after abstaining layers' weights were shared out; 0 for an abstention. */
  readonly weight: number;
  /** Why the layer abstained, in words. */
  readonly reason?: string;
}

export interface WitnessOutcome {
  readonly kind: WitnessKind;
  /** What of the claim it can contradict. */
  readonly sees: 'energy' | 'water' | 'head';
  /** Whether it comes through other devices than the unit's own values. */
  readonly isIndependent: boolean;
  readonly outcome: 'agrees' | 'disagrees' | 'silent';
  /** Why it is silent, in words. */
  readonly reason?: string;
}

/** One thing a layer noticed, as a sentence that an operator can act on. */
export interface Finding {
  /** `VER_...`, with a section in docs/errors.md. */
  readonly code: string;
  readonly layer: LayerName;
  /** `note` changes nothing; `flag` caps the score under 0.90, `reject` under 0.50. */
  readonly severity: 'note' | 'flag' | 'reject';
  /** What was seen, with numbers and units. */
  readonly message: string;
  /** The likely cause and what to do at the plant. */
  readonly action: string;
  /** The numbers behind the message. */
  readonly evidence: Readonly<Record<string, number | string>>;
}
