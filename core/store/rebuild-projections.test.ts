import { expect, test } from 'vitest';
import { benchReading } from '../../tests/bench/ledger-readings.ts';
import { testGap, testGenesis, testKey, testRecorder } from '../../tests/fixtures/ledger.ts';
import { fsck } from '../ledger/fsck.ts';
import { ledgerReader } from './ledger-store.ts';
import { openStore } from './open-store.ts';
import { rebuildProjections } from './rebuild-projections.ts';

test('projections that were lost or changed are the same again after rebuilding', () => {
  const store = openStore(':memory:', { access: 'write' });
  const recorder = testRecorder(store);
  recorder.record([testGenesis, testGap(1)]);
  recorder.record(Array.from({ length: 1500 }, (_, n) => benchReading(n, testKey)));
  const read = (): unknown[] => [store.all('SELECT * FROM readings'), store.all('SELECT * FROM gaps')];
  const before = read();
  store.run("UPDATE readings SET status = 'APPROVED', energy_wh = 0 WHERE idx > 700");
  store.run('DELETE FROM readings WHERE idx < 100');
  store.run('DELETE FROM gaps');
  expect(fsck(ledgerReader(store)).ok).toBe(false);
  expect(rebuildProjections(store)).toBe(1501);
  expect(read()).toEqual(before);
  expect(fsck(ledgerReader(store)).ok).toBe(true);
  store.close();
});
