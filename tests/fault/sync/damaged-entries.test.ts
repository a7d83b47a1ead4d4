import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { batchContent } from '../../../appliance/sync/batch-content.ts';
import { hubLedger } from '../../../appliance/sync/hub-ledger.ts';
import { present } from '../../../core/model/assert.ts';
import { packEntries } from '../../../core/store/pack-entries.ts';
import { newestIndexOf } from '../../../core/store/stored-entries.ts';
import type { Batch } from '../../../core/sync/batch.ts';
import { findItem } from '../../../core/sync/kept-outbox.ts';
import { type EvidencePlant, openEvidencePlant } from '../../fixtures/evidence-plant.ts';

/** What a disk has lost or changed never leaves the plant as its evidence, however it is handed on. */
let folder: string;
let plant: EvidencePlant;
let batch: Batch;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forebay-damaged-entries-'));
  plant = openEvidencePlant(folder, 11);
  while (packEntries(plant.store, { plainEntries: 8, blockEntriesMax: 10 }) !== undefined);
  const sealed = present(newestIndexOf(plant.store, 'batch'), 'a batch');
  batch = present(findItem(plant.store, 'file', sealed), 'the delivery of the batch').batch;
  for (const { name } of plant.store.all<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'trigger'")) {
    plant.store.run(`DROP TRIGGER ${name}`);
  }
});
afterEach(() => {
  plant.store.close();
  rmSync(folder, { recursive: true, force: true });
});

async function expectRefused(code: string): Promise<void> {
  const { store, key } = plant;
  expect(() => batchContent(store, batch)).toThrow(expect.objectContaining({ code }));
  const upload = { from: batch.first, to: batch.end, bytesMax: 1e9 };
  expect(() => hubLedger(store, key.name).uploadOf(batch, upload)).toThrow(expect.objectContaining({ code }));
  await expect(plant.bundle('damaged.zip')).rejects.toMatchObject({ code });
  expect(existsSync(join(folder, 'damaged.zip'))).toBe(false);
}

test('entries whose block is damaged are neither delivered nor bundled', async () => {
  plant.store.run(
    'UPDATE entry_blocks SET digest = zeroblob(32) WHERE first <= ? AND "end" > ?',
    batch.first,
    batch.first,
  );
  await expectRefused('LED_FSCK_BLOCK');
});

test('an entry whose bytes were changed is neither delivered nor bundled', async () => {
  const { store } = plant;
  store.run('UPDATE entries SET kind = kind, bytes = ? WHERE idx = ?', Buffer.from('{}'), batch.first);
  await expectRefused('LED_FSCK_ENTRY');
});

test('a batch of which an entry is missing is neither delivered nor bundled', async () => {
  plant.store.run('PRAGMA foreign_keys = OFF');
  plant.store.run('DELETE FROM entries WHERE idx = ?', batch.first);
  await expectRefused('LED_FSCK_HOLE');
});
