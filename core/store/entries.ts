import { type Entry, type EntryKind, refuseFuture } from '../ledger/entry.ts';
import { Failure } from '../model/failure.ts';
import type { ReadableStore } from './handle.ts';

/**
 * The entry whose canonical bytes these are.
 *
 * @throws Failure `STO_ENTRY_DAMAGED` when they are no JSON any more, `LED_FROM_FUTURE` when a later Forebay wrote them.
 */
export function parseEntry(bytes: Uint8Array): Entry {
  const entry = parseJson(bytes);
  refuseFuture(entry);
  return entry;
}

function parseJson(bytes: Uint8Array): Entry {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')) as Entry;
  } catch (cause) {
    throw new Failure('STO_ENTRY_DAMAGED', 'An entry of the ledger is no longer readable.', {
      hint: 'run `forebay ledger fsck` to learn which',
      exitCode: 4,
      cause,
    });
  }
}

export function readEntry(store: ReadableStore, index: number): Entry | undefined {
  const row = store.get<{ bytes: Uint8Array }>('SELECT bytes FROM entries WHERE idx = ?', index);
  return row === undefined ? undefined : parseEntry(row.bytes);
}

/** The newest entry of a kind. Not for readings, which are found by unit and time. */
export function latestEntry(store: ReadableStore, kind: Exclude<EntryKind, 'reading'>): Entry | undefined {
  const sql = "SELECT bytes FROM entries WHERE kind = ? AND kind <> 'reading' ORDER BY idx DESC LIMIT 1";
  const row = store.get<{ bytes: Uint8Array }>(sql, kind);
  return row === undefined ? undefined : parseEntry(row.bytes);
}

/** When the newest entry was recorded, or undefined in an empty ledger. */
export function lastRecordedAtMs(store: ReadableStore): number | undefined {
  const row = store.get<{ bytes: Uint8Array }>('SELECT bytes FROM entries ORDER BY idx DESC LIMIT 1');
  return row === undefined ? undefined : Date.parse(parseEntry(row.bytes).at);
}
