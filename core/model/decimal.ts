import { assert } from './assert.ts';

/**
 * An exact decimal number `digits * 10^-places`, for what must not suffer from binary fractions: scales, counter
 * registers, energy. 0.1 kWh a count is exactly 100 Wh here.
 */
export interface Decimal {
  readonly digits: bigint;
  readonly places: number;
}

/** Beyond every double (1e308, 5e-324). A larger exponent is a short text that would take minutes or all of the memory. */
const EXPONENT_MAX = 400;

const DECIMAL = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** The exact decimal that `text` writes (`0.01`, `-12`, `1e-3`), or undefined: also for exponents beyond 400 either way. */
export function parseDecimal(text: string): Decimal | undefined {
  const match = DECIMAL.exec(text.trim());
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  if (Math.abs(Number(exponent)) > EXPONENT_MAX) return undefined;
  const places = fraction.length - Number(exponent);
  const magnitude = BigInt(whole + fraction);
  const digits = sign === '-' ? -magnitude : magnitude;
  return places >= 0 ? { digits, places } : { digits: digits * 10n ** BigInt(-places), places: 0 };
}

/** The decimal with the shortest text that JavaScript prints for a finite `value`: what the person wrote in YAML. */
export function decimalOf(value: number): Decimal {
  const decimal = parseDecimal(String(value));
  assert(decimal !== undefined, `${value} is a finite number`);
  return decimal;
}

export function multiply(a: Decimal, b: Decimal): Decimal {
  return { digits: a.digits * b.digits, places: a.places + b.places };
}

export function add(a: Decimal, b: Decimal): Decimal {
  const places = Math.max(a.places, b.places);
  return { digits: rescale(a, places) + rescale(b, places), places };
}

/** The largest whole number that is not above the decimal. Energies are never rounded up. */
export function floor(value: Decimal): bigint {
  if (value.places === 0) return value.digits;
  const divisor = 10n ** BigInt(value.places);
  const quotient = value.digits / divisor;
  return value.digits < 0n && quotient * divisor !== value.digits ? quotient - 1n : quotient;
}

export function toNumber(value: Decimal): number {
  return Number(toText(value));
}

/** Plain digits without exponent, trailing zeros of the fraction removed. */
export function toText(value: Decimal): string {
  const sign = value.digits < 0n ? '-' : '';
  const text = (value.digits < 0n ? -value.digits : value.digits).toString().padStart(value.places + 1, '0');
  const whole = text.slice(0, text.length - value.places);
  const fraction = text.slice(text.length - value.places).replace(/0+$/, '');
  return fraction === '' ? `${sign}${whole}` : `${sign}${whole}.${fraction}`;
}

function rescale(value: Decimal, places: number): bigint {
  return value.digits * 10n ** BigInt(places - value.places);
}
