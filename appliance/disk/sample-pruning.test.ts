import { hash } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { canonicalize } from '../../core/ledger/canonical.ts';
import type { NewEntry } from '../../core/ledger/entry.ts';
import { fsck } from '../../core/ledger/fsck.ts';
import type { Recorder } from '../../core/ledger/recorder.ts';
import { Failure } from '../../core/model/failure.ts';
import type { JsonObject } from '../../core/model/json.ts';
import { silentLog } from '../../core/model/log.ts';
import { unusedBytes } from '../../core/store/disk-use.ts';
import { parseEntry } from '../../core/store/entries.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import { readNote } from '../../core/store/notes.ts';
import { openStore } from '../../core/store/open-store.ts';
import { sampleDays } from '../../core/store/sample-days.ts';
import { sampleBlock, sealBlock } from '../../core/store/samples.ts';
import { enqueue, keptOutbox } from '../../core/sync/kept-outbox.ts';
import { benchReading } from '../../tests/bench/ledger-readings.ts';
import { testGenesis, testKey, testRecorder } from '../../tests/fixtures/ledger.ts';
import { ManualClock } from '../../tests/fixtures/manual-clock.ts';
import { PRUNING_NOTE, SamplePruning, type SamplePruningParts } from './sample-pruning.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const FIRST_MS = Date.parse('2026-03-01T00:00:00.000Z');
/** One reading an hour, and its block. */
const DAYS = 20;
const NOW_MS = FIRST_MS + DAYS * DAY_MS;
const KEEP = { keepMs: 15 * DAY_MS };

