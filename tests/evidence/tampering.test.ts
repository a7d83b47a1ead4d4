import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withFileSource } from '../../appliance/bundle/file-source.ts';
import { nodeMachine } from '../../appliance/bundle/node-machine.ts';
import { verifyBundle } from '../../core/evidence/verify-bundle.ts';
import { type EvidencePlant, openEvidencePlant } from '../fixtures/evidence-plant.ts';
import { type Tampered, tamperedBundles } from './tampered-bundles.ts';

const folder = mkdtempSync(join(tmpdir(), 'forebay-tampering-'));
let plants: EvidencePlant[] = [];
let tampered: readonly Tampered[];

beforeAll(async () => {
  for (const name of ['ours', 'theirs']) mkdirSync(join(folder, name));
  plants = [openEvidencePlant(join(folder, 'ours'), 3), openEvidencePlant(join(folder, 'theirs'), 4)];
  const [ours, theirs] = plants;
  if (ours !== undefined && theirs !== undefined) tampered = await tamperedBundles(ours, theirs);
});
afterAll(() => {
  for (const { store } of plants) store.close();
  rmSync(folder, { recursive: true, force: true });
});

test('every tampered bundle is refused, with the first reason', async () => {
  const found: string[] = [];
  for (const { name, path } of tampered) {
    const report = await withFileSource(path, (source) => verifyBundle(source, nodeMachine));
    found.push(`${name}: ${report.outcome === 'valid' ? 'VALID' : report.problem.code}`);
  }
  expect(found).toEqual(tampered.map(({ name, code }) => `${name}: ${code}`));
  expect(found.length).toBeGreaterThan(50);
});
