import type { PlantConfig, PointConfig, UnitConfig } from '../config/plant.ts';
import { type BreakerState, isBreakerState } from '../model/breaker-state.ts';
import { type GaugeQuantity, QUANTITIES, unitFactor } from '../model/quantity.ts';
import { toIso } from '../model/time.ts';
import { isUnitState, type UnitState } from '../model/unit-state.ts';
import type { CounterState, MeterWord } from './counter-state.ts';
import { Coverage, type CoveredTime, type SlotSeen } from './coverage.ts';
import { type EndedGap, GapTracker, type OpenGap } from './gap-tracker.ts';
import { Meter } from './meter.ts';
import type { MeterChangeOutcome } from './meter-change-outcome.ts';
import type {
  ClockTrust,
  Reading,
  RegisterSpan,
  SampleBlockReference,
  Statistics,
  UncountedRegister,
} from './reading.ts';
import type { Cycle, Outcome } from './sample.ts';
import { StateSlots } from './state-slots.ts';
import { STATISTIC_FIELDS } from './statistic-fields.ts';
import { RunningStatistics } from './statistics.ts';

/**
 * Gathers one unit's samples over one interval after another. A register belongs to the slot it was polled in: the
 * poll due exactly at the boundary closes one interval and opens the next, so no energy falls between two.
 */
export interface UnitInterval {
  /** Takes the momentary values and registers of a slot within the interval. */
  take(cycle: Cycle): void;
  /** Takes the registers alone: of the boundary slot, or of a slot that came too late for its interval. */
  takeRegisters(cycle: Cycle): void;
  /**
   * The wall clock was stepped by so much; what is due by elapsed time goes on with the new time. Returns the counter
   * states that are to be kept in place of those of the last recorded interval, by point.
   */
  shiftClock(stepMs: number): ReadonlyMap<string, CounterState>;
  close(interval: ClosingInterval): ClosedUnit;
  /** A person's word about the meter of `point`; undefined when the unit has no such meter. */
  changeMeter(point: string, change: MeterWord): MeterChangeOutcome | undefined;
  /** States a stretch of time that gives no reading. */
  skip(stretch: { readonly fromMs: number; readonly toMs: number; readonly reason: string }): void;
}

export interface ClosingInterval extends CoveredTime {
  readonly clock: ClockTrust;
  readonly origin: 'plant' | 'demo';
  readonly samples: readonly SampleBlockReference[];
  /** False drops the reading (this interval is recorded already) and lets the energy run on into the next one. */
  readonly isRecordable: boolean;
}

export interface ClosedUnit {
  readonly unit: UnitConfig;
  readonly reading: Reading | undefined;
  /** State of each counter at the interval's end, by point. */
  readonly counters: ReadonlyMap<string, CounterState>;
  /** The stretches without a usable value that ended, to be stated with the reading. */
  readonly gaps?: readonly EndedGap[];
}

interface GaugeSlot {
  readonly quantity: GaugeQuantity;
  readonly factor: number;
}

export function createUnitInterval(
  config: PlantConfig,
  unit: UnitConfig,
  savedCounters: ReadonlyMap<string, CounterState>,
  openGap?: OpenGap,
): UnitInterval {
  return new GatheringUnit(config, unit, savedCounters, openGap);
}

class GatheringUnit implements UnitInterval {
  readonly #plantId: string;
  readonly #unit: UnitConfig;
  readonly #gauges = new Map<string, GaugeSlot[]>();
  readonly #meters: { readonly quantity: 'energyExport' | 'energyImport'; readonly meter: Meter }[] = [];
  readonly #states: StateSlots<UnitState>;
  readonly #breaker: StateSlots<BreakerState>;
  readonly #witnessPoint: string | undefined;
  readonly #periods: ReadonlyMap<string, number>;
  #statistics = new Map<GaugeQuantity, RunningStatistics>();
  readonly #coverage: Coverage;
  readonly #gaps: GapTracker;
  #endedGaps: EndedGap[] = [];

