import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, expect, test } from 'vitest';
import { writeLogAnew } from './write-log-anew.ts';

const folder = mkdtempSync(join(tmpdir(), 'forebay-log-'));
const path = join(folder, 'store.db');

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('the log is written over itself, byte for byte, and waits for whoever writes', () => {
  const writer = new Database(path);
  writer.pragma('journal_mode = WAL');
  writer.exec('CREATE TABLE t (a BLOB)');
  writer.prepare('INSERT INTO t VALUES (?)').run(Buffer.alloc(2_500_000, 7));
  const before = readFileSync(`${path}-wal`);
  expect(before.length).toBeGreaterThan(2_500_000);
  const other = new Database(path, { timeout: 0 });
  writer.exec('BEGIN IMMEDIATE');
  expect(() => writeLogAnew(other, path)).toThrow(/locked/);
  writer.exec('COMMIT');
  const changedBefore = statSync(`${path}-wal`, { bigint: true }).mtimeNs;
  writeLogAnew(other, path);
  expect(statSync(`${path}-wal`, { bigint: true }).mtimeNs).toBeGreaterThan(changedBefore);
  expect(readFileSync(`${path}-wal`).equals(before)).toBe(true);
  expect(other.inTransaction).toBe(false);
  writer.exec('INSERT INTO t VALUES (1)');
  expect(other.prepare('SELECT count(*) FROM t').pluck().get()).toBe(2);
  other.close();
  writer.close();
});

test('a store without a log needs nothing', () => {
  const database = new Database(':memory:');
  expect(() => writeLogAnew(database, join(folder, 'absent.db'))).not.toThrow();
  database.close();
});
