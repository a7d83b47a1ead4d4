import { present } from '../../core/model/assert.ts';
import { add, type Decimal, decimalOf, multiply, parseDecimal, toNumber } from '../../core/model/decimal.ts';
import type { Fault } from '../../core/model/fault.ts';
import type { ModbusRecipe } from './recipe.ts';
import { bitsOf, cellsOf, REGISTER_TYPES, TABLES } from './register-type.ts';
import { type Guard, guardFailed, notAvailable, notFinite, outOfRange, unknownState } from './value-fault.ts';
import { placesOf } from './word-order.ts';

/**
 * Turns the bytes of one point, which begin at `at` in wire order, into its value. Points of a bit table have one
 * byte, 0 or 1.
 */
export interface Decoder {
  /** A finite number in the point's unit, the name of a state, or why the bytes are no value. */
  value(bytes: Uint8Array, at: number): number | string | Fault;
  /** For counters only: the same value as an exact decimal. Asked for only when `value` gave one. */
  register?(bytes: Uint8Array, at: number): Decimal;
}

/** A raw count: a plain number where that is exact, up to 32 bits, for speed; a bigint where it is not. */
type Count = number | bigint;
type Reader<T> = (bytes: Uint8Array, at: number) => T;

const scratchView = new DataView(new ArrayBuffer(8));

/**
 * The decoder of a recipe, made once for each point: decode, then sentinel, then finite, then range, in that order,
 * so that what a device sends for "not available" is never scaled, clamped or judged as a number. What does not pass
 * is a fault, never a value. `otherwise` tells the operator what it means that the guard does not hold.
 */
export function decoderOf(recipe: ModbusRecipe, otherwise?: string): Decoder {
  const decoder = REGISTER_TYPES[recipe.type].number === 'float' ? floatDecoder(recipe) : wholeDecoder(recipe);
  return recipe.guard === undefined ? decoder : guarded(decoder, recipe, { ...recipe.guard, otherwise });
}

/** The guard comes before everything else: where it does not hold, nothing is known of the value. */
function guarded(decoder: Decoder, recipe: ModbusRecipe, guard: Guard): Decoder {
  const word = wordReader(recipe);
  const guardAt = cellsOf(recipe.type) * 2;
  return {
    ...decoder,
    value(bytes, at) {
      const found = (word(bytes, at + guardAt) << 16) >> 16;
      return found === guard.value ? decoder.value(bytes, at) : guardFailed(guard, found);
    },
  };
}

function wholeDecoder(recipe: ModbusRecipe): Decoder {
  const countAt = countReader(recipe);
  const { scale, offset } = factorsOf(recipe);
  const isPlain = recipe.scale === '1' && recipe.offset === '0';
  const valueFor = isPlain ? Number : valueScaler(scale, offset);
  const sentinels = new Map((recipe.notAvailable ?? []).map((written) => [countOf(recipe, written), written]));
  const { map } = recipe;
  const value = (bytes: Uint8Array, at: number): number | string | Fault => {
    const count = countAt(bytes, at);
    const sentinel = sentinels.size === 0 ? undefined : sentinels.get(BigInt(count));
    if (sentinel !== undefined) return notAvailable(sentinel);
    if (map !== undefined) return stateOf(map[String(count)], count);
    const scaled = valueFor(count);
    return isOutside(recipe, scaled) ? outOfRange(recipe, scaled) : scaled;
  };
  if (recipe.counter === undefined) return { value };
  // Without a rounding step: 0.1 kWh a count stays exact after 10^18 counts.
  const register = (bytes: Uint8Array, at: number): Decimal => {
    const counts = { digits: BigInt(countAt(bytes, at)), places: 0 };
    return isPlain ? counts : add(multiply(counts, scale), offset);
  };
  return { value, register };
}

function stateOf(state: unknown, count: Count): string | Fault {
  return typeof state === 'string' ? state : unknownState(count);
}

/**
 * The number nearest to count * scale + offset. While numerator and power of ten are whole numbers that a double
 * holds exactly, one division rounds once and gives the same as the decimal's text would.
 */
function valueScaler(scale: Decimal, offset: Decimal): (count: Count) => number {
  const places = Math.max(scale.places, offset.places);
  const factor = Number(scale.digits * 10n ** BigInt(places - scale.places));
  const summand = Number(offset.digits * 10n ** BigInt(places - offset.places));
  const divisor = 10 ** places;
  const isExact = places <= 22 && Number.isSafeInteger(factor) && Number.isSafeInteger(summand);
  return (count) => {
    if (isExact && typeof count === 'number') {
      const product = count * factor;
      const numerator = product + summand;
      if (Number.isSafeInteger(product) && Number.isSafeInteger(numerator)) return numerator / divisor + 0;
    }
    return toNumber(add(multiply({ digits: BigInt(count), places: 0 }, scale), offset));
  };
}

