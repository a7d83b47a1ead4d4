import { afterEach, beforeEach, expect, test } from 'vitest';
import { type DeviceKey, deviceKeyFromSeed } from '../../core/ledger/device-key.ts';
import { makeKeyEntry, type SigningKey } from '../../core/ledger/key-entry.ts';
import { proveConsistency } from '../../core/ledger/proof.ts';
import { createRecorder } from '../../core/ledger/recorder.ts';
import { present } from '../../core/model/assert.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import { ledgerReader, ledgerStorage } from '../../core/store/ledger-store.ts';
import { openStore } from '../../core/store/open-store.ts';
import { listItems } from '../../core/sync/kept-outbox.ts';
import { RUN_ENTRIES_MAX, seal } from '../../core/sync/sealer.ts';
import { benchReading } from '../../tests/bench/ledger-readings.ts';
import { testGenesis, testKey } from '../../tests/fixtures/ledger.ts';
import { batchContent } from '../sync/batch-content.ts';
import { sealedUntil, sealerOf } from '../sync/sealing.ts';
import { type CarriedBatch, parseCarriedBatch } from './carried-batch.ts';
import { HeldLedger } from './held-ledger.ts';

const HOUR_MS = 3_600_000;
const NEW_KEY = deviceKeyFromSeed(Buffer.alloc(32, 51), 'HP-001', testKey.name);
const LATER_KEY = deviceKeyFromSeed(Buffer.alloc(32, 52), 'HP-001', testKey.name);

let store: WritableStore;
let key: DeviceKey;
let nowMs: number;
let readings: number;

beforeEach(() => {
  store = openStore(':memory:', { access: 'write' });
  key = testKey;
  nowMs = 1_790_000_000_000;
  readings = 0;
  recorder().record([testGenesis]);
});

afterEach(() => store.close());

function recorder() {
  nowMs += 1000;
  return createRecorder({ storage: ledgerStorage(store), key, clock: { wallMs: () => nowMs } });
}

function read(count: number): void {
  recorder().record(Array.from({ length: count }, (_, n) => benchReading(readings + n, key)));
  readings += count;
}

function change(newKey: DeviceKey, event: 'rotated' | 'lost'): void {
  const oldKey = event === 'lost' ? { lost: key.verifierKey } : key;
  const head = recorder().head();
  const replacing = event === 'lost' ? [] : [key];
  const parts = { storage: ledgerStorage(store), key: newKey, clock: { wallMs: () => nowMs }, replacing };
  createRecorder(parts).record([makeKeyEntry({ newKey, oldKey, head, reason: 'two years have passed', by: 'asha' })]);
  key = newKey;
}

/** Seals what is due as `signer`, and reads the file of the batch. */
function carry(signer: DeviceKey = key): CarriedBatch {
  const mode = { kind: 'merkle', everyMs: HOUR_MS } as const;
  const pen = recorder();
  const sealer = sealerOf({
    store,
    key: signer,
    plantId: 'HP-001',
    mode,
    targets: ['file'],
    head: () => pen.head(),
    record: (entries, alongside) => pen.record(entries, alongside),
  });
  const until = sealedUntil(store, mode);
  seal(sealer, until, until.toMs + HOUR_MS + 60_000);
  const { batch } = present(listItems(store, 'file', 'waiting', { limit: 1000 }).at(-1), 'a batch');
  const parsed = parseCarriedBatch(batchContent(store, batch));
  if (typeof parsed === 'string') throw new Error(parsed);
  return parsed;
}

test('a key that its predecessor names is followed, and the state that is kept goes on with it', () => {
  read(3);
  const first = carry();
  change(NEW_KEY, 'rotated');
  read(2);
  const second = carry();
  const held = new HeldLedger(undefined, testKey.verifierKey);
  expect(held.take(first)).toBeUndefined();
  expect(held.state.size).toBe(first.end);
  const later = new HeldLedger(held.state, undefined);
  expect(Buffer.from(later.root)).toEqual(Buffer.from(held.root));
  expect(later.take(second)).toBeUndefined();
  expect(later.key?.verifierKey).toBe(NEW_KEY.verifierKey);
  expect(later.state.size).toBe(second.end);
  expect(Buffer.from(later.root)).toEqual(
    Buffer.from(present(ledgerReader(store).checkpointFrom(second.end), 'it').root),
  );
});

test('a batch whose key comes with a later one counts for nothing until that has come', () => {
  read(RUN_ENTRIES_MAX + 50);
  change(NEW_KEY, 'rotated');
  const first = carry();
  const second = carry();
  expect(first.end).toBeLessThan(first.size);
  const held = new HeldLedger(undefined, undefined);
  expect(held.take(first)).toBeUndefined();
  expect({ size: held.state.size, next: held.next }).toEqual({ size: 0, next: first.end });
  expect(held.take(second)).toBeUndefined();
  expect(held.state.size).toBe(second.end);
});

