import { expect, test } from 'vitest';
import { openStore } from '../../core/store/open-store.ts';
import { anchorOf } from '../../core/sync/anchor.ts';
import { isDelivered } from '../../core/sync/delivered-run.ts';
import { benchReading } from '../../tests/bench/ledger-readings.ts';
import { testGenesis, testKey, testRecorder } from '../../tests/fixtures/ledger.ts';
import { SealedLedger } from '../../tests/fixtures/sealed-ledger.ts';
import { awaitsReceiver } from './awaits-receiver.ts';

test('a disk that somebody has to receive holds nothing for anybody until they confirmed it', () => {
  const store = openStore(':memory:', { access: 'write' });
  const recorder = testRecorder(store);
  recorder.record([testGenesis, ...Array.from({ length: 19 }, (_, n) => benchReading(n, testKey))]);
  const ledger = new SealedLedger(store, recorder);
  const anchorAt = (index: number) => anchorOf(store, index, awaitsReceiver(store));
  const isHeld = (index: number) => isDelivered(store, index, awaitsReceiver(store));
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
