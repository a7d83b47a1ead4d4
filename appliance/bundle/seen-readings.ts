import { fingerprintOf } from '../../core/acquisition/fingerprint.ts';
import type { Reading } from '../../core/acquisition/reading.ts';
import type { JudgedEntry } from '../../core/evidence/judge-pass.ts';
import type { VerificationSettings } from '../../core/verification/settings.ts';
import { historyNeeded, twinHistoryNeeded } from '../judging-history.ts';

interface SeenUnit {
  readings: number;
  /** Readings before the model in force was put there; undefined while it is one from before the range, or none. */
  beforeModel: number | undefined;
  hasModel: boolean;
  firstFromMs: number;
  /** Begin of the first interval with a fingerprint, and of the next one. */
  readonly firsts: Map<number, number>;
  readonly seconds: Map<number, number>;
}

/** What of a plant's readings has passed: how much, and what they looked like. */
export class SeenReadings {
  readonly #rangeFrom: number;
  readonly #units = new Map<string, SeenUnit>();
  /** What the recorded verdicts on the readings under judgement name as their originals, by unit. */
  #named = new Map<string, number>();

  constructor(rangeFrom: number) {
    this.#rangeFrom = rangeFrom;
  }

  takeReading(reading: Reading): void {
    const fromMs = Date.parse(reading.from);
    const unit = this.#unit(reading.unitId, fromMs);
    unit.readings += 1;
    unit.firstFromMs = Math.min(unit.firstFromMs, fromMs);
    const fingerprint = fingerprintOf(reading);
    if (fingerprint === undefined) return;
    if (!unit.firsts.has(fingerprint)) unit.firsts.set(fingerprint, fromMs);
    else if (!unit.seconds.has(fingerprint)) unit.seconds.set(fingerprint, fromMs);
  }

  takeModel({ index, body }: JudgedEntry): void {
    const unit = this.#unit(String(body.unitId), Number.POSITIVE_INFINITY);
    unit.hasModel = true;
    unit.beforeModel = index < this.#rangeFrom ? undefined : unit.readings;
  }

  /** The originals that recorded verdicts name, by unit id: those from before the bundle are taken at their word. */
  nameOriginals(named: ReadonlyMap<string, number>): void {
    this.#named = new Map(named);
  }

  /** As the store of the appliance finds it: the first recorded one of all that began elsewhere. */
  findOriginal(unitId: string, fingerprint: number, exceptFromMs: number): number | undefined {
    const unit = this.#units.get(unitId);
    const named = this.#named.get(unitId);
    if (named !== undefined && this.#rangeFrom > 0 && named < (unit?.firstFromMs ?? Number.POSITIVE_INFINITY)) {
      return named;
    }
    const first = unit?.firsts.get(fingerprint);
    return first === exceptFromMs ? unit?.seconds.get(fingerprint) : first;
  }

  /** Whether all that a verdict on the next reading of each of these units rests on has passed. */
  isWhole(unitIds: Iterable<string>, settings: VerificationSettings): boolean {
    if (this.#rangeFrom === 0) return true;
    return [...unitIds].every((id) => {
      const unit = this.#units.get(id);
      if (unit === undefined || unit.readings < historyNeeded(settings)) return false;
      if (!unit.hasModel || unit.readings >= twinHistoryNeeded(settings)) return true;
      return unit.beforeModel !== undefined && unit.beforeModel >= historyNeeded(settings);
    });
  }

  #unit(id: string, fromMs: number): SeenUnit {
    let unit = this.#units.get(id);
    if (unit === undefined) {
      const books = { firsts: new Map<number, number>(), seconds: new Map<number, number>() };
      unit = { readings: 0, beforeModel: undefined, hasModel: false, firstFromMs: fromMs, ...books };
      this.#units.set(id, unit);
    }
    return unit;
  }
}
