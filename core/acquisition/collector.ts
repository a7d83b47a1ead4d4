import type { PlantConfig } from '../config/plant.ts';
import { deviceOf } from '../config/witness-sources.ts';
import type { CancelTimer, Clock } from '../model/clock.ts';
import type { Log } from '../model/log.ts';
import { alignDown, toIso } from '../model/time.ts';
import type { CounterState, MeterWord } from './counter-state.ts';
import type { OpenGap } from './gap-tracker.ts';
import type { MeterChangeOutcome } from './meter-change-outcome.ts';
import type { ClockTrust, SampleBlockReference } from './reading.ts';
import type { Cycle } from './sample.ts';
import { type ClosedUnit, createUnitInterval, type UnitInterval } from './unit-interval.ts';
import { WitnessInterval, withWitness, witnessDevices } from './witness-interval.ts';

/**
 * Turns the stream of cycles into closed intervals, plant-wide. An interval closes once every device has passed its
 * end, or a grace later when one does not answer. Cycles of the next interval wait until then, except that the
 * registers polled exactly at the boundary close the interval that ends there.
 */
export interface CollectorParts {
  readonly config: PlantConfig;
  readonly origin: 'plant' | 'demo';
  readonly clock: Clock;
  readonly log: Log;
  /** Nothing was ever recorded: the time before the first poll is no gap. */
  readonly isFresh: boolean;
  /** Counter states as of the last recorded interval, by point. */
  readonly savedCounters: ReadonlyMap<string, CounterState>;
  readonly clockTrust: () => ClockTrust;
  /** False when a reading of the unit speaks for a part of `[fromMs, toMs)` already. */
  readonly canRecord: (unitId: string, fromMs: number, toMs: number) => boolean;
  /** Hands the raw samples of the interval over and says how readings refer to them. */
  readonly sealSamples: (fromMs: number, toMs: number) => readonly SampleBlockReference[];
  readonly onClose: (interval: ClosedInterval) => void;
  /** The stretches that recorded readings leave open, by unit. */
  readonly openGaps?: ReadonlyMap<string, OpenGap>;
  /** The parts of `[fromMs, toMs)` for which nothing recorded speaks yet; all of it when absent. */
  readonly unstated?: (unitId: string, fromMs: number, toMs: number) => readonly TimeSpan[];
}

export interface TimeSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface ClosedInterval {
  readonly fromMs: number;
  readonly toMs: number;
  readonly units: readonly ClosedUnit[];
  readonly counters: ReadonlyMap<string, CounterState>;
}

const GRACE_MS_MAX = 5000;

export class Collector {
  readonly #parts: CollectorParts;
  readonly #units: readonly { readonly devices: ReadonlySet<string>; readonly interval: UnitInterval; id: string }[];
  readonly #witnesses: WitnessInterval;
  readonly #devices: readonly string[];
  readonly #graceMs: number;
  #fromMs: number;
  #passed = new Set<string>();
  #waiting: Cycle[] = [];
  #absence = 'ACQ_NOT_POLLED';
  /** The slot of the first poll of this run: what nobody polled before it lies in the time in which Forebay was off. */
  #offUntilMs = Number.POSITIVE_INFINITY;
  #isPolled = false;
  #cancelGrace: CancelTimer | undefined;
  #isHeld = false;

