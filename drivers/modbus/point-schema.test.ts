import { expect, test } from 'vitest';
import { modbusPointSchema } from './point-schema.ts';

function complaints(settings: Record<string, unknown>): string {
  const parsed = modbusPointSchema.safeParse({ register: 'holding', address: 3000, ...settings });
  if (parsed.success) return 'accepted';
  return parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
}

test('the points of the contract are accepted', () => {
  expect(modbusPointSchema.parse({ register: 'holding', address: 3000, type: 'float32', order: 'ABCD' })).toEqual({
    register: 'holding',
    address: 3000,
    type: 'float32',
    order: 'ABCD',
    scale: 1,
    offset: 0,
    notAvailable: [],
  });
  expect(complaints({ type: 'int16', scale: 0.01 })).toBe('accepted');
  expect(complaints({ type: 'uint16', map: { 0: 'stopped', 2: 'generating' } })).toBe('accepted');
});

test('a bit needs no type', () => {
  expect(modbusPointSchema.parse({ register: 'coil', address: 1 }).type).toBe('bool');
  expect(modbusPointSchema.parse({ register: 'holding', address: 1, bit: 0 }).type).toBe('bool');
});

test.each<[Record<string, unknown>, string]>([
  [{ type: 'float16' }, 'type'],
  [{}, 'type: a holding register needs a type'],
  [{ type: 'float32', order: 'ACBD' }, 'order'],
  [{ type: 'uint16', adress: 1 }, 'adress'],
  [{ type: 'uint16', scale: 0 }, 'scale: a scale other than 0'],
  [{ type: 'uint16', address: 65_536 }, 'address'],
  [{ type: 'uint32', address: 65_535 }, 'address: a uint32 at 65535 runs past the last address'],
  [{ type: 'uint16', bit: 3 }, 'bit'],
  [{ type: 'bool' }, 'bit: a bool in a register needs "bit"'],
  [{ register: 'coil', type: 'uint16' }, 'type: a coil is one bit'],
  [{ type: 'uint16', min: 5, max: 4 }, 'min: min 5 lies above max 4'],
  [{ type: 'float32', map: { 0: 'stopped' } }, 'map: a float32 cannot be a state'],
  [{ type: 'uint16', scale: 0.1, map: { 0: 'stopped' } }, 'map: a map goes by the raw number'],
  [{ type: 'uint16', map: { 70000: 'stopped' } }, 'map: a uint16 never holds 70000'],
  [{ type: 'uint16', map: { on: 'generating' } }, 'map'],
  [{ type: 'uint16', map: {} }, 'map: a map needs at least one state'],
  [{ type: 'uint16', notAvailable: ['0x12345'] }, 'notAvailable: 0x12345 has more bits than a uint16'],
  [{ type: 'uint16', notAvailable: [-1] }, 'notAvailable: a uint16 never holds -1'],
  [{ type: 'uint16', notAvailable: ['7FFF'] }, 'notAvailable'],
])('%j is refused with a reason', (settings, expected) => {
  expect(complaints(settings)).toContain(expected);
});
