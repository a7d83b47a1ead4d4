import type { Reading } from '../acquisition/reading.ts';
import type { PlantIdentity, UnitConfig } from '../config/plant.ts';
import type { WaterBandConfig } from '../config/water-bands.ts';
import type { Quantity } from '../model/quantity.ts';
import type { UnitHistory } from './history.ts';
import type { VerificationSettings } from './settings.ts';
import type { RegisterMark } from './time-line.ts';
import type { UnitTwin } from './twin/unit-twin.ts';
import type { Finding, LayerName } from './verdict.ts';
import type { WitnessView } from './witness/witness.ts';

/** The port every check stands behind. Pure and synchronous: the same arguments give the same result, bit for bit. */
export interface VerificationLayer {
  readonly name: LayerName;
  check(reading: Reading, context: VerificationContext, settings: VerificationSettings): LayerResult;
}

/** The score agrees with the outcome: 0.5 to under 0.9 for `flag`, under 0.5 for `reject`. Use `conclude`. */
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
  /** Nobody but the reading itself says when it was taken: a row of a file that does not say when it came. */
  readonly isDatedByItself?: boolean | undefined;
  /** What the unit's earlier readings leave behind. The caller calls `remember` after recording, never a layer. */
  readonly history: UnitHistory;
  /** The hydraulic twin of the unit; absent or without a model before commissioning data has taught one. */
  readonly twin?: UnitTwin | undefined;
  /** The export register at the interval's end, where the reading has no span of its own. */
  readonly register?: RegisterMark | undefined;
  /** What arrived in place of a number, by the name of its field: where readings come from outside. */
  readonly unreadable?: Readonly<Record<string, string>> | undefined;
  /** The unit's signals that could have come: a file has no more columns than it has. Those of plant.yaml where absent. */
  readonly expected?: readonly Quantity[] | undefined;
  /** The smallest step of the reading's energy and register, kWh; 0 where it is not known. */
  readonly resolutionKwh?: number | undefined;
  /** The sources beside the unit's own instruments, and what earlier readings came to against them. */
  readonly witness?: WitnessView | undefined;
  /** What plant.yaml states of the water at the site. */
  readonly waterBands?: readonly WaterBandConfig[] | undefined;
  /** The other units in the same interval, as far as they are closed. */
  readonly siblings: readonly Sibling[];
}

export interface Sibling {
  readonly unit: UnitConfig;
  readonly reading: Reading;
}
