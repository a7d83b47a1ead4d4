import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Recorder } from '../../core/ledger/recorder.ts';
import { present } from '../../core/model/assert.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import { openStore } from '../../core/store/open-store.ts';
import { benchReading } from '../../tests/bench/ledger-readings.ts';
import { testGenesis, testKey, testRecorder } from '../../tests/fixtures/ledger.ts';
import { hederaReceipt, SealedLedger } from '../../tests/fixtures/sealed-ledger.ts';
import { batchDetail, batchPage } from './batch-answer.ts';
import { batchInWords } from './batch-words.ts';

const RECEIVER = 'office.example+6a1f2c3d+AQ';

let store: WritableStore;
let recorder: Recorder<WritableStore>;
let ledger: SealedLedger;
beforeEach(() => {
  store = openStore(':memory:', { access: 'write' });
  recorder = testRecorder(store);
  recorder.record([testGenesis, ...Array.from({ length: 19 }, (_, n) => benchReading(n, testKey))]);
  ledger = new SealedLedger(store, recorder);
});
afterEach(() => store.close());

const detailOf = (batch: number) => present(batchDetail(store, batch), 'the batch');
const statesOf = (batch: number) =>
  detailOf(batch).deliveries.map(({ target, state, withBatch }) => [target, state, withBatch]);
const wordsOf = (batch: number) => batchInWords(detailOf(batch)).join('\n');

/** Sealed for Hedera alone, and then everything else was added. */
function sealed(): { readonly old: number; readonly added: number } {
  const old = ledger.seal(0, 10, ['hedera']);
  ledger.deliver('hedera', old, hederaReceipt(1));
  return { old, added: ledger.seal(10, 20, ['hedera', 'hub', 'file']) };
}

test('what was sealed before a hub was added comes and stands with the first batch that goes there', () => {
  const { old, added } = sealed();
  const states = (hub: string) => [
    ['file', 'not-given', null],
    ['hedera', 'delivered', null],
    ['hub', hub, added],
  ];
  expect(statesOf(old)).toEqual(states('waiting'));
  ledger.park('hub', added);
  expect(statesOf(old)).toEqual(states('parked'));
  expect(wordsOf(old)).toContain(`hub: parked, a person must decide, with batch ${added}`);
  expect(detailOf(old).receipts.map(({ target }) => target)).toEqual(['hedera']);
  const entry = ledger.deliver('hub', added, { size: 20 });
  expect(statesOf(old)).toEqual(states('delivered'));
  expect(wordsOf(old)).toContain(`hub: delivered, with batch ${added}, receipt in entry ${entry}`);
  const held = batchPage(store, { filter: 'all', limit: 5 }).map(({ receipts }) =>
    receipts.map(({ target }) => target),
  );
  expect(held).toEqual([['hub'], ['hedera', 'hub']]);
});

test('a folder that was added later holds only what was given to it, or what its receiver confirmed', () => {
  const { old, added } = sealed();
  ledger.deliver('file', added, { file: '/stick/a.ndjson', receiver: RECEIVER });
  expect(wordsOf(old)).toContain('file: does not hold it: it was no target when this was sealed');
  const index = recorder.head().size;
  const received = { receiver: RECEIVER, receivedAt: '2026-10-02T00:00:00Z', size: 20 };
  ledger.record({ kind: 'received', body: { v: 1, target: 'file', ...received } });
  expect(detailOf(old).deliveries[0]).toMatchObject({ state: 'delivered', receiptIndex: index, receipt: received });
  expect(wordsOf(old)).toContain('office.example signed on 2026-10-02T00:00:00Z that it holds the first 20 entries');
});

test('Hedera holds no message of what was sealed before it was added', () => {
  const old = ledger.seal(0, 10, ['hub']);
  ledger.deliver('hedera', ledger.seal(10, 20, ['hedera']), hederaReceipt(1));
  expect(statesOf(old)).toEqual([
    ['hedera', 'not-given', null],
    ['hub', 'waiting', null],
  ]);
  expect(detailOf(old).state).toBe('sealed');
});
