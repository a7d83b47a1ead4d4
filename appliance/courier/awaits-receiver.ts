import { latestEntry, readEntry } from '../../core/store/entries.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import type { AwaitsReceiver } from '../../core/sync/anchor.ts';
import { CARRIED_TARGET } from './received-ledger.ts';

/**
 * Tells which deliveries lie on a disk that somebody still has to receive: sticks get lost, so such a batch is held by
 * nobody yet. The receipt of the disk names who is to receive it; a `received` entry says how far they confirmed.
 */
export function awaitsReceiver(store: ReadableStore): AwaitsReceiver {
  let confirmedSize: number | undefined;
  return ({ target, end, receiptIndex }) => {
    if (target !== CARRIED_TARGET) return false;
    const receipt = readEntry(store, receiptIndex)?.body.receipt;
    const isNamed = typeof receipt === 'object' && receipt !== null && 'receiver' in receipt;
    if (!isNamed) return false;
    confirmedSize ??= Number(latestEntry(store, 'received')?.body.size ?? 0);
    return end > confirmedSize;
  };
}
