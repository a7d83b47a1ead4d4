import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fsck } from '../../core/ledger/fsck.ts';
import { packedFigures } from '../../core/store/entry-blocks.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import { openStore } from '../../core/store/open-store.ts';
import { packEntries } from '../../core/store/pack-entries.ts';
import { benchReading } from '../../tests/bench/ledger-readings.ts';
import { copyKeys, FIRST_MS, type OpenFolder, openTestFolder } from '../../tests/fixtures/data-folder.ts';
import { dataFolderAt, openDataFolder } from '../data-folder.ts';
import { relate, rootOf } from './compare-ledgers.ts';
import { makeBackup } from './make-backup.ts';
import { restoreBackup } from './restore-backup.ts';

const READINGS = 120;
let base: string;
let plant: OpenFolder;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'forebay-packed-backup-'));
  plant = openTestFolder(join(base, 'data'));
  record(plant, 0, READINGS);
});
afterEach(() => {
  plant.store.close();
  rmSync(base, { recursive: true, force: true });
});

function record({ recorder, key }: OpenFolder, from: number, count: number): void {
  recorder.record(Array.from({ length: count }, (_, n) => benchReading(from + n, key)));
}

function pack({ store }: OpenFolder): void {
  while (packEntries(store, { plainEntries: 10, blockEntriesMax: 16 }) !== undefined);
}

function backUp(name: string) {
  const { storePath } = plant.folder;
  return makeBackup({ storePath, out: join(base, name), program: '0.1.0', nowMs: FIRST_MS });
}

test('a backup of a packed store is packed, and what is restored goes on as a beginning of the ledger', () => {
  const plain = backUp('plain.db');
  pack(plant);
  const packed = backUp('packed.db');
  expect(packed.manifest).toMatchObject({ size: plain.manifest.size, root: plain.manifest.root });
  for (const [name, { path }] of Object.entries({ plain, packed })) {
    const to = join(base, name);
    copyKeys(plant.folder, openDataFolder(to));
    const clock = { wallMs: () => FIRST_MS + 3_600_000 };
    restoreBackup({ file: path, dataFolder: to, by: 'asha', clock, existing: 'refuse' });
    const store = openStore(dataFolderAt(to).storePath, { access: 'read' });
    const blocks = packedFigures(store).blocks;
    expect(blocks).toBe(name === 'packed' ? 6 : 0);
    const reader = ledgerReader(store);
    expect(fsck(reader, { verifierKey: plant.verifierKey })).toMatchObject({ ok: true, entries: READINGS + 2 });
    expect(relate(reader, { size: READINGS + 1, root: plain.manifest.root })).toBe('contained');
    store.close();
  }
});

test('a fork is found from packed entries as from others, wherever it begins', () => {
  const other = openTestFolder(join(base, 'other'), plant.folder);
  plant.store.run('PRAGMA wal_checkpoint(TRUNCATE)');
  other.store.close();
  copyFileSync(plant.folder.storePath, other.folder.storePath);
  const forked = openTestFolder(join(base, 'other'));
  record(forked, 500, 40);
  record(plant, 600, 40);
  pack(plant);
  pack(forked);
  const [here, there] = [ledgerReader(plant.store), ledgerReader(forked.store)];
  for (const size of [1, 50, READINGS + 1]) {
    expect(relate(here, { size, root: rootOf(there, size) })).toBe('contained');
  }
  for (const size of [READINGS + 2, READINGS + 30]) {
    expect(relate(here, { size, root: rootOf(there, size) })).toBe('forked');
  }
  forked.store.close();
});
