import type { PointConfig, UnitConfig } from '../config/plant.ts';
import { type GaugeQuantity, QUANTITIES, type Quantity, unitFactor } from '../model/quantity.ts';
import { toIso } from '../model/time.ts';
import { isUnitState } from '../model/unit-state.ts';
import type { CounterState } from './counter-state.ts';
import { Meter } from './meter.ts';
import type {
  ClockTrust,
  PushEvidence,
  Reading,
  RegisterSpan,
  SampleBlockReference,
  Statistics,
  UncountedRegister,
} from './reading.ts';
import type { Cycle, Outcome, Sample } from './sample.ts';
import { STATISTIC_FIELDS } from './statistic-fields.ts';
import { round6 } from './statistics.ts';

/** One set of values that a unit's SCADA pushed, to become the reading of the interval that ends with it. */
export interface PushedInterval {
  readonly plantId: string;
  readonly unit: UnitConfig;
  readonly origin: 'plant' | 'demo';
  readonly points: readonly { readonly quantity: Quantity; readonly point: PointConfig }[];
  /** How often pushes are expected. */
  readonly periodMs: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** `late`: the unit has a newer reading already. */
  readonly order: 'newest' | 'late';
  /** Exactly one for each point. */
  readonly outcomes: readonly Outcome[];
  /** Energy of exactly this interval as the sender reports it. Only for units without a register. */
  readonly reportedWh?: number;
  /** Where the counters stand, by `counterKey`. */
  readonly counters: ReadonlyMap<string, CounterState>;
  readonly clock: ClockTrust;
  readonly samples: readonly SampleBlockReference[];
  readonly push: PushEvidence;
}

export interface PushedReading {
  readonly reading: Reading;
  /** Where the counters stand afterwards, by `counterKey`; only those that the push moved on. */
  readonly counters: ReadonlyMap<string, CounterState>;
}

const MS_PER_HOUR = 3_600_000;

/** The same field of two units is two registers, so a pushed counter is known by its unit too. */
export function counterKey(unitId: string, { ref, settings }: PointConfig): string {
  const deviceId = ref.slice(0, ref.indexOf('/'));
  const { field } = settings as { readonly field?: string };
  return `${unitId}:${deviceId}/${field ?? ref.slice(deviceId.length + 1)}`;
}

/**
 * The reading of a push. Its values stand for the whole interval, since they are the only ones of it. Energy is the
 * difference of the register to the last push that was counted; a push that comes after a newer one adds nothing,
 * because the newer one's difference holds its energy already. Pure: nothing changes until the result is recorded.
 */
export function readPushed(interval: PushedInterval): PushedReading {
  const { plantId, unit, fromMs, toMs, outcomes } = interval;
  const values = new Map<Quantity, Outcome>();
  for (const [index, { quantity }] of interval.points.entries()) {
    const outcome = outcomes[index];
    if (outcome !== undefined) values.set(quantity, outcome);
  }
  const energy = readEnergy(interval, values);
  const lengthMs = toMs - fromMs;
  const reason = energy.reason ?? reasonWithoutMeter(interval, values);
  const reading: Reading = {
    v: 1,
    plantId,
    unitId: unit.id,
    from: toIso(fromMs),
    to: toIso(toMs),
    origin: interval.origin,
    ...energy.part,
    ...statisticsOf(interval, values),
    ...stateSeconds(values.get('status'), lengthMs),
    coverage: reason === undefined ? 1 : 0,
    ...(reason === undefined && isUncertain(witnessOf(interval, values)) ? { uncertain: 1 } : {}),
    gaps: reason === undefined ? [] : [{ from: toIso(fromMs), to: toIso(toMs), reason }],
    clock: interval.clock,
    samples: interval.samples,
    push: interval.push,
  };
  return { reading, counters: energy.counters };
}

