import { hash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { benchReading } from '../../tests/bench/ledger-readings.ts';
import { FLAG, judgedReading } from '../../tests/fixtures/judged-reading.ts';
import { testGap, testGenesis, testKey, testRecorder } from '../../tests/fixtures/ledger.ts';
import { canonicalize } from '../ledger/canonical.ts';
import type { NewEntry } from '../ledger/entry.ts';
import { fsck } from '../ledger/fsck.ts';
import { type Rebuilt, rebuildProjections } from '../ledger/rebuild-projections.ts';
import type { JsonObject } from '../model/json.ts';
import { countDeliveries, enqueue, keptOutbox } from '../sync/kept-outbox.ts';
import type { WritableStore } from './handle.ts';
import { ledgerReader, projectionStore } from './ledger-store.ts';
import { openStore } from './open-store.ts';

const TABLES = ['readings', 'gaps', 'pushes', 'reviews', 'readings_to_decide'];

let folder: string;
let path: string;
let store: WritableStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forebay-rebuild-'));
  path = join(folder, 'ledger.db');
  store = openStore(path, { access: 'write' });
  const recorder = testRecorder(store);
  recorder.record([testGenesis, ...[0, 1, 2, 3].map((n) => benchReading(n, testKey)), testGap(9)]);
  recorder.record([
    pushed(benchReading(48, testKey)),
    judgedReading(60, { status: 'FLAGGED', finding: FLAG }, testKey),
  ]);
  recorder.record([judgedReading(64, { status: 'FLAGGED', finding: FLAG }, testKey), testGap(30)]);
  recorder.record([review(7)]);
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

function pushed({ kind, body }: NewEntry): NewEntry {
  const how = { receivedAt: '2026-01-01T00:05:00.123Z', form: 'flat', timeFrom: 'sender' };
  const reading = { ...(body.reading as JsonObject), push: { ...how, bodySha256: 'ab'.repeat(32), nonce: 'n-1' } };
  const signature = Buffer.from(testKey.sign(Buffer.from(canonicalize(reading), 'utf8'))).toString('base64');
  return { kind, body: { ...body, reading, signature } };
}

function review(readingIndex: number): NewEntry {
  const who = { by: 'Asha', account: 'key:1', role: 'operator', fourEyes: false };
  return { kind: 'review', body: { v: 1, readingIndex, unitId: 'unit1', decision: 'approve', reason: 'seen', ...who } };
}

const rows = (): unknown => TABLES.map((table) => [table, store.all(`SELECT * FROM ${table} ORDER BY 1`)]);
const check = () => fsck(ledgerReader(store), { verifierKey: testKey.verifierKey });
const rebuild = (): Rebuilt => rebuildProjections(ledgerReader(store), projectionStore(store));

/** Somebody with the file in hand and no regard for what refers to what. */
function damage(sql: string): void {
  store.close();
  const database = new Database(path);
  database.pragma('foreign_keys = OFF');
  database.pragma('ignore_check_constraints = ON');
  database.exec(sql);
  database.close();
  store = openStore(path, { access: 'write' });
}

test('rebuilding a sound store changes nothing of it', () => {
  const before = rows();
  expect(check()).toMatchObject({ ok: true });
  expect(rebuild()).toEqual({ entries: 11, readings: 7, gaps: 2, reviews: 1 });
  expect(rows()).toEqual(before);
  expect(store.all('SELECT idx FROM readings_to_decide')).toEqual([{ idx: 8 }]);
  expect(check()).toMatchObject({ ok: true });
});

test.each([
  ['readings', 'UPDATE readings SET energy_wh = energy_wh + 1 WHERE idx = 2'],
  ['readings', 'DELETE FROM readings WHERE idx = 3'],
  ['readings', 'UPDATE readings SET fingerprint = 12345 WHERE idx = 1'],
  [
    'readings',
    "INSERT INTO readings SELECT 99, 'unit9', 1, 2, status, trust_score, 5, 6, energy_source, 1, 7 FROM readings WHERE idx = 1",
  ],
  ['gaps', "UPDATE gaps SET reason = 'X' WHERE idx = 5"],
  ['gaps', 'DELETE FROM gaps'],
  ['pushes', "UPDATE pushes SET nonce = 'n-2'"],
  ['pushes', 'DELETE FROM pushes'],
  ['reviews', "UPDATE reviews SET decision = 'reject'"],
  ['reviews', 'DELETE FROM reviews'],
  ['readings_to_decide', 'DELETE FROM readings_to_decide'],
  ['readings_to_decide', "INSERT INTO readings_to_decide VALUES (1, 'unit1', 1)"],
  ['all of them', TABLES.map((table) => `DELETE FROM ${table};`).join(' ')],
])('%s: %s: found by the check, mended by rebuilding', (_, sql) => {
  const before = rows();
  damage(sql);
  expect(rows()).not.toEqual(before);
  expect(check().firstBad).toMatchObject({ code: 'LED_FSCK_PROJECTION' });
  rebuild();
  expect(rows()).toEqual(before);
  expect(check()).toMatchObject({ ok: true });
});

describe('the outbox', () => {
  const OUTBOX = ['batches', 'deliveries', 'delivery_sums', 'delivery_intents'];
  const outboxRows = (): unknown => OUTBOX.map((table) => [table, store.all(`SELECT * FROM ${table} ORDER BY 1, 2`)]);
  const states = (): unknown =>
    store.all('SELECT target, batch_idx AS batch, state, receipt_idx AS receipt FROM deliveries ORDER BY 1, 2');

  /** Two batches for two targets: the first was delivered to `file`, and to `hub` it was tried. */
  beforeEach(() => {
    const recorder = testRecorder(store);
    const targets = ['hub', 'file'];
    for (const [first, end] of [
      [0, 5],
      [5, 11],
    ] as const) {
      const index = recorder.head().size;
      const message = `{"end":${end}}`;
      const id = hash('sha256', message, 'hex');
      const batch = { index, id, message, first, end, size: index };
      const times = { from: '2026-01-01T00:00:00.000Z', to: '2026-01-01T01:00:00.000Z' };
      const toMs = Date.parse(times.to);
      const body = { v: 1, id, message, first, end, size: index, ...times, targets };
      recorder.record([{ kind: 'batch', body }], (write) => enqueue(write, batch, toMs, targets));
    }
    const outbox = keptOutbox({
      store,
      recordReceipt: (body, alongside) => {
        const index = recorder.head().size;
        recorder.record([{ kind: 'receipt', body }], (write) => alongside(write, index));
      },
    });
    const item = outbox.next('file', 'backlog', 0);
    if (item === undefined) throw new Error('the batch waits');
    outbox.begin(item);
    outbox.settle(item, { folder: 'usb' });
    const other = outbox.next('hub', 'backlog', 0);
    if (other === undefined) throw new Error('the batch waits');
    outbox.begin(other);
    outbox.keepIntent(other, Buffer.from('it may have arrived'));
  });

  const RESTORED = [
    { target: 'file', batch: 11, state: 'delivered', receipt: 13 },
    { target: 'file', batch: 12, state: 'unknown', receipt: null },
    { target: 'hub', batch: 11, state: 'unknown', receipt: null },
    { target: 'hub', batch: 12, state: 'unknown', receipt: null },
  ];

  test('a sound one is known as such, and after a rebuild the target is asked about all that has no receipt', () => {
    expect(check()).toMatchObject({ ok: true, entries: 14 });
    rebuild();
    expect(states()).toEqual(RESTORED);
    expect(store.all('SELECT target, batch_idx AS batch FROM delivery_intents')).toEqual([
      { target: 'hub', batch: 11 },
    ]);
    expect(countDeliveries(store, 'file')).toMatchObject({ waiting: 0, unknown: 1, delivered: 1 });
    expect(countDeliveries(store, 'hub')).toMatchObject({ waiting: 0, sending: 0, unknown: 2, delivered: 0 });
    expect(check()).toMatchObject({ ok: true });
    const once = outboxRows();
    rebuild();
    expect(outboxRows()).toEqual(once);
  });

  test.each([
    ['a batch that is gone', 'DELETE FROM batches WHERE idx = 12'],
    ['a batch with another end', 'UPDATE batches SET "end" = 10 WHERE idx = 12'],
    ['a batch with another message', "UPDATE batches SET message = '{}' WHERE idx = 11"],
    [
      'a batch of no entry',
      'INSERT INTO batches SELECT 3, zeroblob(32), message, 1, 2, 3, 4 FROM batches WHERE idx = 11',
    ],
    ['a delivery that is gone', "DELETE FROM deliveries WHERE target = 'hub' AND batch_idx = 12"],
    [
      'a delivery to a target that the batch was not sealed for',
      "INSERT INTO deliveries (target, batch_idx, state, bytes) VALUES ('stranger', 12, 'waiting', 10)",
    ],
    [
      'a receipt without its delivery',
      "UPDATE deliveries SET state = 'waiting', receipt_idx = NULL WHERE receipt_idx = 13",
    ],
    [
      'a delivery that no receipt proves',
      "UPDATE deliveries SET state = 'delivered' WHERE target = 'hub' AND batch_idx = 12",
    ],
    ["a receipt of somebody else's", 'UPDATE deliveries SET receipt_idx = 3 WHERE receipt_idx = 13'],
    ['everything gone', OUTBOX.map((table) => `DELETE FROM ${table};`).join(' ')],
  ])('%s: found by the check, mended by rebuilding', (_, sql) => {
    damage(sql);
    expect(check().firstBad).toMatchObject({ code: 'LED_FSCK_PROJECTION' });
    rebuild();
    expect(states()).toEqual(RESTORED);
    expect(countDeliveries(store, 'stranger')).toMatchObject({ waiting: 0, unknown: 0 });
    expect(check()).toMatchObject({ ok: true });
  });
});

test('an index that lost its rows is made anew with its table', () => {
  const before = rows();
  store.close();
  const database = new Database(path);
  database.unsafeMode(true);
  database.pragma('writable_schema = ON');
  const schema = "SELECT sql FROM sqlite_schema WHERE name = 'gaps_by_unit'";
  const sql = database.prepare(schema).pluck().get() as string;
  const set = database.prepare("UPDATE sqlite_schema SET sql = ? WHERE name = 'gaps_by_unit'");
  set.run(`${sql} WHERE idx > 1000`);
  database.pragma('writable_schema = RESET');
  database.exec('REINDEX gaps_by_unit');
  database.pragma('writable_schema = ON');
  set.run(sql);
  database.close();
  store = openStore(path, { access: 'write' });
  expect(check().firstBad).toMatchObject({ code: 'LED_FSCK_FILE' });
  rebuild();
  expect(rows()).toEqual(before);
  expect(check()).toMatchObject({ ok: true });
});

test('nothing changes where an entry does not hold', () => {
  damage('DELETE FROM gaps; DROP TRIGGER entries_refuse_update');
  damage("UPDATE entries SET bytes = CAST(replace(CAST(bytes AS TEXT), 'unit3', 'unit2') AS BLOB) WHERE idx = 3");
  const before = rows();
  expect(rebuild).toThrow(expect.objectContaining({ code: 'LED_FSCK_ENTRY' }));
  expect(rows()).toEqual(before);
  damage('DROP TRIGGER entries_refuse_delete; DROP TRIGGER entries_put_back; DELETE FROM entries WHERE idx = 2');
  expect(rebuild).toThrow(expect.objectContaining({ code: 'LED_FSCK_HOLE' }));
  expect(rows()).toEqual(before);
});
