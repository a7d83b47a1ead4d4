import { expect, test } from 'vitest';
import type { PlantConfig } from '../../core/config/plant.ts';
import { openStore } from '../../core/store/open-store.ts';
import { benchReading } from '../../tests/bench/ledger-readings.ts';
import { testGenesis, testKey, testRecorder } from '../../tests/fixtures/ledger.ts';
import { SealedLedger } from '../../tests/fixtures/sealed-ledger.ts';
import { targetStatuses } from './target-status.ts';
import { waitingInWords } from './waiting-words.ts';

test('a folder that was added later is not said to hold what was sealed before', () => {
  const store = openStore(':memory:', { access: 'write' });
  const recorder = testRecorder(store);
  recorder.record([testGenesis, ...Array.from({ length: 39 }, (_, n) => benchReading(n, testKey))]);
  const ledger = new SealedLedger(store, recorder);
  const words = (file: object): string => {
    const config = { sync: { file: { folder: '/stick', ...file } } } as unknown as PlantConfig;
    return targetStatuses(config, store, [], 0)
      .map((target) => waitingInWords({ ...target, state: 'up' }, 0))
      .join();
  };
  expect(words({})).toBe('nothing sealed for it yet');
  ledger.seal(0, 10, ['hub']);
  ledger.seal(10, 20, ['hub']);
  expect(words({})).toBe('nothing sealed since it was added; 2 batches from before only by "forebay sync carry --all"');
  const batch = ledger.seal(20, 30, ['hub', 'file']);
  ledger.deliver('file', batch, { file: '/stick/a.ndjson' });
  expect(words({})).toBe(
    `written since batch ${batch}; 2 batches from before only by "forebay sync carry --all"; 1 batch delivered`,
  );
  // Whoever is named gets everything on any disk, by itself.
  expect(words({ receiver: testKey.verifierKey })).not.toContain('from before');
  store.close();
});
