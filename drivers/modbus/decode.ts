import { present } from '../../core/model/assert.ts';
import { add, type Decimal, decimalOf, multiply, parseDecimal, toNumber } from '../../core/model/decimal.ts';
import type { Fault } from '../../core/model/fault.ts';
import type { ModbusRecipe } from './recipe.ts';
import { bitsOf, REGISTER_TYPES, TABLES } from './register-type.ts';
import { reorder } from './word-order.ts';

export type Decoded =
  | { readonly kind: 'value'; readonly value: number | string; readonly register?: Decimal }
  | { readonly kind: 'fault'; readonly fault: Fault };

/**
 * Turns the bytes of one point, in wire order, into its value: decode, then sentinel, then finite, then range, in
 * that order, so that what a device sends for "not available" is never scaled, clamped or judged as a number.
 * What does not pass is a fault, never a value. Points of a bit table have one byte, 0 or 1.
 */
export function decode(recipe: ModbusRecipe, raw: Uint8Array): Decoded {
  const kind = REGISTER_TYPES[recipe.type].number;
  if (kind === 'bool') return decodeWhole(recipe, bitOf(recipe, raw), undefined);
  const bytes = reorder(raw, recipe.order);
  const bits = bitsIn(bytes);
  if (kind === 'float') return decodeFloat(recipe, floatIn(bytes), bits);
  return decodeWhole(recipe, kind === 'signed' ? BigInt.asIntN(bitsOf(recipe.type), bits) : bits, bits);
}

function decodeWhole(recipe: ModbusRecipe, count: bigint, bits: bigint | undefined): Decoded {
  const sentinel = recipe.notAvailable?.find((candidate) =>
    typeof candidate === 'string' ? BigInt(candidate) === (bits ?? count) : BigInt(candidate) === count,
  );
  if (sentinel !== undefined) return notAvailable(sentinel);
  if (recipe.map !== undefined) return stateOf(recipe, count);
  if (recipe.scale === '1' && recipe.offset === '0') {
    return inRange(recipe, Number(count), { digits: count, places: 0 });
  }
  const exact = scaled(recipe, { digits: count, places: 0 });
  return inRange(recipe, toNumber(exact), exact);
}

function decodeFloat(recipe: ModbusRecipe, float: number, bits: bigint): Decoded {
  const sentinel = recipe.notAvailable?.find((candidate) =>
    typeof candidate === 'string' ? BigInt(candidate) === bits : sameFloat(recipe, candidate, float),
  );
  if (sentinel !== undefined) return notAvailable(sentinel);
  if (!Number.isFinite(float)) return notFinite(float);
  const value = float * Number(recipe.scale) + Number(recipe.offset);
  if (!Number.isFinite(value)) return notFinite(value);
  // Adding zero turns -0, which JSON cannot carry, into 0.
  return inRange(recipe, value + 0, recipe.counter === undefined ? undefined : scaled(recipe, decimalOf(float)));
}

function sameFloat(recipe: ModbusRecipe, sentinel: number, float: number): boolean {
  return (recipe.type === 'float32' ? Math.fround(sentinel) : sentinel) === float;
}

/** raw * scale + offset without a rounding step: 0.1 kWh a count stays exact after 10^18 counts. */
function scaled(recipe: ModbusRecipe, raw: Decimal): Decimal {
  const scale = present(parseDecimal(recipe.scale), 'a decimal scale');
  const offset = present(parseDecimal(recipe.offset), 'a decimal offset');
  return add(multiply(raw, scale), offset);
}

function stateOf(recipe: ModbusRecipe, count: bigint): Decoded {
  const state = recipe.map?.[String(count)];
  if (typeof state === 'string') return { kind: 'value', value: state };
  return faulty({
    code: 'DRV_MODBUS_UNKNOWN_STATE',
    message: `The device reports state number ${count}, which the point's map does not name.`,
    policy: 'retry',
    hint: `Look up what ${count} means in the device's manual and add it to the point's map`,
  });
}

function inRange(recipe: ModbusRecipe, value: number, register: Decimal | undefined): Decoded {
  if (recipe.min !== undefined && value < recipe.min) return outOfRange(value, `below its minimum ${recipe.min}`);
  if (recipe.max !== undefined && value > recipe.max) return outOfRange(value, `above its maximum ${recipe.max}`);
  if (recipe.counter === undefined || register === undefined) return { kind: 'value', value };
  return { kind: 'value', value, register };
}

function outOfRange(value: number, where: string): Decoded {
  return faulty({
    code: 'DRV_MODBUS_OUT_OF_RANGE',
    message: `The device reports ${value}, which is ${where}.`,
    policy: 'retry',
    hint: 'Check the sensor and its wiring; if the value is right, widen min and max of the point',
  });
}

function notAvailable(sentinel: number | string): Decoded {
  return faulty({
    code: 'DRV_MODBUS_NOT_AVAILABLE',
    message: `The device says that it has no value (it sent ${sentinel}).`,
    policy: 'retry',
    hint: 'Check the sensor behind this point and its cable',
  });
}

function notFinite(float: number): Decoded {
  return faulty({
    code: 'DRV_MODBUS_NOT_FINITE',
    message: `The device sent ${Number.isNaN(float) ? 'NaN' : 'infinity'}, which is not a measured value.`,
    policy: 'retry',
    hint: 'Check the sensor behind this point; if it never has a value, check type and order of the point',
  });
}

function faulty(fault: Fault): Decoded {
  return { kind: 'fault', fault };
}

function bitOf(recipe: ModbusRecipe, raw: Uint8Array): bigint {
  if (TABLES[recipe.register].cell === 'bit') return BigInt(raw[0] ?? 0);
  return (bitsIn(reorder(raw, recipe.order)) >> BigInt(recipe.bit ?? 0)) & 1n;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function bitsIn(bytes: Uint8Array): bigint {
  const view = viewOf(bytes);
  if (bytes.length === 2) return BigInt(view.getUint16(0));
  return bytes.length === 4 ? BigInt(view.getUint32(0)) : view.getBigUint64(0);
}

function floatIn(bytes: Uint8Array): number {
  return bytes.length === 4 ? viewOf(bytes).getFloat32(0) : viewOf(bytes).getFloat64(0);
}
