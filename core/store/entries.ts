import { type Entry, refuseFuture } from '../ledger/entry.ts';
import { unreadable } from './entry-failure.ts';
import type { ReadableStore } from './handle.ts';
import {
  type KindOrder,
  type RareKind,
  storedBytes,
  storedEntries,
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

export function readEntry(store: ReadableStore, index: number): Entry | undefined {
  const bytes = storedBytes(store, index);
  return bytes === undefined ? undefined : parseEntry(bytes);
}

/**
 * The canonical bytes of an entry that a table for queries names.
 *
 * @throws Failure `STO_ENTRY_DAMAGED` when there is no such entry.
 */
export function bytesOfNamed(store: ReadableStore, index: number): Uint8Array {
  const bytes = storedBytes(store, index);
  if (bytes === undefined) throw unreadable(`Entry ${index} of the ledger is missing.`);
  return bytes;
}

/** The newest entry of a kind, or the newest below the index `before`. */
export function latestEntry(store: ReadableStore, kind: RareKind, before?: number): Entry | undefined {
  for (const { bytes } of storedOfKinds(store, [kind], { order: 'desc', ...(before === undefined ? {} : { before }) }))
    return parseEntry(bytes);
  return undefined;
}

/** All entries of these kinds, by index. */
export function* entriesOfKinds(
  store: ReadableStore,
  kinds: readonly RareKind[],
  order: KindOrder = {},
): Generator<Entry> {
  for (const { bytes } of storedOfKinds(store, kinds, order)) yield parseEntry(bytes);
}

/** The entries with `from <= index < to`, ascending, one at a time. */
export function* entriesBetween(store: ReadableStore, from: number, to: number): Generator<Entry> {
  for (const { bytes } of storedEntries(store, from, to)) yield parseEntry(bytes);
}

/** When the newest entry was recorded, or undefined in an empty ledger. */
export function lastRecordedAtMs(store: ReadableStore): number | undefined {
  const newest = readEntry(store, storedSize(store) - 1);
  return newest === undefined ? undefined : Date.parse(newest.at);
}
