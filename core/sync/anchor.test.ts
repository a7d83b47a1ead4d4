import { afterEach, beforeEach, expect, test } from 'vitest';
import { benchReading } from '../../tests/bench/ledger-readings.ts';
import { testGenesis, testKey, testRecorder } from '../../tests/fixtures/ledger.ts';
import { hederaReceipt, SealedLedger } from '../../tests/fixtures/sealed-ledger.ts';
import { fsck } from '../ledger/fsck.ts';
import type { WritableStore } from '../store/handle.ts';
import { ledgerReader } from '../store/ledger-store.ts';
import { openStore } from '../store/open-store.ts';
import { ANCHOR_SQL, type AnchorState, anchorOf, anchorStateOf, anchorsOf, type ReceiverWord } from './anchor.ts';
import { transactionIdOf } from './hedera-links.ts';
import type { OutboxState } from './outbox.ts';
import { batchAt, isOpenFor } from './sealed-batches.ts';

const NOBODY: ReceiverWord = { isAwaited: () => false, received: () => undefined };

let store: WritableStore;
let ledger: SealedLedger;
beforeEach(() => {
  store = openStore(':memory:', { access: 'write' });
  const recorder = testRecorder(store);
  recorder.record([testGenesis]);
  recorder.record(Array.from({ length: 20 }, (_, n) => benchReading(n, testKey)));
  ledger = new SealedLedger(store, recorder);
});
afterEach(() => store.close());

const COMBINATIONS: readonly (readonly [AnchorState, Readonly<Record<string, OutboxState>>])[] = [
  ['sealed', {}],
  ['sealed', { file: 'waiting' }],
  ['sealed', { file: 'sending', hedera: 'unknown' }],
  ['sealed', { file: 'parked', hub: 'waiting' }],
  ['synced', { file: 'delivered' }],
  ['synced', { file: 'delivered', hedera: 'waiting' }],
  ['synced', { file: 'delivered', hub: 'parked' }],
  ['anchored', { hedera: 'delivered' }],
  ['anchored', { file: 'parked', hedera: 'delivered' }],
  ['parked', { hedera: 'parked' }],
  ['parked', { file: 'delivered', hedera: 'parked' }],
  ['parked', { file: 'parked', hub: 'parked' }],
];

test.each(COMBINATIONS)('%s is what %o comes to', (expected, states) => {
  expect(anchorStateOf(Object.entries(states).map(([target, state]) => ({ target, state })))).toBe(expected);
});

test('an entry goes from recorded to sealed, synced and anchored, with the receipts that say so', () => {
  expect(anchorOf(store, 4, NOBODY)).toEqual({ state: 'recorded', receipts: [] });
  const batch = ledger.seal(0, 10, ['file', 'hedera']);
  expect(anchorOf(store, 4, NOBODY)).toEqual({ state: 'sealed', batch, receipts: [] });
  expect(anchorOf(store, 10, NOBODY)).toEqual({ state: 'recorded', receipts: [] });
  const file = ledger.deliver('file', batch);
  const synced = { target: 'file', isPublic: false, index: file, at: expect.stringMatching(/Z$/) };
  expect(anchorOf(store, 4, NOBODY)).toEqual({ state: 'synced', batch, receipts: [synced] });
  ledger.park('hedera', batch);
  expect(anchorOf(store, 4, NOBODY)).toEqual({ state: 'parked', batch, receipts: [synced] });
  const hedera = ledger.deliver('hedera', batch, hederaReceipt(7));
  const message = {
    network: 'testnet',
    topicId: '0.0.5005',
    sequenceNumber: 7,
    transactionId: '0.0.1001@1789999990.000000007',
    consensusTimestamp: '1790000000.000000007',
    hashscanUrl: 'https://hashscan.io/testnet/transaction/0.0.1001@1789999990.000000007',
  };
  expect(anchorOf(store, 4, NOBODY)).toEqual({
    state: 'anchored',
    batch,
    receipts: [synced, { target: 'hedera', isPublic: true, index: hedera, at: expect.any(String), message }],
  });
  expect(fsck(ledgerReader(store))).toMatchObject({ ok: true });
});

test("a network of one's own is not public and has no link, and a receipt that says no place has none", () => {
  const own = ledger.seal(0, 3, ['hedera']);
  ledger.deliver('hedera', own, hederaReceipt(1, 'private'));
  const silent = ledger.seal(3, 6, ['hedera']);
  ledger.deliver('hedera', silent, { sequence: 'seven' });
  for (const index of [1, 4]) {
    expect(anchorOf(store, index, NOBODY)).toMatchObject({ state: 'anchored', receipts: [{ isPublic: false }] });
  }
  expect(anchorOf(store, 1, NOBODY).receipts[0]?.message).toMatchObject({ sequenceNumber: 1, hashscanUrl: null });
  expect(anchorOf(store, 4, NOBODY).receipts[0]?.message).toMatchObject({ sequenceNumber: null, hashscanUrl: null });
});

test('what is called delivered without a receipt counts as not delivered', () => {
  const batch = ledger.seal(0, 3, ['hedera']);
  store.run("UPDATE deliveries SET state = 'delivered'");
  expect(anchorOf(store, 1, NOBODY)).toEqual({ state: 'sealed', batch, receipts: [] });
});

