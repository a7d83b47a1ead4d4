import { entriesOfKinds } from '../../core/store/entries.ts';
import type { ReadableStore } from '../../core/store/handle.ts';

/**
 * Whether the store was replaced by an older or a salvaged one after the batch was sealed: then what it says of attempts
 * to deliver the batch may be older than the attempts.
 */
export function isHistoryLost(store: ReadableStore, batchIndex: number): boolean {
  for (const { index } of entriesOfKinds(store, ['restore', 'salvage'], { order: 'desc' })) return index > batchIndex;
  return false;
}

/** When that was last recorded; undefined where the store was never replaced. */
export function historyLostAtMs(store: ReadableStore): number | undefined {
  for (const { at } of entriesOfKinds(store, ['restore', 'salvage'], { order: 'desc' })) return Date.parse(at);
  return undefined;
}
