import { canonicalize } from '../../core/ledger/canonical.ts';
import type { NewEntry } from '../../core/ledger/entry.ts';
import { bodyTrouble } from '../../core/ledger/entry-schemas.ts';
import type { JsonObject } from '../../core/model/json.ts';
import { entriesOfKinds } from '../../core/store/entries.ts';
import type { ReadableStore, WritableStore } from '../../core/store/handle.ts';
import { readNote, removeNote, writeNote } from '../../core/store/notes.ts';

const NOTE = 'pending-entries';

/** What happened to the store while nobody could sign: it becomes an entry before anything else is recorded. */
export type PendingEntry = NewEntry & { readonly kind: 'restore' | 'salvage' };

export function addPending(write: WritableStore, entry: PendingEntry): void {
  writeNote(write, NOTE, JSON.stringify([...pendingEntries(write), entry]));
}

/**
 * Adds what was pending in a store that this one follows, where it is neither pending here nor an entry already: what
 * happened to a ledger is not forgotten with its file.
 */
export function keepPending(write: WritableStore, found: readonly PendingEntry[]): void {
  const known = new Set(pendingEntries(write).map(textOf));
  for (const entry of entriesOfKinds(write, ['restore', 'salvage'])) known.add(textOf(entry));
  for (const entry of found) {
    if (known.has(textOf(entry))) continue;
    known.add(textOf(entry));
    addPending(write, entry);
  }
}

/** What a note that was found in a damaged file says; none where it is not whole. */
export function pendingIn(name: string, text: string): readonly PendingEntry[] {
  if (name !== NOTE) return [];
  try {
    return (JSON.parse(text) as PendingEntry[]).filter(
      ({ kind, body }) =>
        (kind === 'restore' || kind === 'salvage') &&
        body.v === 1 &&
        bodyTrouble({ v: 1, index: 0, at: '', kind, body }, 1) === undefined,
    );
  } catch {
    return [];
  }
}

function textOf({ kind, body }: Pick<NewEntry, 'kind' | 'body'>): string {
  return canonicalize({ kind, body });
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
