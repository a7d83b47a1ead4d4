import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { fsck } from '../../core/ledger/fsck.ts';
import { Failure } from '../../core/model/failure.ts';
import { seededRandom } from '../../core/model/random.ts';
import { packedEnd } from '../../core/store/entry-blocks.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import { openStore } from '../../core/store/open-store.ts';
import { packEntries } from '../../core/store/pack-entries.ts';
import { benchReading } from '../../tests/bench/ledger-readings.ts';
import { announceSeed } from '../../tests/contract/driver-host.ts';
import { copyKeys, FIRST_MS, openTestFolder } from '../../tests/fixtures/data-folder.ts';
import { rootOf } from '../backup/compare-ledgers.ts';
import { makeBackup } from '../backup/make-backup.ts';
import { type DataFolder, openDataFolder } from '../data-folder.ts';
import { findDamage } from './find-damage.ts';
import { type SalvageReport, salvageStore } from './salvage-store.ts';

const PAGE = 8192;
const READINGS = 240;
const SIZE = 1 + READINGS;
const SEED = announceSeed('packed salvage');
const clock = { wallMs: () => FIRST_MS };
const cause = new Failure('STO_DAMAGED', 'It is damaged.', { exitCode: 4 });

let base: string;
let sound: DataFolder;
let backup: string;
let roots: readonly string[];
let blocks: readonly { readonly first: number; readonly end: number }[];
let folder: DataFolder;
let round = 0;

beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'forebay-packed-salvage-'));
  const made = openTestFolder(join(base, 'sound'));
  sound = made.folder;
  for (let n = 0; n < READINGS; n += 4) {
    made.recorder.record(Array.from({ length: 4 }, (_, i) => benchReading(n + i, made.key)));
  }
  while (packEntries(made.store, { plainEntries: 30, blockEntriesMax: 24 }) !== undefined);
  expect(packedEnd(made.store)).toBe(192);
  blocks = made.store.all('SELECT first, "end" FROM entry_blocks ORDER BY first');
  const reader = ledgerReader(made.store);
  roots = Array.from({ length: SIZE + 1 }, (_, size) => rootOf(reader, size));
  backup = makeBackup({ storePath: sound.storePath, out: base, program: '0.1.0', nowMs: FIRST_MS }).path;
  made.store.run('PRAGMA wal_checkpoint(TRUNCATE)');
  made.store.close();
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

beforeEach(() => {
  round += 1;
  folder = openDataFolder(join(base, `round-${round}`));
  copyKeys(sound, folder);
  copyFileSync(sound.storePath, folder.storePath);
});

/** Overwrites the page on which the only row of a block lies. */
function ruinBlock(first: number): void {
  const database = new Database(folder.storePath, { readonly: true });
  const row = database.prepare('SELECT bytes FROM entry_blocks WHERE first = ?').pluck().get(first) as Buffer;
  database.close();
  const bytes = readFileSync(folder.storePath);
  const at = bytes.indexOf(row.subarray(0, 64));
  expect(at).toBeGreaterThan(0);
  bytes.fill(0xa5, Math.floor(at / PAGE) * PAGE, (Math.floor(at / PAGE) + 1) * PAGE);
  writeFileSync(folder.storePath, bytes);
}

/** Old copies of rows that lie on free pages are no part of what a damaged disk must give. */
function wipeFree(): void {
  const database = new Database(folder.storePath);
  database.exec('VACUUM');
  database.close();
}

function salvage(backups: readonly string[] = []): SalvageReport {
  return salvageStore({ storePath: folder.storePath, cause, backups, clock });
}

function withSaved<T>(read: (store: ReadableStore) => T): T {
  const store = openStore(folder.storePath, { access: 'read' });
  try {
    return read(store);
  } finally {
    store.close();
  }
}

function expectSound({ size, root }: SalvageReport): void {
  expect(root).toBe(roots[size]);
  withSaved((store) => expect(fsck(ledgerReader(store))).toMatchObject({ ok: true, entries: size }));
}

test('all of a packed store is saved where nothing is damaged', () => {
  wipeFree();
  const report = salvage();
  expect(report).toMatchObject({ size: SIZE, signedSize: SIZE, beyond: 0 });
  expectSound(report);
});

test('a damaged page costs its block, whose entries are named, and a backup gives them back', () => {
  wipeFree();
  const lost = blocks[3] ?? { first: 0, end: 0 };
  ruinBlock(lost.first);
  const damaged = readFileSync(folder.storePath);
  const report = salvage();
  expect(report.ends).toContain(`Entries ${lost.first} to ${lost.end - 1} were not found whole`);
  // The entry before the block belongs to a write that ends within it, or is the last of one.
  expect(report.size).toBeGreaterThan(lost.first - 4);
  expect(report.size).toBeLessThanOrEqual(lost.first);
  expect(report).toMatchObject({ signedSize: SIZE, beyond: SIZE - lost.end + (lost.first - report.size) });
  expectSound(report);
  writeFileSync(folder.storePath, damaged);
  const filled = salvage([backup]);
  expect(filled).toMatchObject({ size: SIZE, beyond: 0 });
  expectSound(filled);
});

test('what is packed under a digest that is damaged is taken where the row of each entry has its hash', () => {
  wipeFree();
  const database = new Database(folder.storePath);
  for (const name of database.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").pluck().all()) {
    database.exec(`DROP TRIGGER ${name}`);
  }
  database.exec('UPDATE entry_blocks SET digest = zeroblob(32) WHERE first = 48');
  database.exec('UPDATE entries SET leaf_hash = zeroblob(32) WHERE idx = 60');
  database.close();
  const report = salvage();
  expect(report.ends).toContain('Entry 60 was not found whole');
  expect(report.size).toBeGreaterThan(56);
  expectSound(report);
});

test('a damaged block is no reason to record nothing: the damage of an old one is left to the check', () => {
  ruinBlock(24);
  // The file itself is looked at where it is small, and its pages do not hang together any more.
  expect(findDamage(folder)?.code).toBe('STO_DAMAGED');
});

test(`whatever pages are ruined, what is saved holds (seed ${SEED})`, () => {
  const random = seededRandom(SEED);
  for (let n = 0; n < 4; n += 1) {
    copyFileSync(sound.storePath, folder.storePath);
    const bytes = readFileSync(folder.storePath);
    const pages = bytes.length / PAGE;
    for (let hit = 0; hit < 3; hit += 1) {
      const at = 1 + Math.floor(random.next() * (pages - 1));
      bytes.fill(Math.floor(random.next() * 256), at * PAGE, (at + 1) * PAGE);
    }
    writeFileSync(folder.storePath, bytes);
    try {
      expectSound(salvage());
    } catch (error) {
      expect(error).toMatchObject({ code: 'STO_SALVAGE_NOTHING' });
    }
  }
});
