import type { PointConfig, UnitConfig } from '../config/plant.ts';
import { type Decimal, decimalOf, multiply, toText } from '../model/decimal.ts';
import type { CounterLimits } from './counter-state.ts';

/** Above the rating a machine may run for a while; a register that counts faster than this is not believed. */
const OVERLOAD_FACTOR = 1.5;
/** So many polls apart, two reads still count as ordinary neighbours. */
const ORDINARY_PERIODS = 3;
const ORDINARY_MS_MIN = 60_000;
/** IEEE 754 single precision carries 24 bits: from here on whole counts are lost. */
const FLOAT32_EXACT_BITS = 24n;

/** What the register of `point` may do, read every `periodMs`. */
export function meterLimits(
  unit: Pick<UnitConfig, 'ratedPowerKw'>,
  point: PointConfig,
  periodMs: number,
): CounterLimits {
  const scale = scaleOf(point.settings);
  const modulusMicroWh = registerModulusMicroWh(point);
  const count = toMicroWh(scale.digits < 0n ? { ...scale, digits: -scale.digits } : scale, point.unit);
  const stated = point.resolution === undefined ? 0n : toMicroWh(decimalOf(point.resolution), point.unit);
  const resolutionMicroWh = stated > 0n ? stated : count;
  return {
    resolutionMicroWh: resolutionMicroWh > 0n ? resolutionMicroWh : 1n,
    maxPowerKw: unit.ratedPowerKw * OVERLOAD_FACTOR,
    ordinaryMs: Math.max(ORDINARY_MS_MIN, ORDINARY_PERIODS * periodMs),
    ...(modulusMicroWh === undefined ? {} : { modulusMicroWh }),
  };
}

/** The value at which the register of `point` starts again; undefined for one that never does. */
export function registerModulusMicroWh({ modulus, settings, unit }: PointConfig): bigint | undefined {
  if (modulus === undefined) return undefined;
  return toMicroWh(multiply({ digits: modulus, places: 0 }, scaleOf(settings)), unit);
}

/** Where a 32-bit float stops to tell neighbouring counts apart; undefined for a register that always does. */
export function exactBelowMicroWh(point: PointConfig): bigint | undefined {
  if (point.floatBits !== 32) return undefined;
  const count = scaleOf(point.settings);
  const exact = {
    digits: (count.digits < 0n ? -count.digits : count.digits) << FLOAT32_EXACT_BITS,
    places: count.places,
  };
  return toMicroWh(exact, point.unit);
}

/** What one raw count is worth in the point's unit; drivers that have no scale count whole units. */
function scaleOf(settings: unknown): Decimal {
  const scale = typeof settings === 'object' && settings !== null && 'scale' in settings ? settings.scale : undefined;
  if (typeof scale === 'number') return decimalOf(scale);
  if (isDecimal(scale)) return scale;
  return { digits: 1n, places: 0 };
}

function isDecimal(value: unknown): value is Decimal {
  return typeof value === 'object' && value !== null && 'digits' in value && 'places' in value;
}

const MICRO_WH_PLACES: Readonly<Record<string, number>> = { Wh: 6, kWh: 9, MWh: 12 };

const POWERS_OF_TEN = Array.from({ length: 20 }, (_, exponent) => 10n ** BigInt(exponent));

function powerOfTen(exponent: number): bigint {
  return POWERS_OF_TEN[exponent] ?? 10n ** BigInt(exponent);
}

/** Whole microwatt-hours, rounded down; finer digits than that no meter has. */
export function toMicroWh(amount: Decimal, unit: string): bigint {
  const shift = (MICRO_WH_PLACES[unit] ?? 9) - amount.places;
  return shift >= 0 ? amount.digits * powerOfTen(shift) : amount.digits / powerOfTen(-shift);
}

/** Exact decimal text in kWh. */
export function toKwhText(microWh: bigint): string {
  return toText({ digits: microWh, places: 9 });
}
