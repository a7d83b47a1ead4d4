import type { Entry } from '../ledger/entry.ts';
import { latestEntry } from './entries.ts';
import type { ReadableStore } from './handle.ts';

/** The configuration in force: the newest configuration entry, or undefined before the first start. */
export function latestConfiguration(store: ReadableStore): Entry | undefined {
  return latestEntry(store, 'configuration');
}