function usable(outcome: Outcome | undefined): Sample | undefined {
  return outcome?.kind === 'sample' && outcome.quality !== 'bad' ? outcome : undefined;
}

/** Why a value does not count, or undefined when it does. */
function reasonFor(outcome: Outcome | undefined): string | undefined {
  if (outcome === undefined) return 'DRV_HTTP_FIELD_ABSENT';
  if (outcome.kind === 'miss') return outcome.fault.code;
  return outcome.quality === 'bad' ? 'ACQ_BAD_QUALITY' : undefined;
}

/** What the coverage goes by: the unit's register, else its power, else its first signal. */
function witnessOf({ unit, points }: PushedInterval, values: ReadonlyMap<Quantity, Outcome>): Outcome | undefined {
  const { energyExport, power } = unit.signals;
  if (energyExport !== undefined) return values.get('energyExport');
  return values.get(power === undefined ? (points[0]?.quantity ?? 'power') : 'power');
}

function reasonWithoutMeter(interval: PushedInterval, values: ReadonlyMap<Quantity, Outcome>): string | undefined {
  return interval.unit.signals.energyExport === undefined ? reasonFor(witnessOf(interval, values)) : undefined;
}

function isUncertain(outcome: Outcome | undefined): boolean {
  return outcome?.kind === 'sample' && outcome.quality === 'uncertain';
}

type EnergyPart = Pick<Reading, 'energyWh' | 'energyImportWh' | 'energySource' | 'registers' | 'uncounted'>;

interface PushedEnergy {
  readonly part: EnergyPart;
  readonly counters: ReadonlyMap<string, CounterState>;
  /** Why the export register gave no energy. */
  readonly reason: string | undefined;
}

function readEnergy(interval: PushedInterval, values: ReadonlyMap<Quantity, Outcome>): PushedEnergy {
  const counters = new Map<string, CounterState>();
  const registers: { energyExport?: RegisterSpan; energyImport?: RegisterSpan } = {};
  const uncounted: { energyExport?: UncountedRegister; energyImport?: UncountedRegister } = {};
  const part: { energyWh?: number; energyImportWh?: number } = {};
  let reason: string | undefined;
  for (const quantity of ['energyExport', 'energyImport'] as const) {
    const target = interval.points.find((point) => point.quantity === quantity);
    if (target === undefined) continue;
    const followed = followRegister(interval, target.point, values.get(quantity));
    if (quantity === 'energyExport') reason = followed.reason;
    if (followed.state !== undefined) counters.set(counterKey(interval.unit.id, target.point), followed.state);
    if (followed.uncounted !== undefined) uncounted[quantity] = followed.uncounted;
    if (followed.counted === undefined) continue;
    registers[quantity] = followed.counted.span;
    part[quantity === 'energyExport' ? 'energyWh' : 'energyImportWh'] = followed.counted.energyWh;
  }
  const source = part.energyWh === undefined ? withoutRegister(interval, values) : { energySource: 'counter' as const };
  const spans = Object.keys(registers).length === 0 ? {} : { registers };
  const others = Object.keys(uncounted).length === 0 ? {} : { uncounted };
  return { part: { ...part, ...source, ...spans, ...others }, counters, reason };
}

interface Followed {
  readonly reason: string | undefined;
  readonly state?: CounterState;
  readonly counted?: { readonly span: RegisterSpan; readonly energyWh: number };
  readonly uncounted?: UncountedRegister;
}

