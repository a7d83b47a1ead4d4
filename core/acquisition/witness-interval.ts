import type { PlantConfig, PointConfig } from '../config/plant.ts';
import { deviceOf } from '../config/witness-sources.ts';
import { PLANT_SIGNALS, type PlantSignal, plantSignals } from '../config/witnesses.ts';
import { unitFactor } from '../model/quantity.ts';
import type { CounterState } from './counter-state.ts';
import { Meter } from './meter.ts';
import type { CountedWitness, Statistics, WitnessValues } from './reading.ts';
import type { Cycle, Outcome, Sample } from './sample.ts';
import { RunningStatistics, round6 } from './statistics.ts';
import type { ClosedUnit } from './unit-interval.ts';

const GAUGE_FIELDS = {
  headwaterLevel: 'headwaterLevelM',
  tailwaterLevel: 'tailwaterLevelM',
  inflow: 'inflowM3s',
  spill: 'spillM3s',
  environmentalFlow: 'environmentalFlowM3s',
} as const satisfies Partial<Record<PlantSignal, keyof WitnessValues>>;
type Gauge = keyof typeof GAUGE_FIELDS;

interface Counting {
  readonly signal: 'energyExportCheck' | 'plantExport' | 'plantImport';
  /** The unit whose check meter it is; absent for a meter of the plant. */
  readonly unitId?: string;
  readonly meter: Meter;
  taken: number;
  uncertain: number;
  reason: string | undefined;
}

interface Gauging {
  readonly signal: Gauge;
  readonly factor: number;
  readonly periodMs: number;
  statistics: RunningStatistics;
  reason: string | undefined;
}

/** What the witnesses showed in an interval that ended. */
export interface ClosedWitnesses {
  /** Undefined where plant.yaml names no witness of the unit. */
  valuesFor(unitId: string): WitnessValues | undefined;
  /** Where each of their counters stands, by point. */
  readonly counters: ReadonlyMap<string, CounterState>;
}

/**
 * Gathers what check meters and the witnesses of the whole plant show, over the same intervals as the units and with
 * the same rules: a register belongs to the slot it was polled in, and one that nobody reads for a while counts on.
 */
export class WitnessInterval {
  readonly #counting = new Map<string, Counting>();
  readonly #gauging = new Map<string, Gauging[]>();

  constructor(config: PlantConfig, savedCounters: ReadonlyMap<string, CounterState>) {
    const points = new Map(
      config.devices.flatMap(({ periodMs, points: own }) => own.map((point) => [point.ref, { point, periodMs }])),
    );
    const count = (signal: Counting['signal'], ref: string, ratedPowerKw: number, unitId?: string): void => {
      const found = points.get(ref);
      if (found === undefined) return;
      const meter = new Meter({ ratedPowerKw }, found.point, savedCounters.get(ref), found.periodMs);
      const fresh = { taken: 0, uncertain: 0, reason: undefined };
      this.#counting.set(ref, { signal, meter, ...fresh, ...(unitId === undefined ? {} : { unitId }) });
    };
    for (const { id, ratedPowerKw, signals } of config.units) {
      if (signals.energyExportCheck !== undefined) {
        count('energyExportCheck', signals.energyExportCheck, ratedPowerKw, id);
      }
    }
    for (const { signal, ref } of plantSignals(config.witnesses)) {
      if (signal === 'plantExport' || signal === 'plantImport') count(signal, ref, config.plant.ratedPowerKw);
      else this.#gauge(signal, points.get(ref));
    }
  }

