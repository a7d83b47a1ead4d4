import type { Sample } from '../../core/acquisition/sample.ts';
import type { UnitConfig } from '../../core/config/plant.ts';
import { unitFactor } from '../../core/model/quantity.ts';

/** What was seen of one point over a while. */
export interface WatchedPoint {
  readonly first: Sample;
  readonly last: Sample;
  /** Mean of all values, in the point's unit. */
  readonly mean: number;
  /** What one count of the register is worth, in the point's unit. */
  readonly step: number;
}

/** With fewer counts the rate of a register says too little. */
const COUNTS_MIN = 10;
/** Ramps while the values are watched, and the moment within a poll at which each was read. */
const RATIO_MIN = 0.7;
const RATIO_MAX = 1.4;
const MS_PER_HOUR = 3_600_000;

/**
 * Whether the energy register of a unit rises as its power makes it, as a sentence when it does not. A scale that is
 * wrong by ten looks well in every other respect, and the appliance would then believe no value of the register.
 */
export function checkEnergy(unit: UnitConfig, watched: ReadonlyMap<string, WatchedPoint>): string | undefined {
  const name = unit.signals.energyExport ?? '';
  const register = watched.get(name);
  const power = watched.get(unit.signals.power ?? '');
  const kwh = register === undefined ? undefined : unitFactor(register.last.unit, 'kWh');
  const kw = power === undefined ? undefined : unitFactor(power.last.unit, 'kW');
  if (register === undefined || power === undefined || kwh === undefined || kw === undefined) return undefined;
  const { first, last, step } = register;
  if (typeof first.value !== 'number' || typeof last.value !== 'number') return undefined;
  const madeKwh = (power.mean * kw * (last.readAtMs - first.readAtMs)) / MS_PER_HOUR;
  const risenKwh = (last.value - first.value) * kwh;
  if (Math.max(madeKwh, risenKwh) < COUNTS_MIN * step * kwh || madeKwh <= 0) return undefined;
  const ratio = risenKwh / madeKwh;
  if (ratio >= RATIO_MIN && ratio <= RATIO_MAX) return undefined;
  const times = ratio > 0 ? `, ${show(ratio)} times as much` : '';
  return (
    `${name} rose by ${show(risenKwh)} kWh while the power makes ${show(madeKwh)} kWh${times}: ` +
    'check the scale, unit and address of the register, and which direction it counts.'
  );
}

function show(value: number): string {
  return String(Number(value.toPrecision(3)));
}
