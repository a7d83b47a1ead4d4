import type { Reading } from '../../acquisition/reading.ts';
import type { PlantIdentity, UnitConfig } from '../../config/plant.ts';
import { type WitnessSource, witnessSources } from '../../config/witness-sources.ts';
import type { WitnessesConfig } from '../../config/witnesses.ts';
import { instantMs } from '../../model/time.ts';
import type { Sibling } from '../layer.ts';
import type { VerificationSettings } from '../settings.ts';
import type { Finding, VerdictStatus } from '../verdict.ts';
import { checkDifference } from './check-meter.ts';
import { DifferenceBook } from './difference-book.ts';
import { flowDifference, isFlowOff } from './inflow.ts';
import { LevelBook } from './level-book.ts';
import { isOff, plantDifference } from './plant-meter.ts';
import { headLoss, storedM3s } from './water-level.ts';
import { type Companion, ENERGY_SIGNALS, type LastWhole, type WitnessBooks, type WitnessView } from './witness.ts';

export interface WitnessMemoryParts {
  readonly plant: Pick<PlantIdentity, 'ratedPowerKw'>;
  readonly units: readonly UnitConfig[];
  readonly intervalMs: number;
  readonly witnesses?: WitnessesConfig | undefined;
  readonly settings: VerificationSettings;
}

/** A reading with what was said of it, as it is recorded. */
export interface HeardReading {
  readonly reading: Reading;
  readonly siblings: readonly Sibling[];
  readonly status: VerdictStatus;
  readonly findings: readonly Finding[];
  readonly resolutionKwh?: number | undefined;
}

/** A day of five-minute readings: the window in which a small bias must show. */
const WINDOW_READINGS = 288;
/** Intervals that wait for a unit's reading. An interval whose units never come together compares nothing. */
const OPEN_INTERVALS_MAX = 16;

interface OwnBooks {
  readonly check: DifferenceBook;
  readonly level: LevelBook;
  last: Reading | undefined;
  /** End of the last interval in which a witness gave a value, by signal. */
  readonly heardMs: Map<string, number>;
}

/**
 * What earlier readings leave behind for the checks against witnesses: running differences of each unit and of the plant
 * as a whole. It depends on the readings of the last `historyReadings` intervals and their order alone, so that rebuilt
 * from them it says the same as one that never stopped.
 */
export class WitnessMemory {
  readonly #parts: WitnessMemoryParts;
  readonly #units = new Map<string, OwnBooks>();
  readonly #sources = new Map<string, readonly WitnessSource[]>();
  readonly #plant: DifferenceBook;
  readonly #inflow: DifferenceBook;
  /** Readings by interval begin and unit, while one of the interval is missing, and a little longer. */
  readonly #open = new Map<number, Map<string, Companion>>();
  #lastWhole: LastWhole | undefined;

  constructor(parts: WitnessMemoryParts) {
    const { units, intervalMs, settings, witnesses } = parts;
    const horizonMs = Math.min(WINDOW_READINGS, settings.historyReadings) * intervalMs;
    this.#parts = parts;
    this.#plant = new DifferenceBook(horizonMs);
    this.#inflow = new DifferenceBook(horizonMs);
    for (const unit of units) {
      const level = new LevelBook(settings.historyReadings * intervalMs);
      this.#units.set(unit.id, { check: new DifferenceBook(horizonMs), level, last: undefined, heardMs: new Map() });
      this.#sources.set(unit.id, witnessSources({ units, ...(witnesses === undefined ? {} : { witnesses }) }, unit));
    }
  }

  /** Readings of the other units of exactly the same interval, as far as they are recorded. */
  companionsOf({ from, unitId }: Reading): readonly Companion[] {
    const open = this.#open.get(instantMs(from));
    return open === undefined ? NOBODY : [...open.values()].filter(({ reading }) => reading.unitId !== unitId);
  }

  /** What the checks may know beside the reading; undefined where plant.yaml names no source but the unit itself. */
  viewOf(reading: Reading, companions: readonly Companion[] | undefined): WitnessView | undefined {
    const { units, plant, intervalMs, witnesses } = this.#parts;
    const unit = units.find(({ id }) => id === reading.unitId);
    const books = this.#booksOf(reading.unitId);
    if (unit === undefined || books === undefined) return undefined;
    return {
      unit,
      units,
      plantPowerKw: plant.ratedPowerKw,
      intervalMs,
      config: witnesses,
      sources: this.#sources.get(unit.id) ?? [],
      companions,
      books,
      heardMs: this.#units.get(unit.id)?.heardMs ?? NEVER,
      storedM3s: this.#storedM3s(reading),
      lastWhole: this.#lastWhole?.toMs === instantMs(reading.from) ? this.#lastWhole : undefined,
    };
  }