  /** Begins gathering in the interval that holds `beginMs`. */
  constructor(parts: CollectorParts, beginMs: number) {
    const { config, savedCounters } = parts;
    this.#parts = parts;
    this.#units = config.units.map((unit) => ({
      id: unit.id,
      // The raw samples of what witnesses a reading stand behind it like its own.
      devices: new Set([...Object.values(unit.signals).map(deviceOf), ...witnessDevices(config)]),
      interval: createUnitInterval(config, unit, savedCounters, parts.openGaps?.get(unit.id)),
    }));
    this.#witnesses = new WitnessInterval(config, savedCounters);
    this.#devices = config.devices.map(({ id }) => id);
    this.#graceMs = Math.min(GRACE_MS_MAX, config.intervalMs / 4);
    this.#fromMs = alignDown(beginMs, config.intervalMs);
  }

  get fromMs(): number {
    return this.#fromMs;
  }

  get toMs(): number {
    return this.#fromMs + this.#parts.config.intervalMs;
  }

  /** Takes cycles that were kept before a restart. Intervals they complete close at once. */
  resume(cycles: readonly Cycle[]): void {
    for (const cycle of cycles) {
      while (cycle.slotMs >= this.toMs) {
        for (const boundary of cycles) if (boundary.slotMs === this.toMs) this.#takeRegisters(boundary);
        this.#close();
        this.#skipTo(cycle.slotMs, 'ACQ_NOT_RUNNING');
      }
      this.#take(cycle);
    }
  }

  /** Closes what ended while the appliance was off, states the stretch in between, and begins to watch the time. */
  begin(nowMs: number): void {
    if (nowMs >= this.toMs) {
      if (this.#isPolled) this.#close();
      this.#skipTo(nowMs, 'ACQ_NOT_RUNNING');
    }
    this.#armGrace();
  }

  /** Closes what was gathered as it stands: nothing more of this configuration will come. */
  end(): void {
    if (this.#isPolled) this.#close();
  }

  /**
   * No more closed intervals can be taken off: from the end of the last one on, what comes is let go. Counters are not
   * lost by that, since they go on in the meter.
   */
  hold(): void {
    this.#isHeld = true;
    this.#waiting = [];
    this.#cancelGrace?.();
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** Gathers again after `hold`; the whole intervals in between are stated with this reason. */
  goOn(nowMs: number): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#passed = new Set();
    if (this.#offUntilMs === Number.POSITIVE_INFINITY) this.#offUntilMs = this.#fromMs;
    this.#skipTo(nowMs, 'ACQ_STORE_FULL');
    this.#absence = 'ACQ_STORE_FULL';
    this.#armGrace();
  }

  take(cycle: Cycle): void {
    if (this.#isHeld) return;
    // Devices answer in any order, and the earliest slot counts.
    this.#offUntilMs = Math.min(this.#offUntilMs, cycle.slotMs);
    if (cycle.slotMs < this.toMs) {
      this.#take(cycle);
      return;
    }
    if (cycle.slotMs === this.toMs) this.#takeRegisters(cycle);
    this.#waiting.push(cycle);
    this.#passed.add(cycle.deviceId);
    if (this.#devices.every((id) => this.#passed.has(id))) this.#closeAndGoOn();
  }

  /**
   * The wall clock was stepped: what was gathered belongs to the old time and is closed as it stands; gathering goes
   * on in the interval of the new time. Returns the counter states in the new time, for the store: a restart before the
   * next close must not take the step for elapsed time.
   */
  restartAt(nowMs: number, stepMs: number): ReadonlyMap<string, CounterState> {
    const endedMs = this.#isPolled ? this.toMs : this.#fromMs;
    this.#absence = 'ACQ_CLOCK_STEP';
    this.#offUntilMs = Math.min(this.#offUntilMs, nowMs - stepMs);
    this.#waiting = [];
    if (this.#isPolled) this.#close();
    this.#offUntilMs = Number.NEGATIVE_INFINITY;
    const shifted = new Map([
      ...this.#units.flatMap(({ interval }) => [...interval.shiftClock(stepMs)]),
      ...this.#witnesses.shiftClock(stepMs),
    ]);
    const beginMs = alignDown(nowMs, this.#parts.config.intervalMs);
    if (beginMs > endedMs) this.#skip(endedMs, beginMs, 'ACQ_CLOCK_STEP');
    this.#fromMs = beginMs;
    this.#absence = 'ACQ_CLOCK_STEP';
    this.#armGrace();
    return shifted;
  }

  /** A person's word about the meter of `point`; undefined when no unit has such a meter. */
  changeMeter(point: string, change: MeterWord): MeterChangeOutcome | undefined {
    for (const { interval } of this.#units) {
      const outcome = interval.changeMeter(point, change);
      if (outcome !== undefined) return outcome;
    }
    return undefined;
  }

  stop(): void {
    this.#cancelGrace?.();
  }

  #take(cycle: Cycle): void {
    this.#isPolled = true;
    if (cycle.slotMs < this.#fromMs) {
      this.#parts.log.warn({ cycleId: cycle.cycleId, slot: toIso(cycle.slotMs) }, 'a poll ended after its interval');
      this.#takeRegisters(cycle);
      return;
    }
    for (const { devices, interval } of this.#units) if (devices.has(cycle.deviceId)) interval.take(cycle);
    this.#witnesses.take(cycle);
  }

  #takeRegisters(cycle: Cycle): void {
    for (const { devices, interval } of this.#units) if (devices.has(cycle.deviceId)) interval.takeRegisters(cycle);
    this.#witnesses.takeRegisters(cycle);
  }

  #closeAndGoOn(): void {
    if (this.#isPolled || !this.#parts.isFresh) this.#close();
    else this.#leaveUnpolled();
    const waiting = this.#waiting.sort((a, b) => a.slotMs - b.slotMs);
    this.#waiting = [];
    const [earliest] = waiting;
    if (earliest !== undefined) this.#skipTo(earliest.slotMs, 'ACQ_NOT_POLLED');
    for (const cycle of waiting) this.take(cycle);
    this.#armGrace();
  }

  /** The appliance began in the last moment of this interval, with nothing recorded before: there is no gap to state. */
  #leaveUnpolled(): void {
    this.#passed = new Set();
    this.#fromMs = this.toMs;
  }

  #close(): void {
    const { origin, clockTrust, canRecord, sealSamples, onClose } = this.#parts;
    const fromMs = this.#fromMs;
    const toMs = this.toMs;
    const recordable = new Set(this.#units.map(({ id }) => id).filter((id) => canRecord(id, fromMs, toMs)));
    // An interval that gives no reading keeps its samples: they go with the reading that its energy runs on into.
    const samples = recordable.size === 0 ? [] : sealSamples(fromMs, toMs);
    const witnesses = this.#witnesses.close(toMs - fromMs, recordable);
    const closed = this.#units.map(({ id, devices, interval }) =>
      interval.close({
        fromMs,
        toMs,
        clock: clockTrust(),
        origin,
        samples: samples.filter(({ device }) => devices.has(device)),
        absence: this.#absence,
        offUntilMs: this.#offUntilMs,
        isRecordable: recordable.has(id),
      }),
    );
    const units = closed.map((unit) => withWitness(unit, witnesses.valuesFor(unit.unit.id)));
    const counters = new Map([...units.flatMap((unit) => [...unit.counters]), ...witnesses.counters]);
    this.#passed = new Set();
    this.#fromMs = toMs;
    this.#absence = 'ACQ_NOT_POLLED';
    if (recordable.size > 0) onClose({ fromMs, toMs, units, counters });
  }

  /** Moves on to the interval that holds `utcMs` and states the whole intervals that were passed over. */
  #skipTo(utcMs: number, reason: string): void {
    const beginMs = alignDown(utcMs, this.#parts.config.intervalMs);
    if (beginMs <= this.#fromMs) return;
    this.#skip(this.#fromMs, beginMs, reason);
    this.#fromMs = beginMs;
  }

  /** States whole intervals in which nothing was polled, apart from what is spoken for already. */
  #skip(fromMs: number, toMs: number, reason: string): void {
    if (toMs <= fromMs) return;
    for (const { id, interval } of this.#units) {
      const spans = this.#parts.unstated?.(id, fromMs, toMs) ?? [{ fromMs, toMs }];
      for (const span of spans) interval.skip({ ...span, reason });
    }
  }

  /** One device that does not answer may delay a closing by the grace and no longer. */
  #armGrace(): void {
    this.#cancelGrace?.();
    if (this.#isHeld) return;
    const { clock } = this.#parts;
    const dueMs = this.toMs + this.#graceMs;
    this.#cancelGrace = clock.after(Math.max(1, dueMs - clock.wallMs()), () => {
      if (clock.wallMs() >= dueMs && this.toMs + this.#graceMs === dueMs) this.#closeAndGoOn();
      else this.#armGrace();
    });
  }
}