  #gauge(signal: Gauge, found: { readonly point: PointConfig; readonly periodMs: number } | undefined): void {
    const factor = found === undefined ? undefined : unitFactor(found.point.unit, PLANT_SIGNALS[signal].unit);
    if (found === undefined || factor === undefined) return;
    const { point, periodMs } = found;
    const served = this.#gauging.get(point.ref) ?? [];
    const statistics = new RunningStatistics();
    this.#gauging.set(point.ref, [...served, { signal, factor, periodMs, statistics, reason: undefined }]);
  }

  /** Takes the momentary values and registers of a slot within the interval. */
  take(cycle: Cycle): void {
    for (const outcome of cycle.outcomes) {
      const reason = reasonOf(outcome);
      for (const gauging of this.#gauging.get(outcome.point) ?? []) {
        if (reason !== undefined) gauging.reason = reason;
        else if (outcome.kind === 'sample' && typeof outcome.value === 'number') {
          gauging.statistics.add(outcome.value * gauging.factor, trustOf(outcome));
        }
      }
    }
    this.takeRegisters(cycle);
  }

  /** Takes the registers alone: of the boundary slot, or of a slot that came too late for its interval. */
  takeRegisters(cycle: Cycle): void {
    for (const outcome of cycle.outcomes) {
      const counting = this.#counting.get(outcome.point);
      if (counting === undefined) continue;
      counting.reason = reasonOf(outcome);
      if (counting.reason !== undefined || outcome.kind !== 'sample') continue;
      const taken = counting.meter.take(outcome);
      counting.taken += 1;
      if (trustOf(outcome) === 'uncertain') counting.uncertain += 1;
      if (!taken.accepted) counting.reason = taken.reason;
    }
  }

  /** The wall clock was stepped; returns what the store keeps from then on, as a unit's meters do. */
  shiftClock(stepMs: number): ReadonlyMap<string, CounterState> {
    const shifted = [...this.#counting].map(([ref, { meter }]) => [ref, meter.shiftClock(stepMs)] as const);
    return new Map(shifted.flatMap(([ref, state]) => (state === undefined ? [] : [[ref, state] as const])));
  }

  /**
   * Ends the interval. A check meter goes with its unit, and the meter of the plant with any of them: where no reading is
   * made of the interval, their energy runs on into the next one as the unit's does.
   */
  close(lengthMs: number, recordable: ReadonlySet<string>): ClosedWitnesses {
    const counters = new Map<string, CounterState>();
    const shared: Draft = { values: {}, silent: {} };
    const own = new Map<string, Draft>();
    for (const [ref, counting] of this.#counting) {
      const { signal, unitId } = counting;
      const isDue = unitId === undefined ? recordable.size > 0 : recordable.has(unitId);
      const counted = isDue ? closeCounting(counting) : 'ACQ_NOT_POLLED';
      counting.taken = 0;
      counting.uncertain = 0;
      counting.reason = undefined;
      const draft = unitId === undefined ? shared : { values: {}, silent: {} };
      if (unitId !== undefined) own.set(unitId, draft);
      if (typeof counted === 'string') draft.silent[signal] = counted;
      else {
        draft.values[signal] = counted.witness;
        counters.set(ref, counted.state);
      }
    }
    for (const gauging of [...this.#gauging.values()].flat()) closeGauging(gauging, lengthMs, shared);
    return {
      counters,
      valuesFor: (unitId) => merge(shared, own.get(unitId)),
    };
  }
}

interface Draft {
  readonly values: { -readonly [Name in keyof Omit<WitnessValues, 'silent'>]?: WitnessValues[Name] };
  readonly silent: Record<string, string>;
}

function closeCounting({
  meter,
  taken,
  uncertain,
  reason,
}: Counting): { readonly witness: CountedWitness; readonly state: CounterState } | string {
  // A register that counts in an unknown measure stands still in ours: that is no energy of zero.
  if (meter.state?.isHeld === true) return 'ACQ_COUNTER_SCALE';
  if (!meter.hasMoved) return reason ?? 'ACQ_NOT_POLLED';
  const closed = meter.close();
  if (closed === undefined) return reason ?? 'ACQ_NOT_POLLED';
  const { energyWh, span, state } = closed;
  const doubt = uncertain === 0 || taken === 0 ? {} : { uncertain: round6(uncertain / taken) };
  return { state, witness: { energyWh, register: span, resolutionKwh: meter.resolutionKwh, ...doubt } };
}

function closeGauging(gauging: Gauging, lengthMs: number, { values, silent }: Draft): void {
  const { signal, statistics, periodMs, reason } = gauging;
  const summary: Statistics | undefined = statistics.summarize(Math.max(1, Math.floor(lengthMs / periodMs)));
  if (summary === undefined) silent[signal] = reason ?? 'ACQ_NOT_POLLED';
  else values[GAUGE_FIELDS[signal]] = summary;
  gauging.statistics = new RunningStatistics();
  gauging.reason = undefined;
}

function merge(shared: Draft, own: Draft = { values: {}, silent: {} }): WitnessValues | undefined {
  const values = { ...own.values, ...shared.values };
  const silent = { ...own.silent, ...shared.silent };
  const isSilent = Object.keys(silent).length > 0;
  if (!isSilent && Object.keys(values).length === 0) return undefined;
  return { ...values, ...(isSilent ? { silent } : {}) };
}

function reasonOf(outcome: Outcome): string | undefined {
  if (outcome.kind === 'miss') return outcome.fault.code;
  return outcome.quality === 'bad' ? 'ACQ_BAD_QUALITY' : undefined;
}

function trustOf({ quality }: Sample): 'good' | 'uncertain' {
  return quality === 'uncertain' ? 'uncertain' : 'good';
}

/** The devices through which the witnesses of the whole plant are read. */
export function witnessDevices({ witnesses }: Pick<PlantConfig, 'witnesses'>): readonly string[] {
  return plantSignals(witnesses).map(({ ref }) => deviceOf(ref));
}

/** The unit with what stands beside its reading. */
export function withWitness(closed: ClosedUnit, witness: WitnessValues | undefined): ClosedUnit {
  const { reading } = closed;
  return reading === undefined || witness === undefined ? closed : { ...closed, reading: { ...reading, witness } };
}
