import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Decimal, toText } from '../../core/model/decimal.ts';
import type { Fault } from '../../core/model/fault.ts';
import { announceSeed } from '../../tests/contract/driver-host.ts';
import { modbusPoint, type PointText } from '../../tests/contract/modbus-device.ts';
import { decoderOf } from './decode.ts';
import { recipeOf } from './recipe.ts';
import { bitsOf, cellsOf, REGISTER_TYPES, type RegisterType } from './register-type.ts';
import { placesOf, WORD_ORDERS, type WordOrder } from './word-order.ts';

const seed = announceSeed('modbus decode');

type Settings = Omit<PointText, 'id'>;

function decodeHex(settings: Settings, hex: string): { value: number | string | Fault; register?: Decimal } {
  const point = modbusPoint({ id: 'p', register: 'holding', address: 0, ...settings });
  const decoder = decoderOf(recipeOf(point));
  const bytes = Uint8Array.from(Buffer.from(hex, 'hex'));
  const value = decoder.value(bytes, 0);
  if (typeof value === 'object' || decoder.register === undefined) return { value };
  return { value, register: decoder.register(bytes, 0) };
}

function decodedValue(settings: Settings, hex: string): number | string {
  const { value } = decodeHex(settings, hex);
  if (typeof value === 'object') throw new Error(value.message);
  return value;
}

function registerOf(settings: Settings, hex: string): string {
  const { register } = decodeHex({ kind: 'counter', ...settings }, hex);
  if (register === undefined) throw new Error('no exact register');
  return toText(register);
}

function faultCode(settings: Settings, hex: string): string {
  const { value } = decodeHex(settings, hex);
  return typeof value === 'object' ? value.code : `value ${value}`;
}

describe('a guard', () => {
  const guarded: Settings = { address: 18, type: 'int16', scale: 0.1, unit: 'kW', guard: { address: 22, value: -1 } };

  test('lets the value pass while it holds what was set up', () => {
    expect(decodedValue(guarded, '04d2ffff')).toBe(123.4);
    const counter: Settings = { type: 'uint32', kind: 'counter', guard: { address: 9, value: 258 } };
    expect(registerOf(counter, '000f12060102')).toBe('987654');
    // The guard of a device that swaps bytes is swapped too.
    expect(decodedValue({ ...counter, kind: 'gauge', order: 'DCBA' }, '06120f000201')).toBe(987_654);
  });

  test('is a fault of its own before everything else that could be said of the value', () => {
    expect(faultCode(guarded, '04d2fffe')).toBe('DRV_MODBUS_GUARD');
    expect(faultCode({ ...guarded, notAvailable: ['0x8000'] }, '80000001')).toBe('DRV_MODBUS_GUARD');
    expect(faultCode({ ...guarded, notAvailable: ['0x8000'] }, '8000ffff')).toBe('DRV_MODBUS_NOT_AVAILABLE');
    const { value } = decodeHex(guarded, '04d28000');
    expect(typeof value === 'object' ? value.message : '').toMatch(/^Register 22 holds -32768 and not -1/);
  });
});

describe('golden bytes of real meters', () => {
  test('float32, most significant byte first', () => {
    expect(decodedValue({ type: 'float32' }, '43660000')).toBe(230);
    expect(decodedValue({ type: 'float32' }, '4247eb85')).toBe(Math.fround(49.98));
    expect(decodedValue({ type: 'float32' }, '4247eb85')).toBeCloseTo(49.9799995, 6);
  });

  test('int64 watt-hours (Schneider)', () => {
    expect(decodedValue({ type: 'int64' }, '00000000499602d2')).toBe(1_234_567_890);
    expect(registerOf({ type: 'int64' }, '00000000499602d2')).toBe('1234567890');
  });

  test('float64 watt-hours (Siemens PAC)', () => {
    expect(decodedValue({ type: 'float64' }, '41eeb8f3bc000000')).toBe(4_123_500_000);
    expect(registerOf({ type: 'float64' }, '41eeb8f3bc000000')).toBe('4123500000');
  });

  test('uint64 hundredths of a kilowatt-hour (ABB)', () => {
    expect(decodedValue({ type: 'uint64', scale: 0.01 }, '00000000075bcd15')).toBe(1_234_567.89);
    expect(registerOf({ type: 'uint64', scale: 0.01 }, '00000000075bcd15')).toBe('1234567.89');
  });

  test('int32 low word first (Carlo Gavazzi EM24)', () => {
    expect(decodedValue({ type: 'int32', order: 'CDAB', scale: 0.1 }, '9e58ffff')).toBe(-2500);
  });
});