  /** Takes a judged reading in: once for each, in the order in which they are recorded. */
  remember(heard: HeardReading): void {
    const { reading, status } = heard;
    const own = this.#units.get(reading.unitId);
    const { units, settings, witnesses } = this.#parts;
    const unit = units.find(({ id }) => id === reading.unitId);
    if (own === undefined || unit === undefined) return;
    const fromMs = instantMs(reading.from);
    noteHeard(heard, own.heardMs);
    if (unit.signals.energyExportCheck !== undefined) {
      own.check.pass(fromMs);
      const difference =
        status === 'REJECTED' ? 'refused' : checkDifference(reading, { unit }, settings, heard.resolutionKwh);
      // What differs too much at once was said at once; it must not accuse those that come after it.
      if (typeof difference !== 'string' && Math.abs(difference.claimed - difference.most) <= difference.once) {
        own.check.add(difference);
      }
    }
    if (witnesses === undefined) return;
    if (witnesses.headwaterLevel !== undefined) this.#learnLevel(heard, unit, own);
    if (witnesses.meter !== undefined || witnesses.inflow !== undefined) this.#addUp(heard, fromMs);
    own.last = reading;
  }

  #booksOf(unitId: string): WitnessBooks | undefined {
    const own = this.#units.get(unitId);
    return own === undefined
      ? undefined
      : { check: own.check, level: own.level, plant: this.#plant, inflow: this.#inflow };
  }

  #storedM3s(reading: Reading): number | undefined {
    const areaM2 = this.#parts.witnesses?.inflow?.pondAreaM2;
    if (areaM2 === undefined) return undefined;
    return storedM3s(reading, this.#units.get(reading.unitId)?.last, areaM2);
  }

  #learnLevel({ reading, status, siblings }: HeardReading, unit: UnitConfig, own: OwnBooks): void {
    const { units, witnesses, settings } = this.#parts;
    const fromMs = instantMs(reading.from);
    own.level.pass(fromMs);
    if (status !== 'APPROVED') return;
    const loss = headLoss(reading, { unit, units, config: witnesses }, siblings, settings);
    if (typeof loss !== 'string') own.level.add(fromMs, loss.flowShare, loss.lossShare);
  }

  #addUp({ reading, status, resolutionKwh }: HeardReading, fromMs: number): void {
    const { units, settings, witnesses, plant } = this.#parts;
    let open = this.#open.get(fromMs);
    if (open === undefined) {
      open = new Map();
      this.#open.set(fromMs, open);
      const [oldest] = this.#open.keys();
      if (this.#open.size > OPEN_INTERVALS_MAX && oldest !== undefined) this.#open.delete(oldest);
    }
    // A second reading of the same interval is refused; the first one stands.
    if (open.has(reading.unitId)) return;
    open.set(reading.unitId, { reading, status });
    this.#plant.pass(fromMs);
    this.#inflow.pass(fromMs);
    if (open.size < units.length) return;
    const heard = [...open.values()];
    const readings = heard.map((companion) => companion.reading);
    const isClean = heard.every((companion) => companion.status !== 'REJECTED');
    let [plantMismatch, inflowMismatch] = [false, false];
    const { meter, inflow } = witnesses ?? {};
    if (meter !== undefined && isClean) {
      const view = { units, plantPowerKw: plant.ratedPowerKw, meter };
      const difference = plantDifference(readings, view, settings, resolutionKwh);
      plantMismatch = typeof difference !== 'string' && isOff(difference);
      if (typeof difference !== 'string' && !plantMismatch) this.#plant.add(difference);
    }
    if (inflow !== undefined && isClean) {
      const difference = flowDifference(readings, { units, inflow, storedM3s: this.#storedM3s(reading) }, settings);
      inflowMismatch = typeof difference !== 'string' && isFlowOff(difference);
      if (typeof difference !== 'string' && !inflowMismatch) this.#inflow.add(difference);
    }
    this.#lastWhole = { toMs: instantMs(reading.to), plantMismatch, inflowMismatch };
  }
}

const NOBODY: readonly Companion[] = [];
const NEVER: ReadonlyMap<string, number> = new Map();

/**
 * A silence goes on for longer than the readings that a restart reads again, so what is known of it stands in each
 * verdict on the way.
 */
function noteHeard({ reading, findings }: HeardReading, heardMs: Map<string, number>): void {
  for (const signal of ENERGY_SIGNALS) {
    if (reading.witness?.[signal] !== undefined) heardMs.set(signal, instantMs(reading.to));
  }
  for (const { evidence } of findings) {
    if (typeof evidence.signal !== 'string' || typeof evidence.heardUntil !== 'string') continue;
    heardMs.set(evidence.signal, instantMs(evidence.heardUntil));
  }
}