let folder: string;
let path: string;
let store: WritableStore;
let recorder: Recorder<WritableStore>;
let clock: ManualClock;
let running: SamplePruning | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forebay-pruning-'));
  path = join(folder, 'ledger.db');
  store = openStore(path, { access: 'write' });
  recorder = testRecorder(store);
  recorder.record([testGenesis]);
  for (let day = 0; day < DAYS; day += 1) recordDay(Array.from({ length: 24 }, (_, n) => day * 24 + n));
  clock = new ManualClock(NOW_MS);
  running = undefined;
});
afterEach(() => {
  running?.stop();
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

const textOf = (hour: number): string => `the samples of hour ${hour} `.repeat(500 + hour);
const digestOf = (hour: number): string => hash('sha256', textOf(hour), 'hex');
const isKept = (hour: number): boolean => sampleBlock(store, digestOf(hour)) !== undefined;

function recordDay(hours: readonly number[]): void {
  recorder.record(hours.map(readingOf), (write) => {
    for (const hour of hours) {
      const fromMs = FIRST_MS + hour * HOUR_MS;
      const bytes = Buffer.from(textOf(hour));
      sealBlock(write, {
        digest: digestOf(hour),
        deviceId: 'plc1',
        fromMs,
        toMs: fromMs + HOUR_MS,
        outcomes: 3600,
        bytes,
      });
    }
  });
}

function readingOf(hour: number): NewEntry {
  const fromMs = FIRST_MS + hour * HOUR_MS;
  const { kind, body } = benchReading(hour, testKey);
  const times = { from: new Date(fromMs).toISOString(), to: new Date(fromMs + HOUR_MS).toISOString() };
  const samples = [{ device: 'plc1', digest: digestOf(hour), outcomes: 3600 }];
  const reading = { ...(body.reading as JsonObject), ...times, unitId: 'unit1', samples };
  const signature = Buffer.from(testKey.sign(Buffer.from(canonicalize(reading), 'utf8'))).toString('base64');
  return { kind, body: { ...body, reading, signature } };
}

function prune(parts: Partial<SamplePruningParts> = {}): void {
  running?.stop();
  running = new SamplePruning({
    samples: KEEP,
    hasTargets: false,
    store,
    clock,
    log: silentLog,
    record: (entry, alongside) => recorder.record([entry], alongside),
    isClockTrusted: () => true,
    ...parts,
  });
  running.start();
}

function prunedEntries(): JsonObject[] {
  const rows = store.all<{ bytes: Uint8Array }>("SELECT bytes FROM entries WHERE kind = 'samples' ORDER BY idx");
  return rows.map(({ bytes }) => parseEntry(bytes).body);
}

const hoursKept = (): number[] => Array.from({ length: DAYS * 24 }, (_, hour) => hour).filter(isKept);
const from = (hour: number): number[] => Array.from({ length: DAYS * 24 - hour }, (_, n) => hour + n);
const check = () => fsck(ledgerReader(store), { verifierKey: testKey.verifierKey });

test('what is older than the rule says goes day by day, and the ledger says which and how much', async () => {
  const [first] = sampleDays(store);
  prune();
  await clock.pass(3 * HOUR_MS);
  expect(hoursKept()).toEqual(from(5 * 24));
  expect(prunedEntries()).toHaveLength(5);
  expect(prunedEntries()[0]).toEqual({
    v: 1,
    event: 'pruned',
    from: '2026-03-01T00:00:00.000Z',
    to: '2026-03-02T00:00:00.000Z',
    reason: 'age',
    blocks: 24,
    bytes: first?.bytes,
  });
  expect(readNote(store, PRUNING_NOTE)).toBeUndefined();
  expect(sampleDays(store).map(({ blocks }) => blocks)).toEqual(Array.from({ length: 15 }, () => 24));
  expect(unusedBytes(store)).toBeGreaterThan(0);
  expect(check()).toMatchObject({ ok: true, readings: 480 });
});

test('above the cap the oldest days go, and the last two stay whatever the cap', async () => {
  const bytes = sampleDays(store).reduce((sum, day) => sum + day.bytes, 0);
  prune({ samples: { keepMs: 400 * DAY_MS, maxBytes: bytes - 1 } });
  await clock.pass(3 * HOUR_MS);
  expect(hoursKept()).toEqual(from(24));
  expect(prunedEntries()).toMatchObject([{ reason: 'size', blocks: 24 }]);
  prune({ samples: { keepMs: 400 * DAY_MS, maxBytes: 1 } });
  await clock.pass(6 * HOUR_MS);
  expect(hoursKept()).toEqual(from(18 * 24));
});

test('a day goes in small writes, and after a power cut in the middle the rest of it goes without a second entry', async () => {
  prune();
  const blocks = () => sampleDays(store)[0]?.blocks;
  await clock.pass(60_000);
  for (let steps = 0; steps < 100 && blocks() === 24; steps += 1) {
    // The ledger says it before the first block goes.
    if (prunedEntries().length === 0) expect(readNote(store, PRUNING_NOTE)).toBeUndefined();
    await clock.pass(100);
  }
  expect(blocks()).toBe(8);
  expect(hoursKept()).toEqual(from(16));
  expect(prunedEntries()).toHaveLength(1);
  running?.stop();
  store.close();
  // What is durable now is all that the next start has.
  const after = join(folder, 'after.db');
  cpSync(path, after);
  store = openStore(after, { access: 'write' });
  recorder = testRecorder(store);
  // Even a rule that would keep the day does not make the entry untrue.
  prune({ samples: { keepMs: 400 * DAY_MS } });
  await clock.pass(HOUR_MS);
  expect(hoursKept()).toEqual(from(24));
  expect(prunedEntries()).toHaveLength(1);
  expect(readNote(store, PRUNING_NOTE)).toBeUndefined();
  expect(check().ok).toBe(true);
});

test('an entry that cannot be recorded deletes nothing, and it is tried again', async () => {
  let isFull = true;
  prune({
    record: (entry, alongside) =>
      recorder.record([entry], (write) => {
        if (isFull) throw new Failure('STO_FULL', 'The disk is full.');
        alongside(write);
      }),
  });
  await clock.pass(HOUR_MS);
  expect(hoursKept()).toEqual(from(0));
  expect(prunedEntries()).toEqual([]);
  isFull = false;
  await clock.pass(HOUR_MS);
  expect(isKept(0)).toBe(false);
});

test('samples that no recorded reading names stay', async () => {
  const bytes = Buffer.from('between two times');
  const digest = hash('sha256', bytes, 'hex');
  sealBlock(store, { digest, deviceId: 'plc1', fromMs: FIRST_MS + 5, toMs: FIRST_MS + 6, outcomes: 1, bytes });
  prune();
  await clock.pass(3 * HOUR_MS);
  expect(sampleBlock(store, digest)).toEqual(Buffer.from(bytes));
  expect(hoursKept()).toEqual(from(5 * 24));
});

test.each([
  ['for their age', KEEP],
  ['above the cap', { keepMs: 400 * DAY_MS, maxBytes: 20_000 }],
])('with a target, only days go %s whose readings it holds', async (_, samples) => {
  const dayTwo = { first: 25, end: 49 };
  const id = hash('sha256', 'batch', 'hex');
  const index = recorder.head().size;
  const batch = { index, id, message: '{}', ...dayTwo, size: index };
  const times = { from: '2026-03-02T00:00:00.000Z', to: '2026-03-03T00:00:00.000Z' };
  const body = { v: 1, id, message: '{}', ...dayTwo, size: index, ...times, targets: ['file'] };
  recorder.record([{ kind: 'batch', body }], (write) => enqueue(write, batch, FIRST_MS + 2 * DAY_MS, ['file']));
  prune({ hasTargets: true, samples });
  await clock.pass(2 * HOUR_MS);
  expect(hoursKept()).toEqual(from(0));
  const outbox = keptOutbox({
    store,
    recordReceipt: (receipt, alongside) => {
      const at = recorder.head().size;
      recorder.record([{ kind: 'receipt', body: receipt }], (write) => alongside(write, at));
    },
  });
  const item = outbox.next('file', 'backlog', NOW_MS);
  if (item === undefined) throw new Error('the batch waits');
  outbox.begin(item);
  outbox.settle(item, { held: 'yes' });
  await clock.pass(2 * HOUR_MS);
  // The first day was in no batch; it stays, and holds up nothing.
  expect(hoursKept()).toEqual([...Array.from({ length: 24 }, (_, hour) => hour), ...from(48)]);
});

test('a clock that is not trusted, or that woke up in another year, deletes nothing for its age', async () => {
  prune({ isClockTrusted: () => false });
  await clock.pass(3 * HOUR_MS);
  clock.step(10 * 365 * DAY_MS);
  prune();
  await clock.pass(3 * HOUR_MS);
  expect(hoursKept()).toEqual(from(0));
  expect(prunedEntries()).toEqual([]);
});
