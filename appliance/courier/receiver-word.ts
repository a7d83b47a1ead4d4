import type { Entry } from '../../core/ledger/entry.ts';
import { latestEntry, readEntry } from '../../core/store/entries.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import type { ReceiverWord } from '../../core/sync/anchor.ts';
import { CARRIED_TARGET } from './received-ledger.ts';

/**
 * What whoever receives the carried disks has said. Sticks get lost, so a batch on one is held by nobody before they confirmed
 * it; and what they confirmed they hold, whichever disk brought it. The receipt of a disk names who is to receive it; a
 * `received` entry says how far they confirmed. Looked up once, when it is asked for.
 */
export function receiverWord(store: ReadableStore): ReceiverWord {
  let newest: { readonly entry: Entry | undefined } | undefined;
  const received = (): ReturnType<ReceiverWord['received']> => {
    newest ??= { entry: latestEntry(store, 'received') };
    if (newest.entry === undefined) return undefined;
    const { index, at, body } = newest.entry;
    return { target: CARRIED_TARGET, size: Number(body.size), index, at };
  };
  return {
    received,
    isAwaited: ({ target, end, receiptIndex }) => {
      if (target !== CARRIED_TARGET) return false;
      const receipt = readEntry(store, receiptIndex)?.body.receipt;
      const isNamed = typeof receipt === 'object' && receipt !== null && 'receiver' in receipt;
      return isNamed && end > (received()?.size ?? 0);
    },
  };
}
