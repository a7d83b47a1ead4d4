import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fsck } from '../../core/ledger/fsck.ts';
import { Failure } from '../../core/model/failure.ts';
import { silentLog } from '../../core/model/log.ts';
import { packedEnd } from '../../core/store/entry-blocks.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import { openStore } from '../../core/store/open-store.ts';
import { benchReading } from '../../tests/bench/ledger-readings.ts';
import { testGenesis, testKey, testRecorder } from '../../tests/fixtures/ledger.ts';
import { ManualClock } from '../../tests/fixtures/manual-clock.ts';
import { DiskWatch } from './disk-watch.ts';
import { EntryPacking, type EntryPackingParts } from './entry-packing.ts';
import type { GrowthPoint } from './store-growth.ts';

const RULE = { plainEntries: 20, blockEntriesMax: 16 };
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

let folder: string;
let store: WritableStore;
let clock: ManualClock;
let packing: EntryPacking;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forebay-packing-'));
  store = openStore(join(folder, 'ledger.db'), { access: 'write' });
  clock = new ManualClock(Date.UTC(2026, 3, 1));
});
afterEach(() => {
  packing.stop();
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

function record(readings: number): void {
  const recorder = testRecorder(store);
  if (recorder.head().size === 0) recorder.record([testGenesis]);
  const from = recorder.head().size;
  recorder.record(Array.from({ length: readings }, (_, n) => benchReading(from + n, testKey)));
}

function start(parts: Partial<EntryPackingParts> = {}): void {
  packing = new EntryPacking({
    store,
    clock,
    log: silentLog,
    hasRoom: () => true,
    onAlarm: () => undefined,
    rule: RULE,
    ...parts,
  });
  packing.start();
}

test('packs a block at a time with pauses in between, leaves the newest, and goes on with what comes', async () => {
  record(99);
  start();
  await clock.pass(80_000);
  expect(packedEnd(store)).toBe(0);
  await clock.pass(10_100);
  expect(packedEnd(store)).toBe(16);
  await clock.pass(200);
  expect(packedEnd(store)).toBe(32);
  await clock.pass(5 * MINUTE_MS);
  // 100 entries, of which the newest 20 stay, in blocks of 16.
  expect(packedEnd(store)).toBe(80);
  record(10);
  await clock.pass(20 * MINUTE_MS);
  expect(packedEnd(store)).toBe(80);
  record(6);
  await clock.pass(11 * MINUTE_MS);
  expect(packedEnd(store)).toBe(96);
  expect(fsck(ledgerReader(store), { verifierKey: testKey.verifierKey })).toMatchObject({ ok: true, entries: 116 });
});

test('waits while the disk has no room, and while something keeps the store from being written', async () => {
  record(99);
  let hasRoom = false;
  let isFull = true;
  const refusing: WritableStore = {
    path: store.path,
    get: (sql, ...values) => store.get(sql, ...values),
    all: (sql, ...values) => store.all(sql, ...values),
    rows: (sql, ...values) => store.rows(sql, ...values),
    snapshot: (read) => store.snapshot(read),
    close: () => store.close(),
    run: (sql, ...values) => store.run(sql, ...values),
    write(work) {
      if (isFull) throw new Failure('STO_FULL', 'The disk is full.');
      return store.write(work);
    },
  };
  start({ store: refusing, hasRoom: () => hasRoom });
  await clock.pass(30 * MINUTE_MS);
  expect(packedEnd(store)).toBe(0);
  hasRoom = true;
  await clock.pass(30 * MINUTE_MS);
  expect(packedEnd(store)).toBe(0);
  isFull = false;
  await clock.pass(30 * MINUTE_MS);
  expect(packedEnd(store)).toBe(80);
  packing.stop();
  record(40);
  await clock.pass(60 * MINUTE_MS);
  expect(packedEnd(store)).toBe(80);
});

test('an entry that is not what was recorded is told of once, and again where it is another', async () => {
  record(99);
  const alarms: Failure[] = [];
  start({ onAlarm: (failure) => alarms.push(failure) });
  store.run('DROP TRIGGER entries_refuse_update');
  const spoil = (index: number): void => {
    store.run("UPDATE entries SET bytes = x'7b7d' WHERE idx = ?", index);
  };
  spoil(40);
  await clock.pass(60 * MINUTE_MS);
  expect(packedEnd(store)).toBe(32);
  expect(alarms.map(({ code }) => code)).toEqual(['LED_FSCK_ENTRY']);
  expect(alarms[0]?.message).toContain('Entry 40');
  spoil(35);
  await clock.pass(60 * MINUTE_MS);
  expect(alarms.map(({ message }) => message.slice(0, 8))).toEqual(['Entry 40', 'Entry 35']);
});

test('what the store takes says nothing of its growth while much waits to be packed', () => {
  record(30);
  const saved: (readonly GrowthPoint[])[] = [];
  const growth = [{ atMs: clock.wallMs() - 3 * DAY_MS, bytes: 1000 }];
  const watch = (): DiskWatch =>
    new DiskWatch({
      space: () => ({ freeBytes: 500e9, totalBytes: 1000e9 }),
      store,
      clock,
      log: silentLog,
      growth,
      saveGrowth: (points) => saved.push(points),
      onAlarm: () => undefined,
      onDerived: () => undefined,
    });
  expect(watch().status().growthBytesPerDay).toBeGreaterThan(0);
  // More than twice what stays unpacked while entries come one by one.
  record(1500);
  expect(watch().status()).toMatchObject({ growthBytesPerDay: null, daysLeft: null });
  expect(saved.at(-1)).toEqual([]);
  start({ rule: { plainEntries: 640, blockEntriesMax: 64 } });
});