describe('a counter is exact', () => {
  test('beyond 2^53', () => {
    expect(registerOf({ type: 'uint64', scale: 0.1 }, 'fffffffffffffffe')).toBe('1844674407370955161.4');
    expect(registerOf({ type: 'int64' }, '8000000000000001')).toBe('-9223372036854775807');
    expect(registerOf({ type: 'uint32', scale: 0.001, offset: 12.5 }, 'ffffffff')).toBe('4294979.795');
  });

  test('a gauge carries no register', () => {
    expect(decodeHex({ type: 'uint32' }, '00000007')).toEqual({ value: 7 });
  });
});

describe('scale and offset', () => {
  test('are applied as the decimals that were written', () => {
    expect(decodedValue({ type: 'int16', scale: 0.1 }, '0003')).toBe(0.3);
    expect(decodedValue({ type: 'int16', scale: 0.01, offset: -40 }, 'fffe')).toBe(-40.02);
    expect(decodedValue({ type: 'float32', scale: 1000, offset: 1 }, '3fc00000')).toBe(1501);
  });

  test('zero is a value', () => {
    expect(decodedValue({ type: 'uint16' }, '0000')).toBe(0);
    expect(Object.is(decodedValue({ type: 'float32' }, '80000000'), 0)).toBe(true);
    expect(decodedValue({ type: 'float32' }, '00000001')).toBe(2 ** -149);
  });
});

describe('what is no value', () => {
  test.each(['7fc00000', 'ffc00001', '7f800000', 'ff800000'])('float32 %s is not finite', (hex) => {
    expect(faultCode({ type: 'float32' }, hex)).toBe('DRV_MODBUS_NOT_FINITE');
  });

  test('a scale that leads out of the numbers', () => {
    expect(faultCode({ type: 'float64', scale: 10 }, '7fefffffffffffff')).toBe('DRV_MODBUS_NOT_FINITE');
  });

  test('sentinels count before anything else', () => {
    expect(faultCode({ type: 'float32', notAvailable: ['0x7FC00000'] }, '7fc00000')).toBe('DRV_MODBUS_NOT_AVAILABLE');
    expect(faultCode({ type: 'uint16', notAvailable: [65535], max: 100 }, 'ffff')).toBe('DRV_MODBUS_NOT_AVAILABLE');
    expect(faultCode({ type: 'int16', notAvailable: ['0x8000'], scale: 0.1 }, '8000')).toBe('DRV_MODBUS_NOT_AVAILABLE');
    expect(faultCode({ type: 'int16', notAvailable: [-32768] }, '8000')).toBe('DRV_MODBUS_NOT_AVAILABLE');
    expect(faultCode({ type: 'float32', notAvailable: [-999.9] }, 'c479f99a')).toBe('DRV_MODBUS_NOT_AVAILABLE');
    const wide = { type: 'uint64', notAvailable: ['0xFFFFFFFFFFFFFFFF'], kind: 'counter' } as const;
    expect(faultCode(wide, 'ffffffffffffffff')).toBe('DRV_MODBUS_NOT_AVAILABLE');
    expect(faultCode(wide, 'fffffffffffffffe')).toBe('value 18446744073709552000');
    const swapped = { type: 'float32', order: 'DCBA', notAvailable: ['0x7FC00000'] };
    expect(faultCode(swapped, '0000c07f')).toBe('DRV_MODBUS_NOT_AVAILABLE');
  });

  test('the range holds in the unit of the point, ends included', () => {
    const range = { type: 'uint16', scale: 0.1, min: 1, max: 2.5 };
    expect(faultCode(range, '0009')).toBe('DRV_MODBUS_OUT_OF_RANGE');
    expect(faultCode(range, '001a')).toBe('DRV_MODBUS_OUT_OF_RANGE');
    expect(decodedValue(range, '000a')).toBe(1);
    expect(decodedValue(range, '0019')).toBe(2.5);
  });
});