test('a key that was lost is followed only by the word of the plant', () => {
  read(2);
  const first = carry();
  change(NEW_KEY, 'lost');
  read(1);
  const second = carry();
  const held = new HeldLedger(undefined, undefined);
  expect(held.take(first)).toBeUndefined();
  expect(held.take(second)).toMatchObject({ code: 'SYN_CARRIED_KEY' });
  expect({ size: held.state.size, next: held.next }).toEqual({ size: first.end, next: first.end });
  expect(new HeldLedger(held.state, LATER_KEY.verifierKey).take(second)).toMatchObject({ code: 'SYN_CARRIED_KEY' });
  expect(new HeldLedger(held.state, NEW_KEY.verifierKey).take(second)).toBeUndefined();
});

test('a first key that is not the one that was given is refused', () => {
  read(1);
  expect(new HeldLedger(undefined, NEW_KEY.verifierKey).take(carry())).toMatchObject({ code: 'SYN_CARRIED_KEY' });
});

test('a key that was replaced, or that nobody named, signs nothing more', () => {
  read(1);
  const first = carry();
  change(NEW_KEY, 'rotated');
  read(1);
  const held = new HeldLedger(undefined, undefined);
  expect(held.take(first)).toBeUndefined();
  expect(held.take(carry(testKey))).toMatchObject({ code: 'SYN_CARRIED_UNSIGNED' });
  expect(held.state.size).toBe(first.end);
});

test('several changes of the key in one batch are followed, the last one at its very end', () => {
  read(1);
  change(NEW_KEY, 'rotated');
  change(LATER_KEY, 'rotated');
  const batch = carry();
  const held = new HeldLedger(undefined, testKey.verifierKey);
  expect(held.take(batch)).toBeUndefined();
  expect([held.state.size, held.key?.verifierKey]).toEqual([batch.end, LATER_KEY.verifierKey]);
});

test.each([
  [
    'forged',
    () => forge(NEW_KEY, { verifierKey: testKey.verifierKey, sign: LATER_KEY.sign }),
    'not signed by the key that',
  ],
  ['of a branch', () => forge(NEW_KEY, testKey, Buffer.alloc(32, 7)), 'stated for another ledger'],
  ['by a key that was replaced', () => [change(NEW_KEY, 'rotated'), forge(LATER_KEY, testKey)], 'replaces another key'],
  ['back to a key that was replaced', () => [change(NEW_KEY, 'rotated'), forge(testKey, NEW_KEY)], 'in force again'],
])('a change of the key that is %s takes nothing of its batch', (_how, make, why) => {
  read(1);
  const first = carry();
  const held = new HeldLedger(undefined, undefined);
  expect(held.take(first)).toBeUndefined();
  make();
  // The plant's own code would not read such a ledger: the batch is put together as a forger would.
  const reader = ledgerReader(store);
  const lines = [...reader.entries(first.end, reader.size())].map(({ bytes }) => bytes);
  const size = reader.size();
  const { root } = present(reader.latestCheckpoint(), 'the checkpoint');
  const consistency = proveConsistency(reader, first.end, size).hashes;
  const checkpoint = { ...first.checkpoint, size, root };
  expect(
    held.take({ ...first, first: first.end, end: size, size, checkpoint, consistency, onward: [], lines })?.message,
  ).toContain(why);
  expect(held.state.size).toBe(first.end);
});

/** Records a change that the plant itself would refuse. */
function forge(newKey: DeviceKey, oldKey: SigningKey, root?: Uint8Array): void {
  const storage = ledgerStorage(store);
  const parts = { storage, key: newKey, clock: { wallMs: () => nowMs }, replacing: [testKey] };
  const pen = createRecorder(parts);
  const head = root === undefined ? pen.head() : { size: pen.head().size, root };
  pen.record([makeKeyEntry({ newKey, oldKey, head, reason: 'nobody knows', by: 'mallory' })]);
}

test('a batch that does not go on from what is held is of another ledger', () => {
  read(1);
  const first = carry();
  read(1);
  const second = carry();
  const held = new HeldLedger(undefined, undefined);
  expect(held.take(second)).toMatchObject({ code: 'SYN_CARRIED_OTHER_LEDGER' });
  expect(held.take(first)).toBeUndefined();
  const lines = [...second.lines].reverse();
  expect(held.take({ ...second, lines })).toMatchObject({ code: 'SYN_CARRIED_DAMAGED' });
  expect(held.take({ ...second, consistency: [] })).toMatchObject({ code: 'SYN_CARRIED_DAMAGED' });
  const message = { ...second.message, creditedWh: 1 };
  expect(held.take({ ...second, message })).toMatchObject({ code: 'SYN_CARRIED_UNSIGNED' });
  expect(held.take(second)).toBeUndefined();
});