function floatDecoder(recipe: ModbusRecipe): Decoder {
  const isWide = recipe.type === 'float64';
  const floatAt = floatReader(recipe);
  const { scale, offset } = factorsOf(recipe);
  const factor = toNumber(scale);
  const summand = toNumber(offset);
  const sentinels = recipe.notAvailable ?? [];
  const value = (bytes: Uint8Array, at: number): number | Fault => {
    const float = floatAt(bytes, at);
    const sentinel =
      sentinels.length === 0 ? undefined : sentinels.find((written) => isSentinel(written, float, isWide));
    if (sentinel !== undefined) return notAvailable(sentinel);
    if (!Number.isFinite(float)) return notFinite(float);
    // Adding zero turns -0, which JSON cannot carry, into 0.
    const scaled = float * factor + summand + 0;
    if (!Number.isFinite(scaled)) return notFinite(scaled);
    return isOutside(recipe, scaled) ? outOfRange(recipe, scaled) : scaled;
  };
  if (recipe.counter === undefined) return { value };
  return { value, register: (bytes, at) => add(multiply(decimalOf(floatAt(bytes, at)), scale), offset) };
}

/** Whether the value in the scratch bytes, which is `float`, is the one by which the device says that it has none. */
function isSentinel(written: number | string, float: number, isWide: boolean): boolean {
  if (typeof written === 'number') return (isWide ? written : Math.fround(written)) === float;
  return BigInt(written) === (isWide ? scratchView.getBigUint64(0) : BigInt(scratchView.getUint32(0)));
}

function floatReader(recipe: ModbusRecipe): Reader<number> {
  const load = scratchLoader(recipe);
  if (recipe.type === 'float32') {
    return (bytes, at) => {
      load(bytes, at);
      return scratchView.getFloat32(0);
    };
  }
  return (bytes, at) => {
    load(bytes, at);
    return scratchView.getFloat64(0);
  };
}

function countReader(recipe: ModbusRecipe): Reader<Count> {
  if (TABLES[recipe.register].cell === 'bit') return (bytes, at) => bytes[at] ?? 0;
  const bit = recipe.bit ?? 0;
  const isSigned = REGISTER_TYPES[recipe.type].number === 'signed';
  const load = scratchLoader(recipe);
  const word = wordReader(recipe);
  switch (cellsOf(recipe.type)) {
    case 1:
      if (recipe.type === 'bool') return (bytes, at) => (word(bytes, at) >> bit) & 1;
      return isSigned ? (bytes, at) => (word(bytes, at) << 16) >> 16 : word;
    case 2:
      return (bytes, at) => {
        load(bytes, at);
        return isSigned ? scratchView.getInt32(0) : scratchView.getUint32(0);
      };
    default:
      return (bytes, at) => {
        load(bytes, at);
        return isSigned ? scratchView.getBigInt64(0) : scratchView.getBigUint64(0);
      };
  }
}

function wordReader(recipe: ModbusRecipe): Reader<number> {
  const [high = 0, low = 1] = placesOf(recipe.order, 2);
  return (bytes, at) => (byteAt(bytes, at + high) << 8) | byteAt(bytes, at + low);
}

/** Loads the bytes of a value into the scratch, most significant first. */
function scratchLoader(recipe: ModbusRecipe): Reader<void> {
  const places = placesOf(recipe.order, cellsOf(recipe.type) * 2);
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = places;
  const isWide = places.length === 8;
  return (bytes, at) => {
    scratchView.setUint32(0, uint32(bytes, at + a, at + b, at + c, at + d));
    if (isWide) scratchView.setUint32(4, uint32(bytes, at + e, at + f, at + g, at + h));
  };
}

function uint32(bytes: Uint8Array, a: number, b: number, c: number, d: number): number {
  return (byteAt(bytes, a) << 24) | (byteAt(bytes, b) << 16) | (byteAt(bytes, c) << 8) | byteAt(bytes, d);
}

/** A byte that has been checked to be there: PointPlan asserts that the reply holds the whole value. */
function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

/** A sentinel as a count: raw bits take the sign that the type gives them. */
function countOf(recipe: ModbusRecipe, written: number | string): bigint {
  const isSigned = REGISTER_TYPES[recipe.type].number === 'signed';
  return typeof written === 'string' && isSigned
    ? BigInt.asIntN(bitsOf(recipe.type), BigInt(written))
    : BigInt(written);
}

function factorsOf(recipe: ModbusRecipe): { scale: Decimal; offset: Decimal } {
  return {
    scale: present(parseDecimal(recipe.scale), 'a decimal scale'),
    offset: present(parseDecimal(recipe.offset), 'a decimal offset'),
  };
}

function isOutside(recipe: ModbusRecipe, value: number): boolean {
  return (recipe.min !== undefined && value < recipe.min) || (recipe.max !== undefined && value > recipe.max);
}
