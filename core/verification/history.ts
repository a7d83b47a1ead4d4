import { fingerprintOf } from '../acquisition/fingerprint.ts';
import type { Reading } from '../acquisition/reading.ts';
import type { UnitConfig } from '../config/plant.ts';
import { instantMs } from '../model/time.ts';
import { FEATURE_NAMES, type FeatureName, type Features, featuresOf } from './features.ts';
import { FingerprintBook, type Originals } from './fingerprint-book.ts';
import { isSteady } from './measures.ts';
import { RollingMedian } from './rolling-median.ts';
import { DEFAULT_SETTINGS, type VerificationSettings } from './settings.ts';
import { SlotCalendar } from './slot-calendar.ts';
import {
  type Judgement,
  type RegisterMark,
  runOf,
  TimeLine,
  type Trace,
  traceOf,
  WATCHED,
  type Watched,
} from './time-line.ts';
import type { VerdictStatus } from './verdict.ts';

export interface JudgedReading {
  readonly reading: Reading;
  readonly status: VerdictStatus;
  /** Whether nothing but the register spoke against the energy it claims; as the status says where this is absent. */
  readonly claimHolds?: boolean | undefined;
  /** What was said of the register itself; taken to hold where this is absent. */
  readonly registerIs?: Judgement['register'] | undefined;
  /** Begin of the earlier interval that it was found to look like to the last digit. */
  readonly originalMs?: number | undefined;
  /** The export register at the interval's end, where the reading has no span of its own. */
  readonly register?: RegisterMark | undefined;
}

function markOf(reading: Reading): RegisterMark | undefined {
  const span = reading.registers?.energyExport;
  return span === undefined ? undefined : { atMs: instantMs(span.endAt), kwh: Number(span.endKwh) };
}

/** After these a lower register is no contradiction to what was there before. */
const NEW_REGISTER = ['reset', 'rollback', 'exchange', 'jump'];

function hasNewRegister(reading: Reading): boolean {
  return reading.registers?.energyExport?.events.some(({ kind }) => NEW_REGISTER.includes(kind)) ?? false;
}

interface Slot {
  readonly judged: JudgedReading;
  readonly fingerprint: number | undefined;
  readonly features: Features | undefined;
  /** Different values of the watched quantities, where the unit generated steadily and samples were counted. */
  readonly distinct: Readonly<Partial<Record<Watched, number>>>;
}

/**
 * What a unit's earlier readings leave behind for the next verdict. Every value depends on the last
 * `historyReadings` readings alone, so that a history rebuilt from the recorded readings after a restart judges
 * as the one that never stopped. Rejected readings are remembered for order and replay, never as a reference.
 */
