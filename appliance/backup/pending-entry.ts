import type { NewEntry } from '../../core/ledger/entry.ts';
import type { JsonObject } from '../../core/model/json.ts';
import type { ReadableStore, WritableStore } from '../../core/store/handle.ts';
import { readNote, removeNote, writeNote } from '../../core/store/notes.ts';

const NOTE = 'pending-entries';

/** What happened to the store while nobody could sign: it becomes an entry before anything else is recorded. */
export type PendingEntry = NewEntry & { readonly kind: 'restore' | 'salvage' };

export function addPending(write: WritableStore, entry: PendingEntry): void {
  writeNote(write, NOTE, JSON.stringify([...pendingEntries(write), entry]));
}

/** In the order in which they were added. */
export function pendingEntries(store: ReadableStore): readonly PendingEntry[] {
  const text = readNote(store, NOTE);
  if (text === undefined) return [];
  return (JSON.parse(text) as { kind: PendingEntry['kind']; body: JsonObject }[]).map(({ kind, body }) => ({
    kind,
    body,
  }));
}

/** Call it within the write that records them. */
export function clearPending(write: WritableStore): void {
  removeNote(write, NOTE);
}

/** Records what is pending in one write. Nothing, when nothing is. */
export function recordPending(
  store: WritableStore,
  record: (entries: readonly NewEntry[], alongside: (write: WritableStore) => void) => unknown,
): void {
  const entries = pendingEntries(store);
  if (entries.length > 0) record(entries, clearPending);
}
