import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { formatConfigIssue } from '../core/config/config-issue.ts';
import { parseConfig } from '../core/config/parse-config.ts';
import { drivers } from './drivers.ts';

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

it.each(['tests/fixtures/plant.yaml', 'drivers/simulator/demo-plant.yaml'])('finds nothing wrong in %s', (path) => {
  const result = parseConfig(read(path), { drivers, file: path });
  expect(result.kind === 'invalid' ? result.issues.map(formatConfigIssue) : []).toEqual([]);
});

it('shows 32-bit values that share a register', () => {
  const text = read('tests/fixtures/plant.yaml').replace('address: 3004', 'address: 3003');
  const result = parseConfig(text, { drivers, file: 'plant.yaml' });
  const issues = result.kind === 'invalid' ? result.issues : [];
  expect(issues).toEqual([
    expect.objectContaining({ code: 'CFG_DEVICE', line: 33, path: 'devices[0].points[2].address' }),
  ]);
  expect(issues[0]?.message).toContain('shares registers with head');
});
