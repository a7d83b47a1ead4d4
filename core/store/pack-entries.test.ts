import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { benchReading } from '../../tests/bench/ledger-readings.ts';
import { testGap, testGenesis, testKey, testRecorder } from '../../tests/fixtures/ledger.ts';
import { writeMixedLedger } from '../../tests/fixtures/mixed-ledger.ts';
import { checkHashes } from '../ledger/check-hashes.ts';
import { checkWhole } from '../ledger/check-whole.ts';
import { fsck } from '../ledger/fsck.ts';
import { proveConsistency, proveInclusion } from '../ledger/proof.ts';
import { rebuildProjections } from '../ledger/rebuild-projections.ts';
import { readEntry } from './entries.ts';
import { packedEnd, packedFigures } from './entry-blocks.ts';
import type { WritableStore } from './handle.ts';
import { ledgerReader, projectionStore } from './ledger-store.ts';
import { openStore } from './open-store.ts';
import { type PackingRule, packEntries } from './pack-entries.ts';
import { queryReadings } from './readings.ts';
import { countReadings } from './stored-entries.ts';

const SEED = Number(process.env.FOREBAY_SEED ?? 1);
/** So small that a hundred entries make several blocks. */
const RULE: PackingRule = { plainEntries: 5, blockEntriesMax: 12 };

const folder = mkdtempSync(join(tmpdir(), 'forebay-pack-'));
const plainPath = join(folder, 'plain.db');
const packedPath = join(folder, 'packed.db');
const workPath = join(folder, 'work.db');
let size = 0;

