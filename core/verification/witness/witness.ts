import type { Reading } from '../../acquisition/reading.ts';
import type { UnitConfig } from '../../config/plant.ts';
import type { WitnessSource } from '../../config/witness-sources.ts';
import type { WitnessesConfig } from '../../config/witnesses.ts';
import type { Suspicion } from '../suspicion.ts';
import type { VerdictStatus, WitnessOutcome } from '../verdict.ts';
import type { DifferenceBook } from './difference-book.ts';
import type { LevelBook } from './level-book.ts';

/** Another unit's reading of exactly the same interval, as far as it is known, and what was said of it. */
export interface Companion {
  readonly reading: Reading;
  readonly status: VerdictStatus;
}

/** All that the checks against witnesses may know beside the reading. */
export interface WitnessView {
  readonly unit: UnitConfig;
  readonly units: readonly UnitConfig[];
  readonly plantPowerKw: number;
  readonly intervalMs: number;
  readonly config: WitnessesConfig | undefined;
  readonly sources: readonly WitnessSource[];
  /** Undefined where the units are not to be added up (yet). */
  readonly companions: readonly Companion[] | undefined;
  readonly books: WitnessBooks;
  /** End of the last interval in which a witness gave a value, by signal; none for one that was never heard. */
  readonly heardMs: ReadonlyMap<string, number>;
  /** Water that the pond took in over the interval, m3/s; undefined where that is not known. */
  readonly storedM3s: number | undefined;
  /** What the last interval that all units were heard of came to. */
  readonly lastWhole: LastWhole | undefined;
}

export interface WitnessBooks {
  /** The unit's meter against its check meter. */
  readonly check: DifferenceBook;
  /** The units together against the meter of the plant, and against the gauge of the inflow. */
  readonly plant: DifferenceBook;
  readonly inflow: DifferenceBook;
  readonly level: LevelBook;
}

export interface LastWhole {
  readonly toMs: number;
  readonly plantMismatch: boolean;
  readonly inflowMismatch: boolean;
}

/** Registers of witnesses that see energy. */
export const ENERGY_SIGNALS = ['energyExportCheck', 'plantExport', 'plantImport'] as const;

/** What one witness says of a reading. */
export interface Testimony {
  readonly outcome: WitnessOutcome['outcome'];
  /** Why it is silent. */
  readonly reason?: string;
  readonly suspicions: readonly Suspicion[];
}

export function silent(reason: string): Testimony {
  return { outcome: 'silent', reason, suspicions: [] };
}

export const AGREES: Testimony = { outcome: 'agrees', suspicions: [] };
