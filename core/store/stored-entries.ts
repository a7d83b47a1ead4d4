import type { EntryKind } from '../ledger/entry.ts';
import type { StoredEntry } from '../ledger/ledger-storage.ts';
import { type BlockTrouble, blockOf, type EntryBlock } from './entry-blocks.ts';
import type { ReadableStore } from './handle.ts';

/** Every kind but `reading`: there are few of them, and an index finds them by kind. Readings are found by unit and time. */
export type RareKind = Exclude<EntryKind, 'reading'>;

interface EntryRow {
  readonly idx: number;
  readonly kind: EntryKind;
  readonly bytes: Uint8Array;
  readonly leafHash: Uint8Array;
}

const SELECT_ENTRY = 'SELECT idx, kind, bytes, leaf_hash AS leafHash FROM entries';

/** The entry as it lies in the store. All reading of entries goes through this file and `entries.ts`. */
export function storedEntry(store: ReadableStore, index: number): StoredEntry | undefined {
  const row = store.get<EntryRow>(`${SELECT_ENTRY} WHERE idx = ?`, index);
  return row === undefined ? undefined : toEntry(store, row);
}

/** The entries with `from <= index < to` that exist, ascending, one at a time. */
export function* storedEntries(store: ReadableStore, from: number, to: number): Generator<StoredEntry> {
  const rows = store.rows<EntryRow>(`${SELECT_ENTRY} WHERE idx >= ? AND idx < ? ORDER BY idx`, from, to);
  for (const row of rows) yield toEntry(store, row);
}

export interface KindOrder {
  readonly order?: 'asc' | 'desc';
  /** Only entries below this index. */
  readonly before?: number;
}

/** The entries of these kinds, by index. */
export function* storedOfKinds(
  store: ReadableStore,
  kinds: readonly RareKind[],
  { order = 'asc', before = Number.MAX_SAFE_INTEGER }: KindOrder = {},
): Generator<StoredEntry> {
  // Spelt out that no reading is asked for, so that the index serves.
  const sql = `${SELECT_ENTRY} WHERE kind IN (${kinds.map(() => '?').join(', ')}) AND kind <> 'reading' AND idx < ?
    ORDER BY idx ${order === 'asc' ? 'ASC' : 'DESC'}`;
  for (const row of store.rows<EntryRow>(sql, ...kinds, before)) yield toEntry(store, row);
}

/** Index and kind of the first `limit` entries from an index on that are none of these kinds, ascending. */
export function kindsFrom(
  store: ReadableStore,
  from: number,
  { except, limit }: { readonly except: readonly RareKind[]; readonly limit: number },
): readonly { readonly index: number; readonly kind: EntryKind }[] {
  const sql = `SELECT idx AS "index", kind FROM entries NOT INDEXED
    WHERE idx >= ? AND kind NOT IN (${except.map(() => '?').join(', ')}) ORDER BY idx LIMIT ?`;
  return store.all(sql, from, ...except, limit);
}

/** Indexes of the entries of one of the rarer kinds with `from <= index < to`, ascending. */
export function indexesOfKind(store: ReadableStore, kind: RareKind, from: number, to: number): readonly number[] {
  const sql = "SELECT idx FROM entries WHERE kind = ? AND kind <> 'reading' AND idx >= ? AND idx < ? ORDER BY idx";
  return store.all<{ idx: number }>(sql, kind, from, to).map(({ idx }) => idx);
}

/** Index of the newest entry of the kind. */
export function newestIndexOf(store: ReadableStore, kind: RareKind): number | undefined {
  const sql = "SELECT max(idx) AS idx FROM entries WHERE kind = ? AND kind <> 'reading'";
  return store.get<{ idx: number | null }>(sql, kind)?.idx ?? undefined;
}

interface Counted {
  readonly size: number;
  readonly others: number;
}

/** What was counted last, by store: entries never change, so only those since then are counted anew. */
const counted = new WeakMap<ReadableStore, Counted>();

/** Number of readings. The first time it counts what is none, which is little. */
export function countReadings(store: ReadableStore): number {
  return store.snapshot(() => {
    const size = storedSize(store);
    const others = countOthers(store, size);
    counted.set(store, { size, others });
    return size - others;
  });
}

function countOthers(store: ReadableStore, size: number): number {
  const known = counted.get(store);
  const count = (condition: string, ...values: number[]): number =>
    store.get<{ others: number }>(`SELECT count(*) AS others FROM entries ${condition}`, ...values)?.others ?? 0;
  // In the index that leaves readings out; the rows since then lie beside each other in the table.
  if (known === undefined || known.size > size) return count("WHERE kind <> 'reading'");
  return known.others + count("NOT INDEXED WHERE idx >= ? AND idx < ? AND kind <> 'reading'", known.size, size);
}

export function storedLeafHash(store: ReadableStore, index: number): Uint8Array | undefined {
  return store.get<{ hash: Uint8Array }>('SELECT leaf_hash AS hash FROM entries WHERE idx = ?', index)?.hash;
}

/** Number of entries. */
export function storedSize(store: ReadableStore): number {
  return store.get<{ size: number }>('SELECT coalesce(max(idx) + 1, 0) AS size FROM entries')?.size ?? 0;
}

/** Length of the canonical bytes of the entries `[from, to)`; blocks at its ends count as a whole. */
export function storedLength(store: ReadableStore, from: number, to: number): number {
  const row = store.get<{ total: number }>(
    `SELECT (SELECT coalesce(sum(length(bytes)), 0) FROM entries WHERE idx >= ? AND idx < ?)
      + (SELECT coalesce(sum(raw_bytes), 0) FROM entry_blocks WHERE "end" > ? AND first < ?) AS total`,
    from,
    to,
    from,
    to,
  );
  return row?.total ?? 0;
}

/** What a block holds of an entry whose row has no bytes, or why it has none. */
export function packedBytes(store: ReadableStore, index: number): Uint8Array | BlockTrouble {
  const block = blockOf(store, index);
  if (block === undefined) return { trouble: 'no block holds it' };
  if ('trouble' in block) return { trouble: `of the block that holds it, ${block.trouble}` };
  return bytesIn(block, index) ?? { trouble: 'the block that covers it does not hold it' };
}

function bytesIn({ first, entries }: EntryBlock, index: number): Uint8Array | undefined {
  const bytes = entries[index - first];
  return bytes === undefined || bytes.length === 0 ? undefined : bytes;
}

function toEntry(store: ReadableStore, { idx, kind, bytes, leafHash }: EntryRow): StoredEntry {
  if (bytes.length > 0) return { index: idx, kind, bytes, leafHash };
  const packed = packedBytes(store, idx);
  if (packed instanceof Uint8Array) return { index: idx, kind, bytes: packed, leafHash };
  return { index: idx, kind, bytes, leafHash, trouble: packed.trouble };
}
