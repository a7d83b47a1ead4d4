import { expect, test } from 'vitest';
import { modbusConnectionSchema } from './connection-schema.ts';

function complaint(connection: Record<string, unknown>): string {
  const parsed = modbusConnectionSchema.safeParse(connection);
  return parsed.success ? 'accepted' : parsed.error.issues.map((issue) => issue.message).join('; ');
}

test('what the contract shows is accepted, durations become milliseconds', () => {
  expect(modbusConnectionSchema.parse({ host: '127.0.0.1', port: 1502, unitId: 1, timeout: '2s' })).toEqual({
    host: '127.0.0.1',
    port: 1502,
    unitId: 1,
    timeout: 2000,
    maxRegisters: 125,
    maxBits: 2000,
    gap: 16,
    pause: 0,
    share: true,
    connect: 'keep',
  });
});

test('a host is enough', () => {
  expect(modbusConnectionSchema.parse({ host: 'plc' })).toMatchObject({ port: 502, unitId: 1, timeout: 2000 });
});

test('mistakes are named', () => {
  expect(complaint({})).not.toBe('accepted');
  expect(complaint({ host: ' ' })).toContain('host name or address');
  expect(complaint({ host: 'plc', port: 0 })).not.toBe('accepted');
  expect(complaint({ host: 'plc', unitId: 256 })).not.toBe('accepted');
  expect(complaint({ host: 'plc', timeout: '2 seconds' })).toContain('"2 seconds"');
  expect(complaint({ host: 'plc', timeout: '5m' })).toContain('10 ms to 60 s');
  expect(complaint({ host: 'plc', maxRegisters: 126 })).not.toBe('accepted');
  expect(complaint({ host: 'plc', unit: 1 })).toContain('unit');
});
