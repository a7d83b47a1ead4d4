import type { NewEntry } from '../../core/ledger/entry.ts';
import { entriesOfKinds } from '../../core/store/entries.ts';
import type { ReadableStore, WritableStore } from '../../core/store/handle.ts';
import type { TopicKeeper } from '../../core/sync/targets/hedera/topic-maker.ts';

export interface KeptTopicParts {
  readonly store: WritableStore;
  readonly record: (entries: readonly NewEntry[], alongside: (write: WritableStore) => void) => unknown;
}

const TARGET = 'hedera';

/** The topic that was made for the plant on the network, as the ledger has it. */
export function madeTopic(store: ReadableStore, network: string): string | undefined {
  for (const { body } of entriesOfKinds(store, ['topic'], { order: 'desc' })) {
    if (body.target === TARGET && body.network === network && typeof body.topic === 'string') return body.topic;
  }
  return undefined;
}

/** What is kept of the plant's topic in the store of the ledger: attempts beside it, the topic itself as an entry. */
export function keptTopic({ store, record }: KeptTopicParts): TopicKeeper {
  const forget = (write: WritableStore): unknown => write.run('DELETE FROM target_intents WHERE target = ?', TARGET);
  return {
    made: (network) => madeTopic(store, network),
    intents: () =>
      store
        .all<{ intent: Uint8Array }>('SELECT intent FROM target_intents WHERE target = ? ORDER BY number', TARGET)
        .map(({ intent }) => intent),
    keepIntent: (intent) => {
      const sql = `INSERT INTO target_intents (target, number, intent)
        SELECT ?, count(*), ? FROM target_intents WHERE target = ?`;
      store.run(sql, TARGET, intent, TARGET);
    },
    forget: () => void forget(store),
    record: ({ topicId: topic, ...facts }) =>
      void record([{ kind: 'topic', body: { v: 1, target: TARGET, topic, ...facts } }], forget),
  };
}
