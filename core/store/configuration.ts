import type { Entry } from '../ledger/entry.ts';
import { latestEntry, parseEntry } from './entries.ts';
import type { ReadableStore } from './handle.ts';

/** The configuration in force: the newest configuration entry, or undefined before the first start. */
export function latestConfiguration(store: ReadableStore): Entry | undefined {
  return latestEntry(store, 'configuration');
}

/** The configuration that the last run was started with; another may have been recorded for the next start since. */
export function configurationOfLastRun(store: ReadableStore): Entry | undefined {
  const row = store.get<{ bytes: Uint8Array }>(
    `SELECT bytes FROM entries WHERE kind = 'configuration' AND kind <> 'reading'
     AND idx < (SELECT max(idx) FROM entries WHERE kind = 'start' AND kind <> 'reading') ORDER BY idx DESC LIMIT 1`,
  );
  return row === undefined ? undefined : parseEntry(row.bytes);
}