  constructor(
    config: PlantConfig,
    unit: UnitConfig,
    savedCounters: ReadonlyMap<string, CounterState>,
    open: OpenGap | undefined,
  ) {
    this.#plantId = config.plant.id;
    this.#unit = unit;
    const points = new Map(config.devices.flatMap((device) => device.points.map((point) => [point.ref, point])));
    this.#periods = new Map(
      config.devices.flatMap(({ periodMs, points: own }) => own.map(({ ref }) => [ref, periodMs])),
    );
    for (const quantity of Object.keys(STATISTIC_FIELDS) as GaugeQuantity[]) this.#mapGauge(quantity, points);
    for (const quantity of ['energyExport', 'energyImport'] as const) {
      const point = points.get(unit.signals[quantity] ?? '');
      if (point === undefined) continue;
      const meter = new Meter(unit, point, savedCounters.get(point.ref), this.#periods.get(point.ref));
      this.#meters.push({ quantity, meter });
    }
    const { status, breaker } = unit.signals;
    this.#states = new StateSlots(status, isUnitState, this.#periods.get(status ?? ''));
    this.#breaker = new StateSlots(breaker, isBreakerState, this.#periods.get(breaker ?? ''));
    this.#witnessPoint = unit.signals.energyExport ?? unit.signals.power ?? Object.values(unit.signals)[0];
    this.#coverage = new Coverage(this.#periods.get(this.#witnessPoint ?? ''));
    const saved = savedCounters.get(unit.signals.energyExport ?? '');
    this.#gaps = new GapTracker({ unitId: unit.id, isMetered: this.#exportMeter !== undefined, saved, open });
  }

  take(cycle: Cycle): void {
    for (const outcome of cycle.outcomes) {
      if (outcome.kind === 'sample' && outcome.quality !== 'bad') this.#takeMoment(outcome);
    }
    this.#takeOutcomes(cycle, 'witness');
  }

  takeRegisters(cycle: Cycle): void {
    this.#takeOutcomes(cycle, 'registers');
  }

  shiftClock(stepMs: number): ReadonlyMap<string, CounterState> {
    const shifted = this.#meters.map(({ meter }) => [meter.point, meter.shiftClock(stepMs)] as const);
    return new Map(shifted.flatMap(([point, state]) => (state === undefined ? [] : [[point, state] as const])));
  }

  close(interval: ClosingInterval): ClosedUnit {
    const counters = new Map<string, CounterState>();
    const reading = interval.isRecordable ? this.#closeReading(interval, counters) : undefined;
    this.#statistics = new Map();
    this.#states.begin();
    this.#breaker.begin();
    if (reading === undefined) {
      this.#gaps.passOver(this.#coverage.close(interval).last);
      return { unit: this.#unit, reading, counters };
    }
    const gaps = this.#endedGaps;
    this.#endedGaps = [];
    return { unit: this.#unit, reading, counters, gaps };
  }

  skip({ fromMs, toMs, reason }: { readonly fromMs: number; readonly toMs: number; readonly reason: string }): void {
    this.#endedGaps.push(...this.#gaps.skip(fromMs, toMs, reason));
  }

  changeMeter(point: string, change: MeterWord): MeterChangeOutcome | undefined {
    const found = this.#meters.find(({ meter }) => meter.point === point);
    const outcome = found?.meter.change(change);
    if (outcome?.kind !== 'corrected' || found?.quantity !== 'energyExport') return outcome;
    return {
      ...outcome,
      commit: () => {
        outcome.commit();
        this.#gaps.correct(outcome.correctionMicroWh);
      },
    };
  }

  get #exportMeter(): Meter | undefined {
    return this.#meters.find(({ quantity }) => quantity === 'energyExport')?.meter;
  }

  #mapGauge(quantity: GaugeQuantity, points: ReadonlyMap<string, PointConfig>): void {
    const point = points.get(this.#unit.signals[quantity] ?? '');
    const factor = point === undefined ? undefined : unitFactor(point.unit, QUANTITIES[quantity].unit);
    if (point === undefined || factor === undefined) return;
    const served = this.#gauges.get(point.ref) ?? [];
    this.#gauges.set(point.ref, [...served, { quantity, factor }]);
  }

  #takeMoment(sample: Extract<Outcome, { kind: 'sample' }>): void {
    this.#states.take(sample);
    this.#breaker.take(sample);
    if (typeof sample.value !== 'number') return;
    for (const { quantity, factor } of this.#gauges.get(sample.point) ?? []) {
      let statistics = this.#statistics.get(quantity);
      if (statistics === undefined) {
        statistics = new RunningStatistics();
        this.#statistics.set(quantity, statistics);
      }
      statistics.add(sample.value * factor, sample.quality === 'uncertain' ? 'uncertain' : 'good');
    }
  }

