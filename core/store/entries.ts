import { type Entry, refuseFuture } from '../ledger/entry.ts';
import type { StoredEntry } from '../ledger/ledger-storage.ts';
import { isEqual, leafHash } from '../ledger/merkle.ts';
import { unreadable } from './entry-failure.ts';
import type { ReadableStore } from './handle.ts';
import {
  type KindOrder,
  type RareKind,
  storedEntries,
  storedEntry,
  storedOfKinds,
  storedSize,
} from './stored-entries.ts';

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
    throw unreadable('An entry of the ledger is no longer readable.', cause);
  }
}

/** @throws Failure `STO_ENTRY_DAMAGED` where it is not what was recorded. */
export function readEntry(store: ReadableStore, index: number): Entry | undefined {
  const stored = storedEntry(store, index);
  return stored === undefined ? undefined : parseEntry(soundBytes(stored));
}

/**
 * The canonical bytes of an entry that a table for queries names.
 *
 * @throws Failure `STO_ENTRY_DAMAGED` when there is no such entry.
 */
export function bytesOfNamed(store: ReadableStore, index: number): Uint8Array {
  const stored = storedEntry(store, index);
  if (stored === undefined) throw unreadable(`Entry ${index} of the ledger is missing.`);
  return soundBytes(stored);
}

/** The canonical bytes, if they have the hash that the tree holds: nothing goes by what a disk or a hand has changed since. */
function soundBytes({ index, bytes, leafHash: leaf, trouble }: StoredEntry): Uint8Array {
  if (trouble !== undefined) throw unreadable(`Entry ${index} of the ledger is no longer readable: ${trouble}.`);
  if (isEqual(leafHash(bytes), leaf)) return bytes;
  throw unreadable(`Entry ${index} of the ledger is not what was recorded: its hash differs.`);
}

/** The newest entry of a kind, or the newest below the index `before`. */
export function latestEntry(store: ReadableStore, kind: RareKind, before?: number): Entry | undefined {
  for (const stored of storedOfKinds(store, [kind], { order: 'desc', ...(before === undefined ? {} : { before }) }))
    return parseEntry(soundBytes(stored));
  return undefined;
}

/** All entries of these kinds, by index. */
export function* entriesOfKinds(
  store: ReadableStore,
  kinds: readonly RareKind[],
  order: KindOrder = {},
): Generator<Entry> {
  for (const stored of storedOfKinds(store, kinds, order)) yield parseEntry(soundBytes(stored));
}

/** The entries with `from <= index < to`, ascending, one at a time. */
export function* entriesBetween(store: ReadableStore, from: number, to: number): Generator<Entry> {
  for (const stored of storedEntries(store, from, to)) yield parseEntry(soundBytes(stored));
}

/** When the newest entry was recorded, or undefined in an empty ledger. */
export function lastRecordedAtMs(store: ReadableStore): number | undefined {
  const newest = readEntry(store, storedSize(store) - 1);
  return newest === undefined ? undefined : Date.parse(newest.at);
}
