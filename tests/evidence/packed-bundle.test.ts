import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { packedEnd } from '../../core/store/entry-blocks.ts';
import { packEntries } from '../../core/store/pack-entries.ts';
import { openEvidencePlant } from '../fixtures/evidence-plant.ts';

const folder = mkdtempSync(join(tmpdir(), 'forebay-packed-bundle-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a bundle of packed readings is the same file, byte for byte', async () => {
  const plant = openEvidencePlant(folder, 11);
  const keptSizes = [12, 40];
  const before = await plant.bundle('before.zip', { withSamples: 'with-samples', keptSizes });
  while (packEntries(plant.store, { plainEntries: 8, blockEntriesMax: 10 }) !== undefined);
  expect(packedEnd(plant.store)).toBeGreaterThan(90);
  const after = await plant.bundle('after.zip', { withSamples: 'with-samples', keptSizes });
  plant.store.close();
  expect(readFileSync(after.path).equals(readFileSync(before.path))).toBe(true);
});