export class UnitHistory {
  readonly #unit: UnitConfig;
  readonly #settings: VerificationSettings;
  readonly #slots: Slot[] = [];
  #oldest = 0;
  /** Earlier readings by their own time. */
  readonly timeLine: TimeLine;
  /** Intervals for which a reading counts, however long ago. */
  readonly #recorded = new SlotCalendar();
  /** What years of readings looked like, so that a replay is found however old its original is. */
  readonly #originals: Originals;
  readonly #references: Record<FeatureName, RollingMedian>;
  readonly #distinct: Record<Watched, RollingMedian> = {
    flowM3s: new RollingMedian(),
    powerKw: new RollingMedian(),
    headM: new RollingMedian(),
  };
  #last: JudgedReading | undefined;
  /** All that ask for the fingerprint of one reading ask in a row. */
  #printed: { readonly reading: Reading; readonly fingerprint: number | undefined } | undefined;

  /** `originals` knows what older readings looked like; without it, `settings.replayReadings` of them are kept here. */
  constructor(unit: UnitConfig, settings: VerificationSettings = DEFAULT_SETTINGS, originals?: Originals) {
    this.#unit = unit;
    this.#settings = settings;
    this.timeLine = new TimeLine(settings.historyReadings);
    this.#originals = originals ?? new FingerprintBook(settings.replayReadings);
    this.#references = {
      efficiency: new RollingMedian(),
      energy: new RollingMedian(),
      head: new RollingMedian(),
      flowPerGate: new RollingMedian(),
    };
  }

  /** The history after `readings`, oldest first. Give it at least the last `settings.historyReadings`. */
  static rebuild(
    unit: UnitConfig,
    readings: Iterable<JudgedReading>,
    settings: VerificationSettings = DEFAULT_SETTINGS,
  ): UnitHistory {
    const history = new UnitHistory(unit, settings);
    for (const judged of readings) history.remember(judged);
    return history;
  }

  /** Takes in a reading with its recorded status. Call it once for each reading, in the order they were recorded. */
  remember(judged: JudgedReading): void {
    const { reading, status, registerIs = 'holds' } = judged;
    const features = status === 'APPROVED' ? featuresOf(reading, this.#unit, this.#settings) : undefined;
    const slot: Slot = {
      judged,
      fingerprint: this.#fingerprintOf(reading),
      features,
      distinct: this.#distinctOf(reading),
    };
    this.#push(slot);
    const mark = judged.register ?? markOf(reading);
    if (status !== 'REJECTED') this.#recorded.add(instantMs(reading.from));
    if (hasNewRegister(reading)) this.timeLine.forgetRegisters();
    this.timeLine.remember(
      traceOf(
        reading,
        {
          status,
          claimHolds: judged.claimHolds ?? status !== 'REJECTED',
          mark,
          register: registerIs,
          originalMs: judged.originalMs,
        },
        this.#before(reading),
      ),
      mark,
      registerIs === 'holds',
    );
    if (slot.fingerprint !== undefined) this.#originals.add(slot.fingerprint, instantMs(reading.from));
    for (const name of FEATURE_NAMES) {
      const value = features?.[name];
      if (value !== undefined) this.#references[name].add(value);
    }
    for (const name of WATCHED) {
      const distinct = slot.distinct[name];
      if (distinct !== undefined) this.#distinct[name].add(distinct);
    }
    this.#last = judged;
  }

  /** The reading remembered last. */
  get last(): JudgedReading | undefined {
    return this.#last;
  }

  /** Whether a reading that begins at `from` counts already, however long ago it came. */
  holdsInterval(from: string): boolean {
    return this.#recorded.has(instantMs(from));
  }

  /** Begin of an earlier interval that looked the same to the last digit, however long ago; undefined if none. */
  findOriginal(reading: Reading): number | undefined {
    const fingerprint = this.#fingerprintOf(reading);
    return fingerprint === undefined ? undefined : this.#originals.find(fingerprint, instantMs(reading.from));
  }

  /** Values of a feature in approved, steadily generating readings. */
  reference(name: FeatureName): RollingMedian {
    return this.#references[name];
  }

  /** The middle of how many different values steady readings of the quantity hold; undefined below `readingsMin`. */
  usualDistinct(name: Watched, readingsMin: number): number | undefined {
    const distinct = this.#distinct[name];
    return distinct.size < readingsMin ? undefined : distinct.median();
  }

  /** How many intervals in a row, this one included, showed one constant value. 0 when it moved. */
  runWith(name: Watched, reading: Reading): number {
    return runOf(name, reading, this.#before(reading));
  }

  #before(reading: Reading): Trace | undefined {
    return this.timeLine.endingAt(instantMs(reading.from));
  }

  #fingerprintOf(reading: Reading): number | undefined {
    if (this.#printed?.reading !== reading) this.#printed = { reading, fingerprint: fingerprintOf(reading) };
    return this.#printed.fingerprint;
  }

  /** Only of readings that could show noise: steady, and with as many samples as a judgement asks for. */
  #distinctOf(reading: Reading): Slot['distinct'] {
    if (!isSteady(reading, this.#unit, this.#settings)) return {};
    const counted: Partial<Record<Watched, number>> = {};
    for (const name of WATCHED) {
      const { samples = 0, distinct } = reading[name] ?? {};
      if (distinct !== undefined && samples >= this.#settings.temporal.frozenSamples) counted[name] = distinct;
    }
    return counted;
  }

  #push(slot: Slot): void {
    if (this.#slots.length < this.#settings.historyReadings) {
      this.#slots.push(slot);
      return;
    }
    const evicted = this.#slots[this.#oldest];
    this.#slots[this.#oldest] = slot;
    this.#oldest = (this.#oldest + 1) % this.#slots.length;
    if (evicted !== undefined) this.#forget(evicted);
  }

  #forget({ features, distinct }: Slot): void {
    for (const name of FEATURE_NAMES) {
      const value = features?.[name];
      if (value !== undefined) this.#references[name].remove(value);
    }
    for (const name of WATCHED) {
      const value = distinct[name];
      if (value !== undefined) this.#distinct[name].remove(value);
    }
  }
}
