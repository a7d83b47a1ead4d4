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

function parse(review: string) {
  return parseConfig(`${whole}\n${review}\n`, { drivers: new Map([['modbus-tcp', any]]), file: 'plant.yaml' });
}

it.each([
  ['review: { fourEyes: true }', { fourEyes: true }],
  ['review: { fourEyes: false }', { fourEyes: false }],
  ['', undefined],
])('takes "%s"', (text, expected) => {
  const result = parse(text);
  expect(result.kind === 'valid' ? result.config.review : result.issues).toEqual(expected);
});

it.each([
  ['review: {}', 'review'],
  ['review: { fourEyes: yes please }', 'review.fourEyes'],
  ['review: { fourEyes: 2 }', 'review.fourEyes'],
  ['review: { fourEyes: true, sixEyes: true }', 'review.sixEyes'],
  ['review: true', 'review'],
])('refuses "%s" with the place of the mistake', (text, path) => {
  const result = parse(text);
  expect(result.kind).toBe('invalid');
  expect(result.kind === 'invalid' && result.issues.map((issue) => issue.path)).toContainEqual(
    expect.stringContaining(path),
  );
});
