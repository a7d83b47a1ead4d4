import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { testGap, testGenesis, testRecorder } from '../../tests/fixtures/ledger.ts';
import type { WritableStore } from './handle.ts';
import { ledgerReader } from './ledger-store.ts';
import { MIGRATIONS, migrate } from './migrate.ts';
import { openStore } from './open-store.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forebay-store-'));
  path = join(folder, 'data', 'forebay.sqlite');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const failure = (code: string, exitCode: number): unknown => expect.objectContaining({ code, exitCode });

test('creates the folder and a store that survives power cuts', () => {
  const store = openStore(path, { access: 'write' });
  expect(store.get('SELECT journal_mode FROM pragma_journal_mode')).toEqual({ journal_mode: 'wal' });
  expect(store.get('PRAGMA synchronous')).toEqual({ synchronous: 2 });
  expect(store.get('PRAGMA foreign_keys')).toEqual({ foreign_keys: 1 });
  expect(store.get('PRAGMA trusted_schema')).toEqual({ trusted_schema: 0 });
  expect(store.get('PRAGMA application_id')).toEqual({ application_id: 0x46424159 });
  expect(store.get('PRAGMA user_version')).toEqual({ user_version: MIGRATIONS.at(-1)?.version });
  const loose = store.all(
    'SELECT name FROM pragma_table_list WHERE schema = ? AND type = ? AND NOT strict AND name NOT LIKE ?',
    'main',
    'table',
    'sqlite_%',
  );
  expect(loose).toEqual([]);
  store.close();
});

test('entries, nodes and checkpoints refuse to be changed, replaced or deleted', () => {
  const store = openStore(path, { access: 'write' });
  const recorder = testRecorder(store);
  recorder.record([testGenesis, testGap(1), testGap(2)]);
  const attempts = [
    "UPDATE entries SET kind = 'stop' WHERE idx = 1",
    'DELETE FROM entries WHERE idx = 2',
    "INSERT OR REPLACE INTO entries VALUES (1, 'stop', x'00', zeroblob(32))",
    'UPDATE nodes SET hash = zeroblob(32)',
    'DELETE FROM nodes',
    'INSERT OR REPLACE INTO nodes VALUES (0, zeroblob(32))',
    'UPDATE checkpoints SET size = 9',
    'DELETE FROM checkpoints',
    'INSERT OR REPLACE INTO checkpoints VALUES (3, zeroblob(32), zeroblob(64))',
  ];
  for (const sql of attempts) {
    expect(() => store.run(sql), sql).toThrow(expect.objectContaining({ code: 'STO_APPEND_ONLY' }));
  }
  store.close();
});

test('a read handle reads while a writer writes and when none runs, and writes nothing', () => {
  const writer = openStore(path, { access: 'write' });
  const recorder = testRecorder(writer);
  recorder.record([testGenesis]);
  const reader = openStore(path, { access: 'read' });
  const ledger = ledgerReader(reader);
  ledger.snapshot(() => {
    expect(ledger.size()).toBe(1);
    recorder.record([testGap(1)]);
    expect(ledger.size()).toBe(1);
  });
  expect(ledger.size()).toBe(2);
  expect(() => reader.get("INSERT INTO meta VALUES ('a', 'b') RETURNING key")).toThrow('a reading statement');
  expect(() => reader.all('DELETE FROM meta')).toThrow('a reading statement');
  expect(() => [...reader.rows('DELETE FROM meta')]).toThrow('a reading statement');
  // The handle's type has no such method; the file refuses as well.
  expect(() => (reader as WritableStore).run('DELETE FROM meta')).toThrow(
    expect.objectContaining({ code: 'STO_NOT_WRITABLE' }),
  );
  writer.close();
  reader.close();
  const alone = openStore(path, { access: 'read' });
  expect(ledgerReader(alone).size()).toBe(2);
  alone.close();
});