describe('states', () => {
  const map = { 0: 'stopped', 2: 'generating' };

  test('a number of the map is its name', () => {
    expect(decodedValue({ type: 'uint16', map }, '0002')).toBe('generating');
    expect(decodedValue({ type: 'uint16', map }, '0000')).toBe('stopped');
    expect(decodedValue({ type: 'int16', map: { '-1': 'tripped' } }, 'ffff')).toBe('tripped');
  });

  test('a number that the map does not name is a fault that says the number', () => {
    const decoded = decodeHex({ type: 'uint16', map }, '0007');
    expect(decoded).toMatchObject({
      value: { code: 'DRV_MODBUS_UNKNOWN_STATE', message: expect.stringContaining(' 7,') },
    });
  });

  test('one bit of a register, and a coil', () => {
    expect(decodedValue({ bit: 3 }, '0008')).toBe(1);
    expect(decodedValue({ bit: 2 }, '0008')).toBe(0);
    expect(decodedValue({ bit: 15 }, '8000')).toBe(1);
    expect(decodedValue({ bit: 7, order: 'DCBA' }, '8000')).toBe(1);
    expect(decodedValue({ register: 'coil', map: { 0: 'stopped', 1: 'generating' } }, '01')).toBe('generating');
  });
});

test('what was encoded decodes to the same, in every type and order', () => {
  const types = (Object.keys(REGISTER_TYPES) as RegisterType[]).filter((type) => type !== 'bool');
  let checked = 0;
  for (const type of types) {
    for (const order of WORD_ORDERS) {
      fc.assert(
        fc.property(rawOf(type), (raw) => {
          expect(decodedValue({ type, order }, encode(type, order, raw))).toBe(Number(raw) + 0);
        }),
        { seed, numRuns: 50 },
      );
      checked += 1;
    }
  }
  expect(checked).toBe(8 * 4);
});

test('a scaled value is the number nearest to the exact decimal', () => {
  const counts = fc.integer({ min: 0, max: 2 ** 32 - 1 });
  const factors = fc.constantFrom(0.1, 0.01, 0.001, 3.7, 1e-7, 1e6, 123.456, -0.25);
  const offsets = fc.constantFrom(0, -40, 0.005, 1e9, 273.15);
  fc.assert(
    fc.property(counts, factors, offsets, (count, scale, offset) => {
      const settings = { type: 'uint32', scale, offset };
      const hex = count.toString(16).padStart(8, '0');
      expect(decodedValue(settings, hex)).toBe(Number(registerOf(settings, hex)));
    }),
    { seed, numRuns: 1000 },
  );
});

function rawOf(type: RegisterType): fc.Arbitrary<bigint | number> {
  const bits = BigInt(bitsOf(type));
  if (type === 'float32') return fc.float({ noNaN: true, noDefaultInfinity: true });
  if (type === 'float64') return fc.double({ noNaN: true, noDefaultInfinity: true });
  const isSigned = REGISTER_TYPES[type].number === 'signed';
  const min = isSigned ? -(1n << (bits - 1n)) : 0n;
  return fc.bigInt({ min, max: min + (1n << bits) - 1n });
}

/** The inverse of decoding, written on DataView alone. */
function encode(type: RegisterType, order: WordOrder, raw: bigint | number): string {
  const bytes = new Uint8Array(cellsOf(type) * 2);
  const view = new DataView(bytes.buffer);
  if (type === 'float32') view.setFloat32(0, Number(raw));
  else if (type === 'float64') view.setFloat64(0, Number(raw));
  else if (bytes.length === 2) view.setUint16(0, Number(BigInt.asUintN(16, BigInt(raw))));
  else if (bytes.length === 4) view.setUint32(0, Number(BigInt.asUintN(32, BigInt(raw))));
  else view.setBigUint64(0, BigInt.asUintN(64, BigInt(raw)));
  return Buffer.from(placesOf(order, bytes.length).map((place) => bytes[place] ?? 0)).toString('hex');
}
