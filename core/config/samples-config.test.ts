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

function parse(samples: string) {
  return parseConfig(`${whole}\n${samples}\n`, { drivers: new Map([['modbus-tcp', any]]), file: 'plant.yaml' });
}

it.each([
  ['samples: { keep: 90d }', { keepMs: 90 * 86_400_000 }],
  ['samples: { maxGiB: 2.5 }', { keepMs: 400 * 86_400_000, maxBytes: 2_684_354_560 }],
  ['samples: { keep: 7d, maxGiB: 1 }', { keepMs: 7 * 86_400_000, maxBytes: 1_073_741_824 }],
  ['samples: {}', { keepMs: 400 * 86_400_000 }],
  ['', undefined],
])('takes "%s"', (text, expected) => {
  const result = parse(text);
  expect(result.kind === 'valid' ? result.config.samples : result.issues).toEqual(expected);
});

it.each([
  ['samples: { keep: 6d }', 'samples.keep'],
  ['samples: { keep: 4001d }', 'samples.keep'],
  ['samples: { keep: 400 }', 'samples.keep'],
  ['samples: { maxGiB: 0 }', 'samples.maxGiB'],
  ['samples: { maxGiB: lots }', 'samples.maxGiB'],
  ['samples: { keep: 90d, maxGB: 1 }', 'samples.maxGB'],
  ['samples: true', 'samples'],
])('refuses "%s" with the place of the mistake', (text, path) => {
  const result = parse(text);
  expect(result.kind).toBe('invalid');
  expect(result.kind === 'invalid' && result.issues.map((issue) => issue.path)).toContainEqual(
    expect.stringContaining(path),
  );
});
