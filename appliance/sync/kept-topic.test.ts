import { expect, test } from 'vitest';
import { openStore } from '../../core/store/open-store.ts';
import { testGenesis, testRecorder } from '../../tests/fixtures/ledger.ts';
import { keptTopic } from './kept-topic.ts';

test('a topic that is made, or found again, is one line in the log and the topic of its network', () => {
  const store = openStore(':memory:', { access: 'write' });
  const recorder = testRecorder(store);
  recorder.record([testGenesis]);
  const said: unknown[] = [];
  const quiet = (): void => undefined;
  const log = { debug: quiet, warn: quiet, error: quiet, info: (...line: unknown[]) => void said.push(line) };
  const keeper = keptTopic({
    ...{ store, log, use: 'hedera' },
    record: (entries, alongside) => recorder.record(entries, alongside),
  });
  const made = { network: 'testnet', memo: 'forebay HP-001', transactionId: '0.0.1@1.0', consensusTimestamp: '1.0' };
  keeper.record({ ...made, topicId: '0.0.6001' });
  expect(keeper.made('testnet')).toBe('0.0.6001');
  keeper.record({ ...made, network: 'previewnet', topicId: '0.0.6002', isFound: true });
  expect(said).toEqual([
    [{ use: 'hedera', network: 'testnet', topic: '0.0.6001' }, 'A topic was made'],
    [{ use: 'hedera', network: 'previewnet', topic: '0.0.6002' }, 'A topic that was made before is found'],
  ]);
  store.close();
});
