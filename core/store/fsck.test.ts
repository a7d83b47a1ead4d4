import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { benchReading } from '../../tests/bench/ledger-readings.ts';
import { testGap, testGenesis, testKey, testRecorder } from '../../tests/fixtures/ledger.ts';
import { deviceKeyFromSeed } from '../ledger/device-key.ts';
import type { NewEntry } from '../ledger/entry.ts';
import { type FsckReport, fsck } from '../ledger/fsck.ts';
import { proveConsistency } from '../ledger/proof.ts';
import { readEntry } from './entries.ts';
import { ledgerReader } from './ledger-store.ts';
import { openStore } from './open-store.ts';

const SEED = Number(process.env.FOREBAY_SEED ?? 1);
const GROUPS = 12;
const GROUP = 7;

let folder: string;
let soundPath: string;
let badPath: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'forebay-fsck-'));
  soundPath = join(folder, 'sound.sqlite');
  badPath = join(folder, 'bad.sqlite');
  const store = openStore(soundPath, { access: 'write' });
  const recorder = testRecorder(store);
  recorder.record([testGenesis]);
  for (let g = 0; g < GROUPS; g++) {
    const entries: NewEntry[] = [testGap(g)];
    for (let i = 1; i < GROUP; i++) entries.push(benchReading(g * GROUP + i, testKey));
    recorder.record(entries);
  }
  store.run('PRAGMA wal_checkpoint(TRUNCATE)');
  store.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function check(path: string, verifierKey: string | undefined = testKey.verifierKey): FsckReport {
  const store = openStore(path, { access: 'read' });
  try {
    return fsck(ledgerReader(store), verifierKey === undefined ? {} : { verifierKey });
  } finally {
    store.close();
  }
}

/** A copy of the sound store in which somebody with the file in hand ran `sql`, triggers and checks put aside. */
function tamper(change: (database: Database.Database) => void): FsckReport {
  rmSync(`${badPath}-wal`, { force: true });
  rmSync(`${badPath}-shm`, { force: true });
  copyFileSync(soundPath, badPath);
  const database = new Database(badPath);
  database.pragma('foreign_keys = OFF');
  database.pragma('ignore_check_constraints = ON');
  for (const name of database.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").pluck().all()) {
    database.exec(`DROP TRIGGER ${name}`);
  }
  change(database);
  database.close();
  return check(badPath);
}

test('a sound ledger holds, and everything in it was checked', () => {
  const entries = 1 + GROUPS * GROUP;
  const report = check(soundPath);
  expect(report).toEqual({
    ok: true,
    entries,
    // n minus the number of 1 bits of n: 85 = 0b1010101.
    checkedNodes: entries - 4,
    checkedCheckpoints: 1 + GROUPS,
    checkedSignatures: 1 + GROUPS + GROUPS * (GROUP - 1),
    readings: GROUPS * (GROUP - 1),
    gaps: GROUPS,
    keys: [{ verifierKey: testKey.verifierKey, how: 'genesis', entryIndex: 0 }],
  });
  expect(check(soundPath, undefined).ok).toBe(true);
});

test(`any single changed byte of an entry is found, with its index (seed ${SEED})`, () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 }), (pick, at, mask) => {
      const index = pick % (1 + GROUPS * GROUP);
      const report = tamper((database) => flip(database, 'entries', 'idx', index, 'bytes', at, mask));
      expect(report.ok).toBe(false);
      expect(report.firstBad?.index).toBe(index);
      expect(report.firstBad?.message).toContain(`ntry ${index}`);
    }),
    { seed: SEED, numRuns: 40 },
  );
});

test(`any single changed byte of a leaf hash, node or checkpoint is found (seed ${SEED})`, () => {
  const cells = [
    { table: 'entries', key: 'idx', column: 'leaf_hash', code: 'LED_FSCK_ENTRY' },
    { table: 'nodes', key: 'position', column: 'hash', code: 'LED_FSCK_NODE' },
    { table: 'checkpoints', key: 'size', column: 'root', code: 'LED_FSCK_CHECKPOINT' },
    { table: 'checkpoints', key: 'size', column: 'signature', code: 'LED_FSCK_CHECKPOINT' },
  ] as const;
  fc.assert(
    fc.property(
      fc.constantFrom(...cells),
      fc.nat(),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (cell, pick, at, mask) => {
        let key = 0;
        const report = tamper((database) => {
          const keys = database.prepare(`SELECT ${cell.key} FROM ${cell.table}`).pluck().all() as number[];
          key = keys[pick % keys.length] as number;
          flip(database, cell.table, cell.key, key, cell.column, at, mask);
        });
        expect(report.firstBad?.code).toBe(cell.code);
        if (cell.table === 'entries') expect(report.firstBad?.index).toBe(key);
        if (cell.table === 'checkpoints') expect(report.firstBad?.index).toBe(key - 1);
      },
    ),
    { seed: SEED, numRuns: 40 },
  );
});

