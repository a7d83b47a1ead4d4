import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { benchReading } from '../../tests/bench/ledger-readings.ts';
import { testGap, testGenesis, testKey, testRecorder } from '../../tests/fixtures/ledger.ts';
import { checkHashes, type HashReport } from '../ledger/check-hashes.ts';
import { deviceKeyFromSeed } from '../ledger/device-key.ts';
import { makeKeyEntry } from '../ledger/key-entry.ts';
import { createRecorder } from '../ledger/recorder.ts';
import { ledgerReader, ledgerStorage } from './ledger-store.ts';
import { openStore } from './open-store.ts';

let folder: string;
let soundPath: string;

/** 12 entries in three writes; the last one, index 11, puts another key in force. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'forebay-hashes-'));
  soundPath = join(folder, 'sound.db');
  const store = openStore(soundPath, { access: 'write' });
  const recorder = testRecorder(store);
  recorder.record([testGenesis]);
  recorder.record([...Array.from({ length: 9 }, (_, n) => benchReading(n, testKey)), testGap(20)]);
  const newKey = deviceKeyFromSeed(Buffer.alloc(32, 4), '', testKey.name);
  const entry = makeKeyEntry({ newKey, oldKey: testKey, head: recorder.head(), reason: 'a test', by: 'Asha' });
  const parts = { storage: ledgerStorage(store), clock: { wallMs: () => 1_790_000_100_000 } };
  createRecorder({ ...parts, key: newKey, replacing: [testKey] }).record([entry]);
  store.run('PRAGMA wal_checkpoint(TRUNCATE)');
  store.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function check(path: string, verifierKey = testKey.verifierKey): HashReport {
  const store = openStore(path, { access: 'read' });
  try {
    return checkHashes(ledgerReader(store), { verifierKey });
  } finally {
    store.close();
  }
}

function tamper(sql: string): HashReport {
  const path = join(folder, 'bad.db');
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
  copyFileSync(soundPath, path);
  const database = new Database(path);
  database.pragma('foreign_keys = OFF');
  database.pragma('ignore_check_constraints = ON');
  for (const name of database.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").pluck().all()) {
    database.exec(`DROP TRIGGER ${name}`);
  }
  database.exec(sql);
  database.close();
  return check(path);
}

test('a sound ledger holds, over a change of the key too', () => {
  // 12 = 0b1100 leaves have completed 12 - 2 nodes.
  expect(check(soundPath)).toEqual({
    ok: true,
    entries: 12,
    checkedNodes: 10,
    checkedCheckpoints: 3,
    keys: [
      { verifierKey: testKey.verifierKey, how: 'genesis', entryIndex: 0 },
      expect.objectContaining({ entryIndex: 11 }),
    ],
  });
  const stranger = deviceKeyFromSeed(Buffer.alloc(32, 8), 'HP-001').verifierKey;
  expect(check(soundPath, stranger).firstBad).toMatchObject({ index: 0, code: 'LED_FSCK_KEY' });
});

/** The first byte of entry 4 stands at the end of entry 3, and so do those of their hashes. */
const CUT_ELSEWHERE = `
  UPDATE entries SET bytes = CAST(bytes || (SELECT substr(bytes, 1, 1) FROM entries WHERE idx = 4) AS BLOB),
    leaf_hash = CAST(leaf_hash || (SELECT substr(leaf_hash, 1, 1) FROM entries WHERE idx = 4) AS BLOB) WHERE idx = 3;
  UPDATE entries SET bytes = substr(bytes, 2), leaf_hash = substr(leaf_hash, 2) WHERE idx = 4`;

test('a sound ledger is read in packed runs, and rows one by one only to name what does not hold', () => {
  const store = openStore(soundPath, { access: 'read' });
  const reader = ledgerReader(store);
  try {
    const rows = [...reader.entries(2, 9)];
    const run = reader.packed(2, 9);
    expect(run?.ends).toEqual(rows.map((_, i) => Buffer.concat(rows.slice(0, i + 1).map(({ bytes }) => bytes)).length));
    expect(Buffer.from(run?.bytes ?? [])).toEqual(Buffer.concat(rows.map(({ bytes }) => bytes)));
    expect(Buffer.from(run?.leafHashes ?? [])).toEqual(Buffer.concat(rows.map(({ leafHash }) => leafHash)));
    const rowByRow = () => {
      throw new Error('read row by row');
    };
    expect(checkHashes({ ...reader, entries: rowByRow, nodes: rowByRow, checkpoints: rowByRow }).ok).toBe(true);
  } finally {
    store.close();
  }
});

test.each([
  [
    "UPDATE entries SET bytes = CAST(replace(CAST(bytes AS TEXT), 'HP-001', 'HP-002') AS BLOB) WHERE idx = 4",
    4,
    'ENTRY',
  ],
  ['DELETE FROM entries WHERE idx = 5', 5, 'HOLE'],
  ['UPDATE entries SET leaf_hash = zeroblob(32) WHERE idx = 6', 6, 'ENTRY'],
  ['UPDATE nodes SET hash = zeroblob(32) WHERE position = 3', 5, 'NODE'],
  ['DELETE FROM nodes WHERE position = 9', 11, 'NODE'],
  ['INSERT INTO nodes VALUES (10, zeroblob(32))', 12, 'NODE'],
  ['UPDATE checkpoints SET root = zeroblob(32) WHERE size = 11', 10, 'CHECKPOINT'],
  ['UPDATE checkpoints SET signature = zeroblob(64) WHERE size = 12', 11, 'CHECKPOINT'],
  ['DELETE FROM checkpoints WHERE size = 12', 11, 'CHECKPOINT'],
  ['INSERT INTO checkpoints VALUES (13, zeroblob(32), zeroblob(64))', 12, 'CHECKPOINT'],
  ['DELETE FROM entries WHERE idx > 6', 7, 'NODE'],
  ['INSERT INTO nodes VALUES (-1, zeroblob(32))', 1, 'NODE'],
  ['INSERT INTO checkpoints VALUES (0, zeroblob(32), zeroblob(64))', 12, 'CHECKPOINT'],
  ["UPDATE entries SET bytes = CAST(bytes || x'20' AS BLOB) WHERE idx = 7", 7, 'ENTRY'],
  // Bytes and hashes that together are the same as before, cut at another place.
  [CUT_ELSEWHERE, 3, 'ENTRY'],
])('%s: found', (sql, index, code) => {
  const { ok, firstBad } = tamper(sql);
  expect(ok).toBe(false);
  expect(firstBad).toMatchObject({ index, code: `LED_FSCK_${code}` });
});
