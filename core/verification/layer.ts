import type { Reading } from '../acquisition/reading.ts';
import type { PlantIdentity, UnitConfig } from '../config/plant.ts';
import type { Finding, LayerName, VerdictStatus } from './verdict.ts';

/** The port every check stands behind. Pure and synchronous: the same arguments give the same result, bit for bit. */
export interface VerificationLayer<Config = unknown> {
  readonly name: LayerName;
  check(reading: Reading, context: VerificationContext, config: Config): LayerResult;
}

export type LayerResult =
  | { readonly outcome: 'abstain'; readonly reason: string; readonly findings: readonly Finding[] }
  | { readonly outcome: 'pass' | 'flag' | 'reject'; readonly score: number; readonly findings: readonly Finding[] };

/** All that a layer may know beside the reading itself. */
export interface VerificationContext {
  readonly plant: PlantIdentity;
  readonly unit: UnitConfig;
  readonly intervalMs: number;
  /** When the interval was closed on this computer, UTC milliseconds. */
  readonly closedAtMs: number;
  /** Earlier readings of the same unit with their status, oldest first, at most the configured number. */
  readonly history: readonly JudgedReading[];
  /** Readings of the other units for the same interval, as far as they are closed. */
  readonly siblings: readonly Reading[];
}

export interface JudgedReading {
  readonly reading: Reading;
  readonly status: VerdictStatus;
}