  #takeOutcomes(cycle: Cycle, purpose: 'witness' | 'registers'): void {
    for (const outcome of cycle.outcomes) {
      const reason = this.#takeRegister(outcome);
      if (outcome.point !== this.#witnessPoint) continue;
      const seen: SlotSeen =
        reason === undefined
          ? {
              isUncertain: outcome.kind === 'sample' && outcome.quality === 'uncertain',
              state: this.#exportMeter?.state,
            }
          : { reason };
      if (purpose === 'witness') this.#coverage.take(cycle.slotMs, seen);
      else this.#coverage.takeEdge(cycle.slotMs, seen);
    }
  }

  /** Feeds a register to its meter. Returns why the slot does not count as covered, or undefined when it does. */
  #takeRegister(outcome: Outcome): string | undefined {
    if (outcome.kind === 'miss') return outcome.fault.code;
    if (outcome.quality === 'bad') return 'ACQ_BAD_QUALITY';
    const owner = this.#meters.find(({ meter }) => meter.point === outcome.point);
    if (owner === undefined) return undefined;
    const taken = owner.meter.take(outcome);
    return taken.accepted ? undefined : taken.reason;
  }

  #closeReading(interval: ClosingInterval, counters: Map<string, CounterState>): Reading {
    const { fromMs, toMs } = interval;
    const energy = this.#closeEnergy(interval, counters);
    const coverage = this.#coverage.close(interval);
    this.#endedGaps.push(...this.#gaps.close(fromMs, coverage));
    const statistics: Partial<Record<(typeof STATISTIC_FIELDS)[GaugeQuantity], Statistics>> = {};
    for (const [quantity, running] of this.#statistics) {
      const summary = running.summarize(this.#slotsOf(this.#unit.signals[quantity], toMs - fromMs));
      if (summary !== undefined) statistics[STATISTIC_FIELDS[quantity]] = summary;
    }
    const stateSeconds = this.#states.seconds();
    const breakerSeconds = this.#breaker.seconds();
    return {
      v: 1,
      plantId: this.#plantId,
      unitId: this.#unit.id,
      from: toIso(fromMs),
      to: toIso(toMs),
      origin: interval.origin,
      ...energy,
      ...statistics,
      ...(stateSeconds === undefined ? {} : { stateSeconds }),
      ...(breakerSeconds === undefined ? {} : { breakerSeconds }),
      ...coverage.part,
      clock: interval.clock,
      samples: interval.samples,
    };
  }

  #closeEnergy(interval: ClosingInterval, counters: Map<string, CounterState>): EnergyPart {
    const registers: { energyExport?: RegisterSpan; energyImport?: RegisterSpan } = {};
    const uncounted: { energyExport?: UncountedRegister; energyImport?: UncountedRegister } = {};
    const part: { energyWh?: number; energyImportWh?: number } = {};
    for (const { quantity, meter } of this.#meters) {
      const closed = meter.hasMoved ? meter.close() : undefined;
      if (closed === undefined) {
        const seen = meter.takeUncounted();
        if (seen !== undefined) uncounted[quantity] = seen;
        continue;
      }
      counters.set(meter.point, closed.state);
      registers[quantity] = closed.span;
      part[quantity === 'energyExport' ? 'energyWh' : 'energyImportWh'] = closed.energyWh;
    }
    const source = part.energyWh === undefined ? this.#estimate(interval) : { energySource: 'counter' as const };
    return { ...part, ...source, ...unlessEmpty({ registers }), ...unlessEmpty({ uncounted }) };
  }

  /** Power times the time it was seen for, only where the unit has no meter: labelled, and never credited as such. */
  #estimate({ fromMs, toMs }: ClosingInterval): EnergyPart {
    const isMetered = this.#meters.some(({ quantity }) => quantity === 'energyExport');
    const power = this.#statistics.get('power')?.summarize(this.#slotsOf(this.#unit.signals.power, toMs - fromMs));
    if (isMetered || power === undefined) return {};
    const seenHours = (power.coverage * (toMs - fromMs)) / 3_600_000;
    return { energyWh: Math.max(0, Math.floor(power.mean * 1000 * seenHours)), energySource: 'estimated' };
  }

  #slotsOf(point: string | undefined, lengthMs: number): number {
    return Math.max(1, Math.floor(lengthMs / (this.#periods.get(point ?? '') ?? lengthMs)));
  }
}

type EnergyPart = Pick<Reading, 'energyWh' | 'energyImportWh' | 'energySource' | 'registers' | 'uncounted'>;

/** The one member, left out when it holds nothing. */
function unlessEmpty<T extends Readonly<Record<string, object>>>(member: T): T | Record<never, never> {
  return Object.values(member).every((value) => Object.keys(value).length === 0) ? {} : member;
}