test('any changed column of a projection row is found, with its index', () => {
  const changes = {
    readings: {
      unit_id: "'unitX'",
      from_ms: 'from_ms + 1',
      to_ms: 'to_ms - 1',
      status: "'REJECTED'",
      trust_score: 'trust_score + 0.0001',
      energy_wh: 'energy_wh + 1',
      energy_import_wh: 'NULL',
      energy_source: "'estimated'",
      coverage: '0.5',
    },
    gaps: {
      unit_id: "'unitX'",
      from_ms: 'from_ms + 1',
      to_ms: 'to_ms - 1',
      reason: "'none'",
      treatment: "'other'",
      energy_wh: '11',
      reading_idx: '3',
      missing_ms: 'missing_ms - 2',
    },
  };
  let checked = 0;
  for (const [table, columns] of Object.entries(changes)) {
    for (const [column, value] of Object.entries(columns)) {
      let index = 0;
      const report = tamper((database) => {
        index = database
          .prepare(`SELECT idx FROM ${table} LIMIT 1 OFFSET ?`)
          .pluck()
          .get(3 + (checked % 5)) as number;
        database.exec(`UPDATE ${table} SET ${column} = ${value} WHERE idx = ${index}`);
      });
      expect(report.firstBad, `${table}.${column}`).toMatchObject({ index, code: 'LED_FSCK_PROJECTION' });
      expect(report.entries).toBe(index);
      checked += 1;
    }
  }
  expect(checked).toBe(17);
});

test.each([
  ['an entry is removed', 'DELETE FROM entries WHERE idx = 30', 30, 'LED_FSCK_HOLE'],
  ['the last entry is removed', 'DELETE FROM entries WHERE idx = 84', 84, 'LED_FSCK_PROJECTION'],
  ['an entry is renumbered', 'UPDATE entries SET idx = 500 WHERE idx = 84', 84, 'LED_FSCK_HOLE'],
  ['two entries are exchanged', exchange(10, 11), 10, 'LED_FSCK_FORM'],
  ['an entry changes its kind', "UPDATE entries SET kind = 'stop' WHERE idx = 8", 8, 'LED_FSCK_FORM'],
  ['a node is removed', 'DELETE FROM nodes WHERE position = 20', 23, 'LED_FSCK_NODE'],
  ['a node is renumbered', 'UPDATE nodes SET position = 1000 WHERE position = 80', 83, 'LED_FSCK_NODE'],
  ['a node is added', 'INSERT INTO nodes VALUES (81, zeroblob(32))', 85, 'LED_FSCK_NODE'],
  ['the newest checkpoint is removed', 'DELETE FROM checkpoints WHERE size = 85', 84, 'LED_FSCK_CHECKPOINT'],
  ['a checkpoint is renumbered', 'UPDATE checkpoints SET size = 30 WHERE size = 29', 29, 'LED_FSCK_CHECKPOINT'],
  [
    'a checkpoint is added',
    'INSERT INTO checkpoints VALUES (90, zeroblob(32), zeroblob(64))',
    85,
    'LED_FSCK_CHECKPOINT',
  ],
  ['a reading row is removed', 'DELETE FROM readings WHERE idx = 9', 9, 'LED_FSCK_PROJECTION'],
  ['a gap row is removed', 'DELETE FROM gaps WHERE idx = 8', 8, 'LED_FSCK_PROJECTION'],
  [
    'a reading row is added',
    "INSERT INTO readings SELECT 8, 'x', 0, 1, status, 1, 1, 1, '', 1, NULL FROM readings LIMIT 1",
    8,
    'LED_FSCK_PROJECTION',
  ],
  [
    'a row is added at the end',
    "INSERT INTO gaps VALUES (999, 'unit1', 0, 1, 'x', 'not-credited', 7, 5, 1)",
    999,
    'LED_FSCK_PROJECTION',
  ],
])('%s: found', (_, sql, index, code) => {
  const report = tamper((database) => database.exec(sql));
  expect(report.firstBad).toMatchObject({ index, code });
});

