import { expect, test } from 'vitest';
import { modbusDevice, type PointText } from '../../tests/contract/modbus-device.ts';
import { checkDevice } from './check-device.ts';
import { modbusTcp } from './modbus-tcp.ts';

function issues(points: PointText[], connection: Record<string, unknown> = {}): string[] {
  return checkDevice(modbusDevice(connection, points)).map((issue) => `${issue.path.join('.')}: ${issue.message}`);
}

const flow: PointText = { id: 'flow', register: 'holding', address: 3000, type: 'float32' };

test('neighbours and the same register under two names are fine', () => {
  const head = { ...flow, id: 'head', address: 3002 };
  const input = { ...flow, id: 'input', register: 'input', address: 3001 };
  expect(issues([flow, head, input, { ...flow, id: 'flow_again' }])).toEqual([]);
});

test('values that share a part of their registers are named', () => {
  expect(issues([{ ...flow, id: 'head', address: 3001 }, flow])).toEqual([
    'points.0.address: head (holding 3001 to 3002) shares registers with flow (holding 3000 to 3001)',
  ]);
  expect(issues([flow, { ...flow, id: 'low', type: 'uint16', address: 3001 }])).toHaveLength(1);
  expect(issues([flow, { ...flow, id: 'high', type: 'uint16', address: 3000 }])).toHaveLength(1);
  const wide = { ...flow, id: 'wide', type: 'uint64', address: 2996 };
  expect(issues([wide, { ...flow, address: 2998 }, { ...flow, id: 'later', address: 3000 }])).toHaveLength(1);
});

test('a counter must be able to count', () => {
  const energy: PointText = { id: 'energy', register: 'holding', address: 1, type: 'float32', kind: 'counter' };
  expect(issues([energy])[0]).toContain('16777216');
  expect(issues([{ ...energy, comment: 'the meter has no other register' }])).toEqual([]);
  expect(issues([{ ...energy, type: 'float64' }])).toEqual([]);
  expect(issues([{ ...energy, type: 'uint32', scale: -1 }])[0]).toContain('count down');
  expect(issues([{ ...energy, type: 'uint16', map: { 0: 'stopped' } }])[0]).toContain('does not count');
  expect(issues([{ ...energy, type: 'uint16', modulus: 100_000n }])[0]).toContain('100000');
  expect(issues([{ ...energy, type: 'uint16', modulus: 65_536n }])).toEqual([]);
});

test('a value needs room in a request', () => {
  expect(issues([flow], { maxRegisters: 1 })[0]).toContain('takes 2 registers');
});

test('an unsigned integer wraps at its width, anything else not by itself', () => {
  const modulusOf = (type: string) => modbusTcp.schemas.defaultModulus?.({ type });
  expect(modulusOf('uint16')).toBe(65_536n);
  expect(modulusOf('uint32')).toBe(4_294_967_296n);
  expect(modulusOf('uint64')).toBe(18_446_744_073_709_551_616n);
  expect(modulusOf('int32')).toBeUndefined();
  expect(modulusOf('float64')).toBeUndefined();
});

test('a floating-point register says how wide it is', () => {
  const bitsOf = (type: string) => modbusTcp.schemas.floatBits?.({ type });
  expect([bitsOf('float32'), bitsOf('float64'), bitsOf('uint32')]).toEqual([32, 64, undefined]);
});
