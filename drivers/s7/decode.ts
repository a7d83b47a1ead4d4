import { present } from '../../core/model/assert.ts';
import { add, type Decimal, decimalOf, multiply, parseDecimal, toNumber } from '../../core/model/decimal.ts';
import type { Fault } from '../../core/model/fault.ts';
import { bitsOf, DATA_TYPES, type DataType } from './data-type.ts';
import type { S7Recipe } from './recipe.ts';
import { notAvailable, notFinite, outOfRange, unknownState } from './value-fault.ts';

/** Turns the bytes of one point into its value. */
export interface Decoder {
  /** A finite number in the point's unit, the name of a state, or why the bytes are no value. */
  value(raw: Uint8Array): number | string | Fault;
  /** For counters only: the same value as an exact decimal. Asked for only when `value` gave one. */
  register?(raw: Uint8Array): Decimal;
}

type Raw = number | bigint;

/**
 * The decoder of a recipe, made once for each point: decode, then sentinel, then finite, then range, in that order,
 * so that what a PLC holds for "not available" is never scaled or judged as a number. What does not pass is a fault,
 * never a value.
 */
export function decoderOf(recipe: S7Recipe): Decoder {
  const scale = present(parseDecimal(recipe.scale), 'a decimal scale');
  const offset = present(parseDecimal(recipe.offset), 'a decimal offset');
  const isPlain = recipe.scale === '1' && recipe.offset === '0';
  const sentinels = recipe.notAvailable ?? [];
  const scaled = (raw: Raw): Decimal => {
    const counts = typeof raw === 'bigint' ? { digits: raw, places: 0 } : decimalOf(raw);
    return isPlain ? counts : add(multiply(counts, scale), offset);
  };
  const value = (bytes: Uint8Array): number | string | Fault => {
    const raw = rawValue(recipe.type, bytes, recipe.bit);
    const sentinel = sentinels.find((written) => isSentinel(written, recipe.type, raw, bytes));
    if (sentinel !== undefined) return notAvailable(sentinel);
    if (recipe.map !== undefined) return stateOf(recipe.map[String(raw)], raw);
    if (typeof raw === 'number' && !Number.isFinite(raw)) return notFinite(raw);
    // Adding zero turns -0, which JSON cannot carry, into 0.
    const number = isPlain ? Number(raw) + 0 : toNumber(scaled(raw)) + 0;
    if (!Number.isFinite(number)) return notFinite(number);
    const { min, max } = recipe;
    const isOutside = (min !== undefined && number < min) || (max !== undefined && number > max);
    return isOutside ? outOfRange(number, min, max) : number;
  };
  if (recipe.counter === undefined) return { value };
  return { value, register: (bytes) => scaled(rawValue(recipe.type, bytes, recipe.bit)) };
}

/** The number that big-endian `bytes` hold as `type`: the raw count, a float (perhaps not finite), or a bit as 0 or 1. */
export function rawValue(type: DataType, bytes: Uint8Array, bit = 0): Raw {
  const view = new DataView(bytes.buffer, bytes.byteOffset, DATA_TYPES[type].bytes);
  const isSigned = DATA_TYPES[type].number === 'signed';
  if (type === 'X') return (view.getUint8(0) >> bit) & 1;
  if (type === 'REAL') return view.getFloat32(0);
  if (type === 'LREAL') return view.getFloat64(0);
  switch (DATA_TYPES[type].bytes) {
    case 1:
      return isSigned ? view.getInt8(0) : view.getUint8(0);
    case 2:
      return isSigned ? view.getInt16(0) : view.getUint16(0);
    case 4:
      return isSigned ? view.getInt32(0) : view.getUint32(0);
    default:
      return isSigned ? view.getBigInt64(0) : view.getBigUint64(0);
  }
}

function stateOf(state: unknown, raw: Raw): string | Fault {
  return typeof state === 'string' ? state : unknownState(raw);
}

/** Whether the value is the one by which the PLC says that it has none; a text gives the raw bits. */
function isSentinel(written: number | string, type: DataType, raw: Raw, bytes: Uint8Array): boolean {
  if (typeof written === 'string') {
    if (type === 'X') return BigInt(written) === BigInt(raw);
    return BigInt(written) === bytes.subarray(0, bitsOf(type) / 8).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  }
  if (typeof raw === 'bigint') return BigInt(written) === raw;
  return (type === 'REAL' ? Math.fround(written) : written) === raw;
}