function exchange(a: number, b: number): string {
  return `UPDATE entries SET idx = -1 WHERE idx = ${a}; UPDATE entries SET idx = ${a} WHERE idx = ${b};
    UPDATE entries SET idx = ${b} WHERE idx = -1`;
}

test('a ledger rewritten by somebody without the device key does not hold', () => {
  const forger = deviceKeyFromSeed(Buffer.alloc(32, 1), 'HP-001');
  const report = check(soundPath, forger.verifierKey);
  expect(report.firstBad).toMatchObject({ index: 0, code: 'LED_FSCK_KEY' });
  const path = join(folder, 'unsigned.sqlite');
  const store = openStore(path, { access: 'write' });
  const recorder = testRecorder(store);
  recorder.record([testGenesis, benchReading(1, testKey), benchReading(2, forger)]);
  store.close();
  expect(check(path).firstBad).toMatchObject({ index: 2, code: 'LED_FSCK_SIGNATURE' });
});

test('a checkpoint kept elsewhere must be a beginning of the ledger, at any size', () => {
  const store = openStore(soundPath, { access: 'read' });
  const reader = ledgerReader(store);
  const size = 1 + GROUPS * GROUP;
  try {
    for (const kept of [0, 1, 30, 57, size]) {
      const { fromRoot: root } = proveConsistency(reader, kept);
      expect(fsck(reader, { keptCheckpoint: { size: kept, root } })).toMatchObject({ ok: true, extendsSize: kept });
      const other = Buffer.from(root).reverse();
      expect(fsck(reader, { keptCheckpoint: { size: kept, root: other } }).firstBad).toMatchObject({
        index: Math.max(0, kept - 1),
        code: 'LED_FSCK_KEPT',
      });
    }
    const longer = { size: size + 1, root: Buffer.alloc(32, 5) };
    expect(fsck(reader, { keptCheckpoint: longer }).firstBad).toMatchObject({ index: size, code: 'LED_FSCK_KEPT' });
  } finally {
    store.close();
  }
});

test('a changed byte in an index of the file is found by the file check', () => {
  const report = tamper((database) => {
    database.unsafeMode(true);
    database.pragma('writable_schema = ON');
    database.exec(
      "UPDATE sqlite_schema SET sql = replace(sql, '(unit_id, from_ms)', '(unit_id, to_ms)') WHERE name = 'gaps_by_unit'",
    );
  });
  expect(report.firstBad?.code).toBe('LED_FSCK_FILE');
});

function flip(
  database: Database.Database,
  table: string,
  keyColumn: string,
  key: number,
  column: string,
  at: number,
  mask: number,
): void {
  const bytes = database.prepare(`SELECT ${column} FROM ${table} WHERE ${keyColumn} = ?`).pluck().get(key) as Buffer;
  const offset = at % bytes.length;
  bytes[offset] = (bytes[offset] as number) ^ mask;
  database.prepare(`UPDATE ${table} SET ${column} = ? WHERE ${keyColumn} = ?`).run(bytes, key);
}

test.each([
  ['of an unknown kind', { kind: 'oracle' }, 'is of the unknown kind "oracle"'],
  ['of a later version', { body: { ...testGap(1).body, v: 3 } }, 'is a gap of version 3'],
])('an entry %s is refused by the check, by the reader of entries and by the recorder', (_, change, words) => {
  const path = join(folder, `future-${words.length}.sqlite`);
  const store = openStore(path, { access: 'write' });
  const recorder = testRecorder(store);
  // As a later Forebay would write it: sound in every hash and signature.
  recorder.record([testGenesis, { ...testGap(1), ...change } as NewEntry]);
  const expected = { code: 'LED_FROM_FUTURE', message: expect.stringContaining(words) };
  expect(fsck(ledgerReader(store)).firstBad).toMatchObject({ index: 1, ...expected });
  expect(() => readEntry(store, 1)).toThrow(expect.objectContaining(expected));
  expect(() => testRecorder(store)).toThrow(expect.objectContaining(expected));
  store.close();
});
