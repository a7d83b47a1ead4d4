import type { Entry } from '../ledger/entry.ts';
import { latestEntry } from './entries.ts';
import type { ReadableStore } from './handle.ts';
import { newestIndexOf } from './stored-entries.ts';

/** The configuration in force: the newest configuration entry, or undefined before the first start. */
export function latestConfiguration(store: ReadableStore): Entry | undefined {
  return latestEntry(store, 'configuration');
}

/** The configuration that the run was started with which recorded the entry at `index`. */
export function configurationAt(store: ReadableStore, index: number): Entry | undefined {
  const start = latestEntry(store, 'start', index);
  return start === undefined ? undefined : latestEntry(store, 'configuration', start.index);
}

/** The configuration that the last run was started with; another may have been recorded for the next start since. */
export function configurationOfLastRun(store: ReadableStore): Entry | undefined {
  const start = newestIndexOf(store, 'start');
  return start === undefined ? undefined : latestEntry(store, 'configuration', start);
}
