import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { benchReading } from '../../tests/bench/ledger-readings.ts';
import { testGenesis, testKey, testRecorder } from '../../tests/fixtures/ledger.ts';
import { canonicalize } from '../ledger/canonical.ts';
import type { NewEntry } from '../ledger/entry.ts';
import { fsck } from '../ledger/fsck.ts';
import type { JsonObject } from '../model/json.ts';
import { ledgerReader } from './ledger-store.ts';
import { MIGRATIONS, migrate } from './migrate.ts';
import { APPLICATION_ID, openStore } from './open-store.ts';
import { bodySha256Of, lastGapEnd, readingIndexHolding, readingIndexWithNonce } from './pushes.ts';
import { SqliteStore } from './sqlite-store.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forebay-pushes-'));
  path = join(folder, 'ledger.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Reading `n` as if it had been pushed. */
function pushedReading(n: number, sha256: string, nonce?: string): NewEntry {
  const { kind, body } = benchReading(n, testKey);
  const how = { receivedAt: '2026-01-01T00:05:00.123Z', form: 'flat', timeFrom: 'sender' };
  const push = { ...how, bodySha256: sha256, ...(nonce === undefined ? {} : { nonce }) };
  const reading = { ...(body.reading as JsonObject), unitId: 'unit7', push };
  const signature = Buffer.from(testKey.sign(Buffer.from(canonicalize(reading), 'utf8'))).toString('base64');
  return { kind, body: { ...body, reading, signature } };
}

test('digest and nonce of a push are there with its entry, and a nonce comes once for each unit', () => {
  const store = openStore(path, { access: 'write' });
  const recorder = testRecorder(store);
  recorder.record([testGenesis, benchReading(0, testKey), pushedReading(6, 'ab'.repeat(32), 'n-1')]);
  const unitId = 'unit7';
  expect(bodySha256Of(store, 1)).toBeUndefined();
  expect(bodySha256Of(store, 2)).toBe('ab'.repeat(32));
  expect(readingIndexWithNonce(store, unitId, 'n-1')).toBe(2);
  expect(readingIndexWithNonce(store, 'other', 'n-1')).toBeUndefined();
  const again = (): unknown => recorder.record([pushedReading(12, 'cd'.repeat(32), 'n-1')]);
  expect(again).toThrow(expect.objectContaining({ code: 'STO_CONFLICT' }));
  expect(recorder.head().size).toBe(3);
  expect(lastGapEnd(store, unitId)).toBeUndefined();
  store.close();
});

test.each([
  ['another nonce', "UPDATE pushes SET nonce = 'n-2'", 2],
  ['a nonce that is taken away', 'UPDATE pushes SET nonce = NULL', 2],
  ['another digest', 'UPDATE pushes SET body_sha256 = zeroblob(32)', 2],
  ['a row that is removed', 'DELETE FROM pushes', 2],
  ['a row of a reading that was polled', "INSERT INTO pushes VALUES (1, 'unit7', zeroblob(32), 'n-3')", 1],
])('fsck finds %s', (_, sql, index) => {
  const store = openStore(path, { access: 'write' });
  testRecorder(store).record([testGenesis, benchReading(0, testKey), pushedReading(6, 'ab'.repeat(32), 'n-1')]);
  const check = () => fsck(ledgerReader(store), { verifierKey: testKey.verifierKey });
  expect(check()).toMatchObject({ ok: true, readings: 2 });
  store.run(sql);
  expect(check().firstBad).toMatchObject({ code: 'LED_FSCK_PROJECTION', index });
  store.close();
});

test('a moment belongs to the reading that ends with it, not to the one that begins', () => {
  const store = openStore(path, { access: 'write' });
  testRecorder(store).record([testGenesis, benchReading(0, testKey)]);
  const reading = (benchReading(0, testKey).body as { reading: { unitId: string; from: string; to: string } }).reading;
  const [fromMs, toMs] = [Date.parse(reading.from), Date.parse(reading.to)];
  const at = (utcMs: number): number | undefined => readingIndexHolding(store, reading.unitId, utcMs);
  expect([at(fromMs), at(fromMs + 1), at(toMs), at(toMs + 1)]).toEqual([undefined, 1, 1, undefined]);
  store.close();
});

test('a store from before pushes gains their table and keeps what it holds', () => {
  const older = new Database(path);
  older.pragma(`application_id = ${APPLICATION_ID}`);
  migrate(
    new SqliteStore(older, path),
    MIGRATIONS.filter(({ version }) => version < 50),
  );
  older.exec("INSERT INTO meta VALUES ('kept', 'from before')");
  older.close();
  const store = openStore(path, { access: 'write' });
  expect(store.get('PRAGMA user_version')).toEqual({ user_version: MIGRATIONS.at(-1)?.version });
  expect(store.get('SELECT value FROM meta')).toEqual({ value: 'from before' });
  testRecorder(store).record([testGenesis, pushedReading(0, 'ef'.repeat(32), 'n-9')]);
  expect(bodySha256Of(store, 1)).toBe('ef'.repeat(32));
  const short = (): unknown => store.run("INSERT INTO pushes VALUES (0, 'unit1', x'00', NULL)");
  expect(short).toThrow(expect.objectContaining({ code: 'STO_CONFLICT' }));
  store.close();
});
