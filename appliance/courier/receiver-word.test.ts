import { expect, test } from 'vitest';
import { openStore } from '../../core/store/open-store.ts';
import { anchorOf } from '../../core/sync/anchor.ts';
import { benchReading } from '../../tests/bench/ledger-readings.ts';
import { testGenesis, testKey, testRecorder } from '../../tests/fixtures/ledger.ts';
import { SealedLedger } from '../../tests/fixtures/sealed-ledger.ts';
import { receiverWord } from './receiver-word.ts';

test('a disk that somebody has to receive holds nothing for anybody until they confirmed it', () => {
  const store = openStore(':memory:', { access: 'write' });
  const recorder = testRecorder(store);
  recorder.record([testGenesis, ...Array.from({ length: 19 }, (_, n) => benchReading(n, testKey))]);
  const ledger = new SealedLedger(store, recorder);
  const anchorAt = (index: number) => anchorOf(store, index, receiverWord(store));
  const isHeld = (index: number) => anchorAt(index).receipts.length > 0;
  const batch = ledger.seal(0, 10, ['file']);
  const later = ledger.seal(10, 20, ['file']);
  for (const each of [batch, later]) ledger.deliver('file', each, { file: '/stick/a.ndjson', receiver: 'office' });
  expect(anchorAt(4)).toEqual({ state: 'sealed', batch, receipts: [] });
  expect(isHeld(4)).toBe(false);
  ledger.record({ kind: 'received', body: { v: 1, target: 'file', size: 10 } });
  expect(anchorAt(4)).toMatchObject({ state: 'synced', receipts: [{ target: 'file' }] });
  expect([isHeld(4), isHeld(10)]).toEqual([true, false]);
  expect(anchorAt(10)).toEqual({ state: 'sealed', batch: later, receipts: [] });
  store.close();
});

test('what was confirmed is held, however it came: sealed before the folder was added, or parked for it', () => {
  const store = openStore(':memory:', { access: 'write' });
  const recorder = testRecorder(store);
  recorder.record([testGenesis, ...Array.from({ length: 29 }, (_, n) => benchReading(n, testKey))]);
  const ledger = new SealedLedger(store, recorder);
  const anchorAt = (index: number) => anchorOf(store, index, receiverWord(store));
  const before = ledger.seal(0, 10, ['hedera']);
  const parked = ledger.seal(10, 20, ['file']);
  ledger.park('file', parked);
  expect([anchorAt(4), anchorAt(14)]).toEqual([
    { state: 'sealed', batch: before, receipts: [] },
    { state: 'parked', batch: parked, receipts: [] },
  ]);
  const received = recorder.head().size;
  ledger.record({ kind: 'received', body: { v: 1, target: 'file', size: 20 } });
  const receipt = { target: 'file', isPublic: false, index: received, at: expect.stringMatching(/Z$/) };
  expect([anchorAt(4), anchorAt(14)]).toEqual([
    { state: 'synced', batch: before, receipts: [receipt] },
    { state: 'synced', batch: parked, receipts: [receipt] },
  ]);
  const later = ledger.seal(20, 30, ['hedera']);
  expect(anchorAt(24)).toEqual({ state: 'sealed', batch: later, receipts: [] });
  store.close();
});
