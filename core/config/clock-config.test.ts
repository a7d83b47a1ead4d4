import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { parseConfig } from './parse-config.ts';
import type { DriverDescription } from './parse-devices.ts';

const any: DriverDescription = {
  origin: 'plant',
  schemas: { connection: z.looseObject({}), point: z.looseObject({}) },
};
const whole = readFileSync(new URL('../../tests/fixtures/plant.yaml', import.meta.url), 'utf8');

function parse(clock: string) {
  return parseConfig(`${whole}\n${clock}\n`, { drivers: new Map([['modbus-tcp', any]]), file: 'plant.yaml' });
}

it('takes time servers by name, address and port', () => {
  const result = parse(
    'clock: { ntp: [ntp.example.com, 192.168.10.1, "10.0.0.7:1123", "[fe80::1]", "[fe80::2]:123"] }',
  );
  expect(result.kind === 'valid' && result.config.clock).toEqual({
    ntp: ['ntp.example.com', '192.168.10.1', '10.0.0.7:1123', '[fe80::1]', '[fe80::2]:123'],
  });
});

it('names no time server unless the file does', () => {
  const result = parse('');
  expect(result.kind === 'valid' && 'clock' in result.config).toBe(false);
});

it.each([
  ['clock: {}', 'clock'],
  ['clock: { ntp: [] }', 'clock.ntp'],
  ['clock: { ntp: ["http://ntp.example.com/"] }', 'clock.ntp[0]'],
  ['clock: { ntp: ["one two"] }', 'clock.ntp[0]'],
  ['clock: { ntp: [a, b, c, d, e, f, g, h, i] }', 'clock.ntp'],
  ['clock: { ntp: [a], servers: [b] }', 'clock.servers'],
])('refuses %s with the place of the mistake', (text, path) => {
  const result = parse(text);
  expect(result.kind).toBe('invalid');
  expect(result.kind === 'invalid' && result.issues.map((issue) => issue.path).join()).toContain(path);
});