beforeAll(() => {
  size = writeMixedLedger(plainPath);
  copyFileSync(plainPath, packedPath);
  const store = openStore(packedPath, { access: 'write' });
  packAll(store);
  store.run('PRAGMA wal_checkpoint(TRUNCATE)');
  store.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function packAll(store: WritableStore, rule = RULE): number {
  let blocks = 0;
  while (packEntries(store, rule) !== undefined) blocks += 1;
  return blocks;
}

function copyOf(path: string): WritableStore {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${workPath}${suffix}`, { force: true });
  copyFileSync(path, workPath);
  return openStore(workPath, { access: 'write' });
}

/** What anybody can read of a ledger. */
function readings(path: string): unknown {
  const store = openStore(path, { access: 'read' });
  const reader = ledgerReader(store);
  try {
    const indexes = Array.from({ length: size }, (_, index) => index);
    return {
      rows: [...reader.entries(0, size)].map(({ bytes, ...row }) => ({ ...row, text: Buffer.from(bytes).toString() })),
      single: indexes.map((index) => readEntry(store, index)),
      runs: [7, 40].map((from) => reader.packed(from, from + 33)),
      proofs: indexes.map((index) => proveInclusion(reader, index, size)),
      steps: [1, 12, 13, 90].map((from) => proveConsistency(reader, from, size)),
      pages: (['asc', 'desc'] as const).map((order) => queryReadings(store, { order, limit: 50 })),
      flagged: queryReadings(store, { order: 'asc', limit: 50, status: 'FLAGGED' }),
      count: countReadings(store),
      keys: [...reader.keyEntries()],
      checks: [fsck(reader), checkHashes(reader), checkWhole(reader)],
    };
  } finally {
    store.close();
  }
}

test('a packed ledger reads the same as before, byte for byte', () => {
  const store = openStore(packedPath, { access: 'read' });
  const figures = packedFigures(store);
  const plain = store.all<{ idx: number }>("SELECT idx FROM entries WHERE kind = 'reading' AND length(bytes) > 0");
  store.close();
  expect(figures).toMatchObject({ blocks: 7, end: 84 });
  expect(figures.rawBytes).toBeGreaterThan(4 * figures.bytes);
  expect(plain.every(({ idx }) => idx >= 84)).toBe(true);
  expect(readings(packedPath)).toEqual(readings(plainPath));
});

test('rows for queries are computed from packed entries as from others', () => {
  const store = copyOf(packedPath);
  const rows = () =>
    ['readings', 'gaps', 'pushes', 'reviews', 'readings_to_decide'].map((table) => store.all(`SELECT * FROM ${table}`));
  const before = rows();
  expect(rebuildProjections(ledgerReader(store), projectionStore(store)).entries).toBe(size);
  expect(rows()).toEqual(before);
  store.close();
});

describe('what may be written', () => {
  test.each([
    ['a block changes', 'UPDATE entry_blocks SET raw_bytes = raw_bytes + 1 WHERE first = 12'],
    ['a block is deleted', 'DELETE FROM entry_blocks WHERE first = 72'],
    ['a block is replaced', 'INSERT OR REPLACE INTO entry_blocks SELECT * FROM entry_blocks WHERE first = 72'],
    [
      'a block leaves entries out',
      'INSERT INTO entry_blocks SELECT 86, 87, raw_bytes, digest, bytes FROM entry_blocks LIMIT 1',
    ],
    [
      'a block holds the newest entry',
      'INSERT INTO entry_blocks SELECT 84, (SELECT max(idx) + 1 FROM entries), raw_bytes, digest, bytes FROM entry_blocks LIMIT 1',
    ],
    ['an entry is deleted that no block covers', 'DELETE FROM entries WHERE idx = 85'],
    ['a packed entry is deleted', 'DELETE FROM entries WHERE idx = 20'],
    ['a packed entry is replaced', "INSERT OR REPLACE INTO entries VALUES (20, 'reading', x'', zeroblob(32))"],
    ['another entry than a reading is deleted', 'DELETE FROM entries WHERE idx = 31'],
    ['bytes are taken away in place', "UPDATE entries SET bytes = x'' WHERE idx = 85"],
  ])('%s: refused', (_, sql) => {
    const store = copyOf(packedPath);
    expect(() => store.run(sql)).toThrow(/(?:never changed|never the newest)/);
    store.close();
  });

  test('a reading that a block covers is put back without its bytes, and can be deleted no more', () => {
    const store = copyOf(plainPath);
    const row = () => store.get('SELECT kind, length(bytes) AS length, leaf_hash FROM entries WHERE idx = 3');
    const before = row();
    const [block] = openBlocks(packedPath);
    const sql = 'INSERT INTO entry_blocks (first, "end", raw_bytes, digest, bytes) VALUES (?, ?, ?, ?, ?)';
    store.run(sql, ...(block ?? []));
    store.run('DELETE FROM entries WHERE idx = 3');
    expect(row()).toEqual({ ...(before as object), length: 0 });
    expect(readEntry(store, 3)?.index).toBe(3);
    expect(() => store.run('DELETE FROM entries WHERE idx = 3')).toThrow(/never changed/);
    store.close();
  });
});

function openBlocks(path: string): (number | Uint8Array)[][] {
  const database = new Database(path, { readonly: true });
  const rows = database.prepare('SELECT * FROM entry_blocks ORDER BY first').raw().all() as (number | Uint8Array)[][];
  database.close();
  return rows;
}

test('a write that fails at any point leaves every entry as it was', () => {
  const whole = readings(plainPath);
  for (let fails = 1; ; fails += 1) {
    const store = copyOf(plainPath);
    let left = fails;
    const failing: WritableStore = {
      path: store.path,
      get: (sql, ...values) => store.get(sql, ...values),
      all: (sql, ...values) => store.all(sql, ...values),
      rows: (sql, ...values) => store.rows(sql, ...values),
      snapshot: (read) => store.snapshot(read),
      close: () => store.close(),
      write: (work) => store.write(work),
      run(sql, ...values) {
        left -= 1;
        if (left === 0) throw new Error('the power goes');
        return store.run(sql, ...values);
      },
    };
    let outcome = 'packed';
    try {
      packEntries(failing, RULE);
    } catch {
      outcome = 'failed';
    }
    const end = packedEnd(store);
    store.close();
    if (outcome === 'packed') {
      // The block, and taking the bytes away.
      expect(fails).toBe(3);
      expect(end).toBe(12);
      break;
    }
    expect(end).toBe(0);
    expect(readings(workPath)).toEqual(whole);
  }
});

test('an entry that is not what was recorded is never packed', () => {
  const store = copyOf(plainPath);
  store.run('DROP TRIGGER entries_refuse_update');
  store.run("UPDATE entries SET bytes = CAST(replace(bytes, 'unit2', 'unit9') AS BLOB) WHERE idx = 14");
  expect(packEntries(store, RULE)?.end).toBe(12);
  expect(() => packEntries(store, RULE)).toThrow(/Entry 14 is not what was recorded/);
  expect(packedEnd(store)).toBe(12);
  expect(fsck(ledgerReader(store)).firstBad).toMatchObject({ index: 14, code: 'LED_FSCK_ENTRY' });
  store.close();
});

test('recording goes on, and a run without readings, small ones and a large one are packed too', () => {
  const path = join(folder, 'sizes.db');
  const store = openStore(path, { access: 'write' });
  const recorder = testRecorder(store);
  recorder.record([testGenesis, ...Array.from({ length: 80 }, (_, n) => testGap(n))]);
  expect(packAll(store, { plainEntries: 1, blockEntriesMax: 64 })).toBe(1);
  const { kind, body } = benchReading(0, testKey);
  const noise = Buffer.from(Array.from({ length: 30_000 }, (_, n) => (n * n * 7919 + (n % 97) * 131) % 251)).toString(
    'base64',
  );
  recorder.record([
    { kind, body: { ...body, noise } },
    ...Array.from({ length: 200 }, (_, n) => benchReading(n + 1, testKey)),
  ]);
  packAll(store, { plainEntries: 1, blockEntriesMax: 64 });
  const blocks = store.all<{ entries: number; bytes: number }>(
    'SELECT "end" - first AS entries, length(bytes) AS bytes FROM entry_blocks ORDER BY first',
  );
  expect(blocks[0]).toMatchObject({ entries: 64 });
  // What does not fit on a page is alone in its block.
  const large = blocks.filter(({ bytes }) => bytes > 8100);
  expect(large).toMatchObject([{ entries: 1 }]);
  expect(packedEnd(store)).toBeGreaterThan(200);
  expect(checkHashes(ledgerReader(store)).ok).toBe(true);
  store.close();
});

test(`any changed byte of a block is found, with an entry that it concerns (seed ${SEED})`, () => {
  const database = new Database(packedPath, { readonly: true });
  const blocks = database.prepare('SELECT first, "end" FROM entry_blocks').all() as { first: number; end: number }[];
  database.close();
  const cell = fc.constantFrom('bytes', 'digest');
  fc.assert(
    fc.property(
      fc.constantFrom(...blocks),
      cell,
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (block, column, at, mask) => {
        const store = tampered((work) => {
          const bytes = work
            .prepare(`SELECT ${column} FROM entry_blocks WHERE first = ?`)
            .pluck()
            .get(block.first) as Buffer;
          bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ mask;
          work.prepare(`UPDATE entry_blocks SET ${column} = ? WHERE first = ?`).run(bytes, block.first);
        });
        // The first of its entries that lies in it: others stand by themselves.
        const first = store.get<{ idx: number }>(
          'SELECT min(idx) AS idx FROM entries WHERE idx >= ? AND length(bytes) = 0',
          block.first,
        );
        for (const report of [fsck(ledgerReader(store)), checkHashes(ledgerReader(store))]) {
          expect(report.firstBad).toMatchObject({ index: first?.idx, code: 'LED_FSCK_BLOCK' });
        }
        expect(ledgerReader(store).damage()).toContain(`the block of the entries ${block.first} to ${block.end - 1}`);
        expect(() => readEntry(store, first?.idx ?? 0)).toThrow(/no longer readable/);
        store.close();
      },
    ),
    { seed: SEED, numRuns: 25 },
  );
});

test.each([
  ['the length of what is packed', 'UPDATE entry_blocks SET raw_bytes = raw_bytes - 1 WHERE first = 24', 24],
  ['where a block ends', 'UPDATE entry_blocks SET "end" = "end" - 1 WHERE first = 24', 24],
  ['where a block begins', 'UPDATE entry_blocks SET first = 25 WHERE first = 24', 24],
  ['a block that is gone', 'DELETE FROM entry_blocks WHERE first = 24', 24],
  ['a packed entry that is gone', 'DELETE FROM entries WHERE idx = 30', 30],
  ['the leaf hash of a packed entry', 'UPDATE entries SET leaf_hash = zeroblob(32) WHERE idx = 30', 30],
  ['a gap without its bytes', "UPDATE entries SET bytes = x'' WHERE kind = 'gap' AND idx = 31", 31],
  ['bytes in the row of a packed entry', "UPDATE entries SET bytes = x'7b7d' WHERE idx = 30", 30],
])('%s: found', (_, sql, index) => {
  const store = tampered((database) => database.exec(sql));
  for (const report of [fsck(ledgerReader(store)), checkHashes(ledgerReader(store))]) {
    expect(report.ok).toBe(false);
    expect(report.firstBad?.index).toBe(index);
  }
  store.close();
});

test('a block that holds what the rows hold too is found', () => {
  const store = tampered((database) => {
    const [block] = openBlocks(packedPath);
    database.prepare('INSERT INTO entry_blocks VALUES (?, ?, ?, ?, ?)').run(84, 96, ...(block ?? []).slice(2));
  });
  expect(fsck(ledgerReader(store)).firstBad).toMatchObject({ code: 'LED_FSCK_FILE' });
  expect(checkWhole(ledgerReader(store))).toMatchObject({ code: 'LED_FSCK_FILE' });
  store.close();
});

/** A copy of the packed store that somebody with the file in hand has changed, triggers and checks put aside. */
function tampered(change: (database: Database.Database) => void): WritableStore {
  copyOf(packedPath).close();
  const database = new Database(workPath);
  database.pragma('foreign_keys = OFF');
  database.pragma('ignore_check_constraints = ON');
  for (const name of database.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").pluck().all()) {
    database.exec(`DROP TRIGGER ${name}`);
  }
  change(database);
  database.close();
  return openStore(workPath, { access: 'write' });
}
