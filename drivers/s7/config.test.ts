import { expect, test } from 'vitest';
import type { PointText } from '../../tests/contract/modbus-device.ts';
import { s7Device } from '../../tests/contract/s7-device.ts';
import { checkDevice } from './check-device.ts';
import { s7ConnectionSchema } from './connection-schema.ts';
import { s7PointSchema } from './point-schema.ts';
import { s7 } from './s7.ts';

function complaint(schema: typeof s7ConnectionSchema | typeof s7PointSchema, value: unknown): string {
  const parsed = schema.safeParse(value);
  return parsed.success ? 'accepted' : parsed.error.issues.map(({ message }) => message).join('; ');
}

test('the connection of the contract is enough, and durations become milliseconds', () => {
  expect(s7ConnectionSchema.parse({ host: '10.0.0.9', port: 102, rack: 0, slot: 1 })).toEqual({
    host: '10.0.0.9',
    port: 102,
    rack: 0,
    slot: 1,
    timeout: 2000,
    connectionType: 'pg',
    pduBytes: 960,
    gap: 16,
    state: 'check',
  });
});

test('mistakes in the connection are named', () => {
  expect(complaint(s7ConnectionSchema, { host: 'plc' })).toContain('2 for S7-300');
  expect(complaint(s7ConnectionSchema, { host: ' ', slot: 1 })).toContain('host name or address');
  expect(complaint(s7ConnectionSchema, { host: 'plc', slot: 32 })).not.toBe('accepted');
  expect(complaint(s7ConnectionSchema, { host: 'plc', slot: 1, timeout: '5m' })).toContain('10 ms to 60 s');
  expect(complaint(s7ConnectionSchema, { host: 'plc', slot: 1, unitId: 1 })).toContain('unitId');
});

test('mistakes in a point are named', () => {
  expect(complaint(s7PointSchema, { address: 'DB1.DBD0' })).toContain('write DB1,REAL0');
  expect(complaint(s7PointSchema, { address: 7 })).toContain('DB1,REAL0');
  expect(complaint(s7PointSchema, { address: 'DB1,INT0', scale: 0 })).toContain('other than 0');
  expect(complaint(s7PointSchema, { address: 'DB1,INT0', min: 5, max: 4 })).toContain('min 5 lies above max 4');
  expect(complaint(s7PointSchema, { address: 'DB1,INT0', notAvailable: [40_000] })).toContain('never holds 40000');
  expect(complaint(s7PointSchema, { address: 'DB1,INT0', notAvailable: ['0x1FFFF'] })).toContain('more bits');
  expect(complaint(s7PointSchema, { address: 'DB1,REAL0', map: { 1: 'x' } })).toContain('cannot be a state');
  expect(complaint(s7PointSchema, { address: 'DB1,X0.1', map: { 2: 'x' } })).toContain('a X never holds 2');
  expect(complaint(s7PointSchema, { address: 'DB1,INT0', map: { 1: 'x' }, scale: 2 })).toContain('raw number');
  expect(complaint(s7PointSchema, { address: 'DB1,INT0', map: {} })).toContain('1 to 256 states');
  expect(complaint(s7PointSchema, { address: 'DB1,INT0', adress: 1 })).toContain('adress');
});

function issues(points: PointText[]): string[] {
  return checkDevice(s7Device({ port: 1 }, points)).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

test('values that share a part of their bytes are a mistake, the very same bytes and bits are not', () => {
  const flow = { id: 'flow', address: 'DB1,REAL0' };
  expect(issues([flow, { id: 'head', address: 'DB1,REAL2' }])).toEqual([
    'points.1.address: head (DB1,REAL2) shares bytes with flow (DB1,REAL0)',
  ]);
  expect(issues([flow, { id: 'bit', address: 'DB1,X3.0' }])).toHaveLength(1);
  expect(issues([flow, { id: 'same', address: 'DB1,REAL0' }, { id: 'next', address: 'DB1,REAL4' }])).toEqual([]);
  expect(issues([flow, { id: 'other', address: 'DB2,REAL2' }, { id: 'marker', address: 'MR2' }])).toEqual([]);
  expect(
    issues([
      { id: 'flags', address: 'MW0' },
      { id: 'bit', address: 'M1.3' },
      { id: 'bit2', address: 'M1.4' },
    ]),
  ).toEqual([]);
});

test('counters that cannot count are mistakes', () => {
  expect(issues([{ id: 'e', address: 'DB1,REAL0', kind: 'counter' }])[0]).toContain('16777216');
  expect(issues([{ id: 'e', address: 'DB1,REAL0', kind: 'counter', comment: 'the PLC has no other' }])).toEqual([]);
  expect(issues([{ id: 'e', address: 'DB1,X0.0', kind: 'counter' }])[0]).toContain('does not count');
  expect(issues([{ id: 'e', address: 'DB1,DINT0', kind: 'counter', scale: -1 }])[0]).toContain('count down');
  expect(issues([{ id: 'e', address: 'DB1,UINT0', kind: 'counter', modulus: 65_537n }])[0]).toContain('never reaches');
});

test('an unsigned type wraps at its width by itself, no other does', () => {
  const modulusOf = (address: string) => s7.schemas.defaultModulus?.(s7PointSchema.parse({ address }));
  expect(modulusOf('DB1,BYTE0')).toBe(256n);
  expect(modulusOf('DB1,UINT0')).toBe(65_536n);
  expect(modulusOf('DB1,UDINT0')).toBe(4_294_967_296n);
  expect(modulusOf('DB1,ULINT0')).toBe(18_446_744_073_709_551_616n);
  for (const address of ['DB1,DINT0', 'DB1,LINT0', 'DB1,LREAL0', 'DB1,X0.0'])
    expect(modulusOf(address)).toBeUndefined();
});

test('a floating-point address says how wide it is', () => {
  const bitsOf = (address: string) => s7.schemas.floatBits?.(s7PointSchema.parse({ address }));
  expect([bitsOf('DB1,REAL0'), bitsOf('DB1,LREAL8'), bitsOf('DB1,DWORD4')]).toEqual([32, 64, undefined]);
});
