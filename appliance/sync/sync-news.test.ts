import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RecordedEntry } from '../../core/ledger/recorder.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import { openStore } from '../../core/store/open-store.ts';
import { benchReading } from '../../tests/bench/ledger-readings.ts';
import { ManualClock } from '../../tests/fixtures/api.ts';
import { testGenesis, testRecorder } from '../../tests/fixtures/ledger.ts';
import { SealedLedger } from '../../tests/fixtures/sealed-ledger.ts';
import { type SyncNews, SyncNewsDesk } from './sync-news.ts';

let store: WritableStore;
let ledger: SealedLedger;
let heard: SyncNews[];
let desk: SyncNewsDesk;
const clock = new ManualClock();

beforeEach(() => {
  store = openStore(':memory:', { access: 'write' });
  const recorder = testRecorder(store);
  recorder.record([testGenesis, ...Array.from({ length: 20 }, (_, n) => benchReading(n))]);
  ledger = new SealedLedger(store, recorder);
  heard = [];
  desk = new SyncNewsDesk({ store, clock, targets: () => [], emit: (news) => heard.push(news) });
});
afterEach(() => {
  desk.stop();
  store.close();
});

function entry(kind: 'batch' | 'receipt' | 'reading', index: number, batch = index): RecordedEntry {
  const at = '2026-01-01T00:00:00.000Z';
  return { index, leafHash: new Uint8Array(32), entry: { v: 1, index, kind, at, body: { batch } } };
}

test('what happened within a second is told once, with the entries that came further', () => {
  const first = ledger.seal(2, 5, ['file']);
  const second = ledger.seal(5, 9, ['file']);
  desk.recorded([entry('reading', 3), entry('receipt', 40, second)]);
  desk.recorded([entry('batch', first)]);
  expect(heard).toEqual([]);
  clock.advance(1000);
  expect(heard).toEqual([{ targets: [], entries: { first: 2, end: 9 } }]);
  clock.advance(10_000);
  desk.changed(second);
  clock.advance(1000);
  desk.changed();
  clock.advance(1000);
  expect(heard.slice(1).map(({ entries }) => entries)).toEqual([{ first: 5, end: 9 }, null]);
});

test('a group without batch and receipt is no news', () => {
  desk.recorded([entry('reading', 3)]);
  clock.advance(10_000);
  expect(heard).toEqual([]);
});