test('the entries of a page may lie in several batches, in none, and in any order', () => {
  const first = ledger.seal(2, 5, ['file']);
  const second = ledger.seal(5, 9, ['file', 'hub']);
  ledger.deliver('file', second);
  const anchors = anchorsOf(store, [8, 1, 4, 2, 5, 15, 4], NOBODY);
  expect([...anchors].map(([index, { state, batch }]) => [index, state, batch])).toEqual([
    [1, 'recorded', undefined],
    [2, 'sealed', first],
    [4, 'sealed', first],
    [5, 'synced', second],
    [8, 'synced', second],
    [15, 'recorded', undefined],
  ]);
  expect(anchorsOf(store, [], NOBODY).size).toBe(0);
});

test('a hub holds what was sealed before it was added once it holds a later batch, and no other target does', () => {
  const old = ledger.seal(0, 5, ['hedera']);
  expect(anchorOf(store, 2, NOBODY)).toEqual({ state: 'sealed', batch: old, receipts: [] });
  const added = ledger.seal(5, 9, ['hedera', 'hub', 'file']);
  const between = ledger.seal(9, 12, ['hedera']);
  expect(anchorOf(store, 2, NOBODY)).toEqual({ state: 'sealed', batch: old, receipts: [] });
  ledger.deliver('file', added);
  const index = ledger.deliver('hub', added);
  const receipt = { target: 'hub', isPublic: false, index, at: expect.stringMatching(/Z$/) };
  expect(anchorOf(store, 2, NOBODY)).toEqual({
    state: 'synced',
    batch: old,
    receipts: [{ ...receipt, withBatch: added }],
  });
  expect(anchorOf(store, 6, NOBODY).receipts).toEqual([expect.objectContaining({ target: 'file' }), receipt]);
  // The hub was taken out of plant.yaml and put back: what lies between is not there before the next one is.
  expect(anchorOf(store, 10, NOBODY)).toEqual({ state: 'sealed', batch: between, receipts: [] });
  const next = ledger.seal(12, 15, ['hub']);
  expect(anchorOf(store, 10, NOBODY)).toEqual({ state: 'sealed', batch: between, receipts: [] });
  ledger.deliver('hub', next);
  expect(anchorOf(store, 10, NOBODY)).toMatchObject({
    state: 'synced',
    receipts: [{ target: 'hub', withBatch: next }],
  });
});

test('each entry and each batch is one step into an index', () => {
  ledger.deliver('file', ledger.seal(0, 9, ['file', 'hedera']));
  const plan = store.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${ANCHOR_SQL}`, '[1,2]').map(({ detail }) => detail);
  const looks = plan.filter((detail) => /batches|deliveries(?!_sum)/.test(detail));
  expect(looks.filter((detail) => detail.startsWith('SCAN'))).toEqual([]);
  expect(plan.join('\n')).toMatch(/SEARCH batches USING (?:COVERING )?INDEX batches_by_end/);
  expect(plan.join('\n')).toMatch(/SEARCH deliveries USING PRIMARY KEY \(target=\? AND batch_idx=\?\)/);
});

test('a place that is not the one of the receipt is found by the check', () => {
  ledger.deliver('hedera', ledger.seal(0, 9, ['hedera']), hederaReceipt(7));
  for (const [column, value] of Object.entries({
    sequence: '8',
    topic: "'0.0.6'",
    transaction_id: 'NULL',
    received_at: 'NULL',
  })) {
    const before = store.get(`SELECT ${column} AS value FROM deliveries`) as { value: string | number };
    store.run(`UPDATE deliveries SET ${column} = ${value}`);
    expect(fsck(ledgerReader(store)).firstBad, column).toMatchObject({ code: 'LED_FSCK_PROJECTION' });
    store.run(`UPDATE deliveries SET ${column} = ?`, before.value);
  }
  expect(fsck(ledgerReader(store))).toMatchObject({ ok: true });
});

test('a batch is open for a target until that target holds it, parked or not', () => {
  const index = ledger.seal(0, 3, ['hedera', 'hub']);
  const id = batchAt(store, index)?.id ?? '';
  expect(isOpenFor(store, 'hedera', id)).toBe(true);
  ledger.park('hedera', index);
  expect(isOpenFor(store, 'hedera', id)).toBe(true);
  ledger.deliver('hedera', index, hederaReceipt(1));
  expect([isOpenFor(store, 'hedera', id), isOpenFor(store, 'hub', id)]).toEqual([false, true]);
  expect(isOpenFor(store, 'hub', 'ab'.repeat(32))).toBe(false);
});

test('a transaction id is known in the forms that people copy', () => {
  const id = '0.0.1001@1764067200.000000001';
  for (const text of [id, ' 0.0.1001-1764067200-000000001 ', '0.0.1001@1764067200-000000001']) {
    expect(transactionIdOf(text)).toBe(id);
  }
  for (const text of ['', '17', '0.0.1001', `${id}0000000000`, '0.0.1001@1764067200']) {
    expect(transactionIdOf(text)).toBeUndefined();
  }
});