test('migrations run once, in order, each with its version, and a failed one leaves no trace', () => {
  const store = openStore(path, { access: 'write' });
  const versions = MIGRATIONS.map(({ version }) => version);
  expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b));
  const next = { version: 1000, apply: (write: WritableStore) => void write.run('CREATE TABLE extra (a) ') };
  const broken = {
    version: 1010,
    apply: (write: WritableStore) => {
      write.run('CREATE TABLE half (a)');
      write.run('CREATE TABLE half (a)');
    },
  };
  expect(() => migrate(store, [...MIGRATIONS, next, broken])).toThrow('half');
  expect(store.get('PRAGMA user_version')).toEqual({ user_version: 1000 });
  expect(store.get("SELECT 1 FROM sqlite_schema WHERE name = 'half'")).toBeUndefined();
  store.close();
  expect(() => openStore(path, { access: 'write' })).toThrow(failure('STO_FROM_FUTURE', 4));
  expect(() => openStore(path, { access: 'read' })).toThrow(failure('STO_FROM_FUTURE', 4));
});

test('says what is wrong with the file in one sentence', () => {
  expect(() => openStore(path, { access: 'read' })).toThrow(failure('STO_ABSENT', 2));
  const foreign = join(folder, 'foreign.sqlite');
  new Database(foreign).exec('CREATE TABLE t (a)').close();
  expect(() => openStore(foreign, { access: 'write' })).toThrow(failure('STO_FOREIGN', 2));
  const text = join(folder, 'text.sqlite');
  writeFileSync(text, 'this is no database, it is a text '.repeat(100));
  expect(() => openStore(text, { access: 'write' })).toThrow(failure('STO_DAMAGED', 4));
  expect(() => openStore(text, { access: 'read' })).toThrow(failure('STO_DAMAGED', 4));
  expect(() => openStore(join(text, 'forebay.sqlite'), { access: 'write' })).toThrow(failure('STO_NOT_WRITABLE', 2));
  expect(() => openStore('/proc/forebay.sqlite', { access: 'write' })).toThrow(failure('STO_NOT_WRITABLE', 2));
  expect(() => openStore('/proc/forebay/forebay.sqlite', { access: 'write' })).toThrow(failure('STO_NOT_WRITABLE', 2));
});

test('a store whose pages were overwritten is reported as damaged', () => {
  const store = openStore(path, { access: 'write' });
  testRecorder(store).record([testGenesis, ...Array.from({ length: 300 }, (_, i) => testGap(i))]);
  store.close();
  const bytes = readFileSync(path);
  bytes.fill(0x5a, 8192, 5 * 8192);
  writeFileSync(path, bytes);
  expect(() => {
    const damaged = openStore(path, { access: 'write' });
    try {
      return [...ledgerReader(damaged).entries(0, 1000)];
    } finally {
      damaged.close();
    }
  }).toThrow(failure('STO_DAMAGED', 4));
});

test('a full disk fails with one sentence, keeps nothing of the write, and recording goes on after', () => {
  const store = openStore(path, { access: 'write' });
  const recorder = testRecorder(store);
  recorder.record([testGenesis, testGap(0)]);
  const before = recorder.head();
  const pages = store.get<{ page_count: number }>('PRAGMA page_count')?.page_count ?? 0;
  store.get(`PRAGMA max_page_count = ${pages + 4}`);
  const many = Array.from({ length: 2000 }, (_, i) => testGap(i + 1));
  expect(() => recorder.record(many)).toThrow(failure('STO_FULL', 1));
  expect(recorder.head()).toBe(before);
  expect(ledgerReader(store).size()).toBe(2);
  store.get('PRAGMA max_page_count = 1000000');
  expect(recorder.record(many).at(-1)?.index).toBe(2001);
  expect(ledgerReader(store).latestCheckpoint()?.size).toBe(2002);
  store.close();
});

test('waits for no one for ever: a store that another program holds is reported as locked', () => {
  openStore(path, { access: 'write' }).close();
  const other = new Database(path);
  other.pragma('locking_mode = EXCLUSIVE');
  other.exec('BEGIN EXCLUSIVE');
  expect(() => openStore(path, { access: 'write' })).toThrow(failure('STO_LOCKED', 1));
  other.close();
});
