import { expect, test } from 'vitest';
import type { JsonObject } from '../../core/model/json.ts';
import { createSampleDecoder } from './sample-decoder.ts';

const decoder = await createSampleDecoder();

function decode(recipe: JsonObject, hex: string): unknown {
  return decoder(recipe)?.(Buffer.from(hex, 'hex'));
}

test.each([
  [
    'modbus-tcp',
    {
      v: 1,
      driver: 'modbus-tcp',
      register: 'holding',
      address: 3000,
      type: 'float32',
      order: 'ABCD',
      scale: '1',
      offset: '0',
    },
    '43660000',
    { value: 230 },
  ],
  [
    'modbus counter',
    {
      v: 1,
      driver: 'modbus-rtu',
      register: 'holding',
      address: 6,
      type: 'uint32',
      order: 'CDAB',
      scale: '0.01',
      offset: '0',
      counter: 'exact',
    },
    'cd15075b',
    { value: 1_234_567.89, register: '1234567.89' },
  ],
  [
    's7',
    { v: 1, driver: 's7', address: 'DB1,REAL0', type: 'REAL', scale: '2', offset: '0' },
    '43660000',
    { value: 460 },
  ],
  [
    'http',
    { v: 1, driver: 'http', form: 'flat', field: 'flow', as: 'number', unit: 'm3/s', factor: 1 },
    Buffer.from('12.345').toString('hex'),
    { value: 12.345, register: '12.345' },
  ],
  [
    'http register, converted',
    { v: 1, driver: 'http', form: 'signed', field: 'JQ-4', as: 'number', unit: 'MWh', factor: 1000 },
    Buffer.from('1204.4557501').toString('hex'),
    { value: 1_204_455.7501, register: '1204455.7501' },
  ],
  [
    'http state',
    { v: 1, driver: 'http', form: 'flat', field: 'status', as: 'state', map: null },
    Buffer.from('Tripped').toString('hex'),
    { value: 'tripped' },
  ],
  [
    'simulated counter',
    { v: 1, driver: 'simulator', type: 'uint64', scale: '0.01' },
    '00000000075bcd15',
    { value: 1_234_567.89, register: '1234567.89' },
  ],
  [
    'simulated state',
    { v: 1, driver: 'simulator', type: 'uint8', map: { 2: 'generating' } },
    '02',
    { value: 'generating' },
  ],
] as const)('%s: the value that its bytes give', (_, recipe, hex, expected) => {
  expect(decode(recipe as unknown as JsonObject, hex)).toEqual(expected);
});

test('what is no value gives none, and what nobody knows no way to decode', () => {
  const recipe = { v: 1, driver: 'http', form: 'flat', field: 'flow', as: 'number', unit: 'm3/s', factor: 1 };
  expect(decode(recipe, Buffer.from('n/a').toString('hex'))).toBeUndefined();
  expect(decoder({ v: 1, driver: 'of-another-time' })).toBeUndefined();
  expect(() => decoder({ v: 99, driver: 's7' })).toThrow('recipe version 99');
});
