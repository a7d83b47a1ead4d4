import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Output } from './output.ts';
import { probeCommand } from './probe.ts';

const SILENT: Output = {
  line: () => undefined,
  json: () => undefined,
  table: () => undefined,
  note: () => undefined,
  width: 100,
  isTerminal: false,
  isResultOnTerminal: false,
};
const DRAFT = `version: 1
units:
  - { id: unit1, ratedPowerKw: 2000, ratedFlowM3s: 2.5, ratedHeadM: 95 }
`;

test('a file that is there already is said before any device is asked, and stays as it is', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'forebay-probe-'));
  const [plant, out] = [join(folder, 'draft.yaml'), join(folder, 'plant.yaml')];
  writeFileSync(plant, DRAFT);
  writeFileSync(out, 'by hand');
  // Nothing listens on port 1: a probe would end with another code.
  const call = {
    texts: { plant, out },
    flags: new Set<string>(),
    operands: ['modbus-tcp://127.0.0.1:1/1'],
    output: SILENT,
  };
  await expect(probeCommand.run(call)).rejects.toMatchObject({ code: 'APP_NOT_WRITTEN', exitCode: 2 });
  expect(readFileSync(out, 'utf8')).toBe('by hand');
  rmSync(folder, { recursive: true });
});