function followRegister(interval: PushedInterval, point: PointConfig, outcome: Outcome | undefined): Followed {
  const sample = usable(outcome);
  if (sample === undefined) return { reason: reasonFor(outcome) };
  const key = counterKey(interval.unit.id, point);
  const saved = interval.counters.get(key);
  if (saved !== undefined && isOvertaken(interval, saved)) return { reason: 'ACQ_COUNTED_LATER' };
  // A push is its sender's word for a whole interval, and counting begins with it. A register that has no value yet is
  // sent as 0, though, and is confirmed by another one.
  const beginningReads = sample.register?.digits === 0n ? 2 : 1;
  const meter = new Meter(interval.unit, { ...point, ref: key }, saved, interval.periodMs, beginningReads);
  // The register stood so at the interval's end, whenever the push came.
  const taken = meter.take({ ...sample, readAtMs: interval.toMs });
  const { hasMoved } = meter;
  const seen = hasMoved ? undefined : meter.takeUncounted();
  const uncounted = seen === undefined ? {} : { uncounted: seen };
  const closed = meter.close();
  const reason = taken.accepted ? undefined : taken.reason;
  if (closed === undefined) return { reason, ...uncounted };
  return { reason, state: closed.state, ...(hasMoved ? { counted: closed } : uncounted) };
}

/**
 * Whether a newer value of the register was followed already. While one waits to be confirmed, only what is newer than
 * everything may confirm it.
 */
function isOvertaken({ toMs, order }: PushedInterval, { seenAtMs, suspicion }: CounterState): boolean {
  return toMs <= seenAtMs || (suspicion !== undefined && order === 'late');
}

/** Only where the unit has no register: then its energy is never whole, and the reading says what it is instead. */
function withoutRegister(interval: PushedInterval, values: ReadonlyMap<Quantity, Outcome>): EnergyPart {
  if (interval.unit.signals.energyExport !== undefined) return {};
  if (interval.reportedWh !== undefined) return { energyWh: interval.reportedWh, energySource: 'reported' };
  const powerKw = amountOf(interval, values, 'power');
  if (powerKw === undefined) return {};
  const hours = (interval.toMs - interval.fromMs) / MS_PER_HOUR;
  return { energyWh: Math.max(0, Math.floor(powerKw * 1000 * hours)), energySource: 'estimated' };
}

function statisticsOf(interval: PushedInterval, values: ReadonlyMap<Quantity, Outcome>): Partial<Reading> {
  const statistics: Partial<Record<(typeof STATISTIC_FIELDS)[GaugeQuantity], Statistics>> = {};
  for (const quantity of Object.keys(STATISTIC_FIELDS) as GaugeQuantity[]) {
    const value = amountOf(interval, values, quantity);
    if (value === undefined) continue;
    const rounded = round6(value);
    const doubt = usable(values.get(quantity))?.quality === 'uncertain' ? { uncertain: 1 } : {};
    const shown = { mean: rounded, min: rounded, max: rounded };
    statistics[STATISTIC_FIELDS[quantity]] = { ...shown, coverage: 1, samples: 1, ...doubt };
  }
  return statistics;
}

/** The value in the quantity's own unit, where it was sent and is usable. */
function amountOf(
  { points }: PushedInterval,
  values: ReadonlyMap<Quantity, Outcome>,
  quantity: GaugeQuantity,
): number | undefined {
  const sample = usable(values.get(quantity));
  const point = points.find((target) => target.quantity === quantity)?.point;
  if (point === undefined || typeof sample?.value !== 'number') return undefined;
  return sample.value * (unitFactor(point.unit, QUANTITIES[quantity].unit) ?? 1);
}

function stateSeconds(outcome: Outcome | undefined, lengthMs: number): Pick<Reading, 'stateSeconds'> {
  const state = usable(outcome)?.value;
  return isUnitState(state) ? { stateSeconds: { [state]: round6(lengthMs / 1000) } } : {};
}

/** A push that was kept over an outage shows old values: they are as old as their sender says, not as their arrival. */
export function dateBySender(cycle: Cycle): Cycle {
  const outcomes = cycle.outcomes.map((outcome): Outcome => {
    if (outcome.kind === 'miss' || outcome.deviceAtMs === undefined) return outcome;
    return { ...outcome, readAtMs: Math.min(outcome.readAtMs, outcome.deviceAtMs) };
  });
  return { ...cycle, outcomes };
}
