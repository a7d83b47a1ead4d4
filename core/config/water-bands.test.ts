import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { formatConfigIssue } from './config-issue.ts';
import { parseConfig } from './parse-config.ts';
import type { DriverDescription } from './parse-devices.ts';

const any: DriverDescription = {
  origin: 'plant',
  schemas: { connection: z.looseObject({}), point: z.looseObject({}) },
};
const whole = readFileSync(new URL('../../tests/fixtures/plant.yaml', import.meta.url), 'utf8');
const parse = (text: string) =>
  parseConfig(`${whole}\n${text}\n`, { drivers: new Map([['modbus-tcp', any]]), file: 'plant.yaml' });

it('takes bands by month and for all of them', () => {
  const result = parse(
    'waterBands:\n  - { quantity: turbidity, months: [6, 7], max: 5000 }\n  - { quantity: ph, min: 6.5 }',
  );
  expect(result.kind === 'valid' ? result.config.waterBands : result.issues).toEqual([
    { quantity: 'turbidity', months: [6, 7], max: 5000 },
    { quantity: 'ph', min: 6.5 },
  ]);
});

it.each([
  ['waterBands: []', 'waterBands:', 'at least one band'],
  ['waterBands: [{ quantity: turbidty, max: 3 }]', 'waterBands\\[0\\].quantity', 'did you mean "turbidity"'],
  ['waterBands: [{ quantity: ph }]', 'waterBands\\[0\\]', 'expected min, max or both'],
  ['waterBands: [{ quantity: ph, min: 9, max: 6 }]', 'waterBands\\[0\\]', 'expected min below max, found 9 and 6'],
  ['waterBands: [{ quantity: ph, max: 9, months: [13] }]', 'months\\[0\\]', 'a month, 1 to 12'],
  ['waterBands: [{ quantity: ph, max: 9, month: [1] }]', 'month', 'did you mean "months"'],
])('refuses "%s" with its place', (text, path, words) => {
  const result = parse(text);
  const lines = result.kind === 'invalid' ? result.issues.map(formatConfigIssue).join('\n') : '';
  expect(lines).toMatch(new RegExp(`plant.yaml:\\d+:\\d+ .*${path}`));
  expect(lines).toContain(words);
});
