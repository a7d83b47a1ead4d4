import { assert, present } from '../../core/model/assert.ts';
import { add, type Decimal, decimalOf, multiply, parseDecimal, toNumber } from '../../core/model/decimal.ts';
import type { ModbusRecipe } from './recipe.ts';
import { bitsOf, cellsOf, REGISTER_TYPES, TABLES } from './register-type.ts';
import { type Decoded, notAvailable, notFinite, outOfRange, unknownState } from './value-fault.ts';
import { placesOf } from './word-order.ts';

/** Turns the bytes of one point, in wire order, into its value. Points of a bit table have one byte, 0 or 1. */
export type Decoder = (raw: Uint8Array) => Decoded;

/** A raw count: a plain number where that is exact, up to 32 bits, for speed; a bigint where it is not. */
type Count = number | bigint;

const WIDEST_BYTES = 8;
const scratch = new Uint8Array(WIDEST_BYTES);
const scratchView = new DataView(scratch.buffer);

/**
 * The decoder of a recipe, made once for each point: decode, then sentinel, then finite, then range, in that order,
 * so that what a device sends for "not available" is never scaled, clamped or judged as a number. What does not pass
 * is a fault, never a value.
 */
export function decoderOf(recipe: ModbusRecipe): Decoder {
  return REGISTER_TYPES[recipe.type].number === 'float' ? floatDecoder(recipe) : wholeDecoder(recipe);
}

function wholeDecoder(recipe: ModbusRecipe): Decoder {
  const countIn = countReader(recipe);
  const sentinels = new Map((recipe.notAvailable ?? []).map((written) => [countOf(recipe, written), written]));
  const scaled = wholeScaler(recipe);
  const { map } = recipe;
  return (raw) => {
    const count = countIn(raw);
    if (sentinels.size > 0) {
      const sentinel = sentinels.get(BigInt(count));
      if (sentinel !== undefined) return notAvailable(sentinel);
    }
    if (map === undefined) return scaled(count);
    const state = map[String(count)];
    return typeof state === 'string' ? { kind: 'value', value: state } : unknownState(count);
  };
}

/** raw * scale + offset without a rounding step: 0.1 kWh a count stays exact after 10^18 counts. */
function wholeScaler(recipe: ModbusRecipe): (count: Count) => Decoded {
  const { scale, offset } = factorsOf(recipe);
  const isPlain = recipe.scale === '1' && recipe.offset === '0';
  const valueFor = isPlain ? Number : valueScaler(scale, offset);
  return (count) => {
    const value = valueFor(count);
    if (isOutside(recipe, value)) return outOfRange(recipe, value);
    if (recipe.counter === undefined) return { kind: 'value', value };
    const raw = { digits: BigInt(count), places: 0 };
    return { kind: 'value', value, register: isPlain ? raw : add(multiply(raw, scale), offset) };
  };
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
  const load = loader(recipe);
  const { scale, offset } = factorsOf(recipe);
  const factor = toNumber(scale);
  const summand = toNumber(offset);
  const sentinels = recipe.notAvailable ?? [];
  return (raw) => {
    load(raw);
    const float = isWide ? scratchView.getFloat64(0) : scratchView.getFloat32(0);
    const sentinel =
      sentinels.length === 0 ? undefined : sentinels.find((written) => isSentinel(written, float, isWide));
    if (sentinel !== undefined) return notAvailable(sentinel);
    if (!Number.isFinite(float)) return notFinite(float);
    // Adding zero turns -0, which JSON cannot carry, into 0.
    const value = float * factor + summand + 0;
    if (!Number.isFinite(value)) return notFinite(value);
    if (isOutside(recipe, value)) return outOfRange(recipe, value);
    if (recipe.counter === undefined) return { kind: 'value', value };
    return { kind: 'value', value, register: add(multiply(decimalOf(float), scale), offset) };
  };
}

/** Whether the value in the scratch bytes, which is `float`, is the one by which the device says that it has none. */
function isSentinel(written: number | string, float: number, isWide: boolean): boolean {
  if (typeof written === 'number') return (isWide ? written : Math.fround(written)) === float;
  return BigInt(written) === (isWide ? scratchView.getBigUint64(0) : BigInt(scratchView.getUint32(0)));
}

/** Loads the bytes of a value into the scratch, most significant first. */
function loader(recipe: ModbusRecipe): (raw: Uint8Array) => void {
  const places = placesOf(recipe.order, cellsOf(recipe.type) * 2);
  const expected = `a ${recipe.type} has ${places.length} bytes`;
  return (raw) => {
    assert(raw.length === places.length, expected);
    for (let at = 0; at < places.length; at += 1) scratch[at] = raw[places[at] ?? 0] ?? 0;
  };
}

function countReader(recipe: ModbusRecipe): (raw: Uint8Array) => Count {
  if (TABLES[recipe.register].cell === 'bit') return (raw) => raw[0] ?? 0;
  const load = loader(recipe);
  const readScratch = scratchReader(recipe);
  return (raw) => {
    load(raw);
    return readScratch();
  };
}

function scratchReader(recipe: ModbusRecipe): () => Count {
  const bit = recipe.bit ?? 0;
  switch (recipe.type) {
    case 'bool':
      return () => (scratchView.getUint16(0) >> bit) & 1;
    case 'int16':
      return () => scratchView.getInt16(0);
    case 'uint16':
      return () => scratchView.getUint16(0);
    case 'int32':
      return () => scratchView.getInt32(0);
    case 'uint32':
      return () => scratchView.getUint32(0);
    case 'int64':
      return () => scratchView.getBigInt64(0);
    default:
      return () => scratchView.getBigUint64(0);
  }
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
