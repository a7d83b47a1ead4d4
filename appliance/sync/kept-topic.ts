import type { NewEntry } from '../../core/ledger/entry.ts';
import type { Log } from '../../core/model/log.ts';
import { entriesOfKinds } from '../../core/store/entries.ts';
import type { ReadableStore, WritableStore } from '../../core/store/handle.ts';
import type { TopicKeeper } from '../../core/sync/targets/hedera/topic-maker.ts';

/** What a topic is for: the evidence, or the device's DID. */
export type TopicUse = 'hedera' | 'did';

export interface KeptTopicParts {
  readonly store: WritableStore;
  readonly record: (entries: readonly NewEntry[], alongside: (write: WritableStore) => void) => unknown;
  readonly use: TopicUse;
  readonly log: Log;
}

/** The topic that was made for the plant on the network, as the ledger has it. */
export function madeTopic(store: ReadableStore, network: string, use: TopicUse = 'hedera'): string | undefined {
  for (const { body } of entriesOfKinds(store, ['topic'], { order: 'desc' })) {
    if (body.target === use && body.network === network && typeof body.topic === 'string') return body.topic;
  }
  return undefined;
}

/** What is kept of the plant's topic in the store of the ledger: attempts beside it, the topic itself as an entry. */
export function keptTopic({ store, record, use, log }: KeptTopicParts): TopicKeeper {
  const forget = (write: WritableStore): unknown => write.run('DELETE FROM target_intents WHERE target = ?', use);
  return {
    made: (network) => madeTopic(store, network, use),
    intents: () =>
      store
        .all<{ intent: Uint8Array }>('SELECT intent FROM target_intents WHERE target = ? ORDER BY number', use)
        .map(({ intent }) => intent),
    keepIntent: (intent) => {
      const sql = `INSERT INTO target_intents (target, number, intent)
        SELECT ?, count(*), ? FROM target_intents WHERE target = ?`;
      store.run(sql, use, intent, use);
    },
    forget: () => void forget(store),
    record: ({ topicId: topic, isFound, ...facts }) => {
      const found = isFound === true ? { found: true } : {};
      record([{ kind: 'topic', body: { v: 1, target: use, topic, ...facts, ...found } }], forget);
      const words = isFound === true ? 'A topic that was made before is found' : 'A topic was made';
      log.info({ use, network: facts.network, topic }, words);
    },
  };
}
