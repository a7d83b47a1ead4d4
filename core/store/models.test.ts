import { hash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { benchReading } from '../../tests/bench/ledger-readings.ts';
import { testGenesis, testKey, testRecorder } from '../../tests/fixtures/ledger.ts';
import { fingerprintOf } from '../acquisition/fingerprint.ts';
import type { Reading } from '../acquisition/reading.ts';
import type { NewEntry } from '../ledger/entry.ts';
import { fsck } from '../ledger/fsck.ts';
import type { WritableStore } from './handle.ts';
import { ledgerReader } from './ledger-store.ts';
import { insertModel, modelEntryInForce, soundModelText } from './models.ts';
import { openStore } from './open-store.ts';
import { findOriginal, firstIndexOfLatest } from './readings.ts';
import { UNDO_SINCE_REVIEWS } from './undo-since-reviews.testing.ts';

let folder: string;
let path: string;
let store: WritableStore;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forebay-models-'));
  path = join(folder, 'ledger.db');
  store = openStore(path, { access: 'write' });
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

const check = () => fsck(ledgerReader(store), { verifierKey: testKey.verifierKey });
const digestOf = (text: string): string => `sha256:${hash('sha256', text, 'hex')}`;
const learned = { trainedFrom: '2026-01-01T00:00:00.000Z', trainedTo: '2026-02-01T00:00:00.000Z', readings: 900 };
const put = { basis: `sha256:${'b'.repeat(64)}`, reason: 'commissioning', by: 'asha' };
const modelEntry = (unitId: string, digest: string): NewEntry => ({
  kind: 'model',
  body: { v: 1, unitId, digest, ...learned, ...put },
});

/** Changes the file behind the triggers that refuse it. */
function tamper(sql: string): void {
  store.close();
  const database = new Database(path);
  database.exec(`DROP TRIGGER models_refuse_update; DROP TRIGGER models_refuse_delete; ${sql}`);
  database.close();
  store = openStore(path, { access: 'write' });
}

function recordTwoModels(): { first: string; second: string } {
  const [first, second] = [digestOf('{"v":1}'), digestOf('{"v":1,"unitId":"unit2"}')];
  const recorder = testRecorder(store);
  recorder.record([testGenesis]);
  recorder.record([modelEntry('unit1', first)], (write) =>
    insertModel(write, { digest: first, unitId: 'unit1', text: '{"v":1}' }),
  );
  recorder.record([modelEntry('unit2', second)], (write) =>
    insertModel(write, { digest: second, unitId: 'unit2', text: '{"v":1,"unitId":"unit2"}' }),
  );
  return { first, second };
}

test('the model in force is the one of the latest entry of its unit', () => {
  const { first } = recordTwoModels();
  expect(modelEntryInForce(store, 'unit1', 99)).toMatchObject({ index: 1, body: { digest: first } });
  expect(modelEntryInForce(store, 'unit1', 1)).toBeUndefined();
  expect(modelEntryInForce(store, 'unit3', 99)).toBeUndefined();
  expect(soundModelText(store, first)).toBe('{"v":1}');
  expect(check()).toMatchObject({ ok: true, entries: 3 });
});

test('a model is kept once however often it is put in force, and never changed or deleted', () => {
  const { first } = recordTwoModels();
  insertModel(store, { digest: first, unitId: 'unit1', text: '{"v":1}' });
  expect(store.get('SELECT count(*) AS kept FROM models')).toEqual({ kept: 2 });
  expect(() => store.run('DELETE FROM models')).toThrow(/never changed or deleted/);
  expect(() => store.run("UPDATE models SET text = 'x'")).toThrow(/never changed or deleted/);
});

test.each([
  ['another text', `UPDATE models SET text = '{"v":2}' WHERE unit_id = 'unit1'`, 1],
  ['another unit', "UPDATE models SET unit_id = 'unit1' WHERE unit_id = 'unit2'", 2],
  ['no text', "DELETE FROM models WHERE unit_id = 'unit2'", 2],
  ['a model that no entry names', `INSERT INTO models VALUES ('${digestOf('x')}', 'unit1', 'x')`, 3],
])('fsck finds %s', (_, sql, index) => {
  recordTwoModels();
  tamper(sql);
  expect(check().firstBad).toMatchObject({ code: 'LED_FSCK_MODEL', index });
});

test('a damaged model is not handed out', () => {
  const { first } = recordTwoModels();
  tamper(`UPDATE models SET text = '{"v":2}' WHERE unit_id = 'unit1'`);
  expect(soundModelText(store, first)).toBeUndefined();
});

test('a store from before fingerprints gains them from its entries, and finds originals by them', () => {
  testRecorder(store).record([testGenesis, ...[0, 1, 2].map((n) => benchReading(n, testKey))]);
  tamper(
    `${UNDO_SINCE_REVIEWS}; DROP TABLE models; DROP INDEX readings_by_fingerprint; ALTER TABLE readings DROP COLUMN fingerprint; PRAGMA user_version = 60`,
  );
  expect(store.all('SELECT fingerprint FROM readings WHERE fingerprint IS NOT NULL')).toHaveLength(3);
  const reading = benchReading(1, testKey).body.reading as unknown as Reading;
  const fingerprint = fingerprintOf(reading) ?? 0;
  expect(findOriginal(store, reading.unitId, fingerprint, 0)).toBe(Date.parse(reading.from));
  expect(findOriginal(store, reading.unitId, fingerprint, Date.parse(reading.from))).toBeUndefined();
  expect(findOriginal(store, 'unit9', fingerprint, 0)).toBeUndefined();
  expect(check()).toMatchObject({ ok: true, readings: 3 });
  store.run('UPDATE readings SET fingerprint = fingerprint + 1 WHERE idx = 2');
  expect(check().firstBad).toMatchObject({ code: 'LED_FSCK_PROJECTION', index: 2 });
});

test('the latest readings of a unit begin at an index', () => {
  // Of four units in turn.
  testRecorder(store).record([testGenesis, ...[0, 1, 2, 3, 4].map((n) => benchReading(n, testKey))]);
  expect(firstIndexOfLatest(store, 'unit1', 1)).toBe(5);
  expect(firstIndexOfLatest(store, 'unit1', 2)).toBe(1);
  expect(firstIndexOfLatest(store, 'unit1', 99)).toBe(1);
  expect(firstIndexOfLatest(store, 'unit1', 1, 5)).toBe(1);
  expect(firstIndexOfLatest(store, 'unit9', 5)).toBe(Number.MAX_SAFE_INTEGER);
});
