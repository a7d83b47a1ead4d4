import { hash } from 'node:crypto';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { ReadableStore } from './handle.ts';

/** A block as its row has it. */
export interface BlockRow {
  /** Indexes of the entries that it covers: `first <= index < end`. */
  readonly first: number;
  readonly end: number;
  /** Length of what is packed. */
  readonly rawBytes: number;
  /** SHA-256 of `bytes`. */
  readonly digest: Uint8Array;
  /** Zstandard. */
  readonly bytes: Uint8Array;
}

/** A block whose digest holds, unpacked. */
export interface EntryBlock {
  readonly first: number;
  readonly end: number;
  /** The canonical bytes of the entries, one after the other; empty where an entry stands by itself. */
  readonly entries: readonly Uint8Array[];
}

/** What of a block does not hold, in words. */
export interface BlockTrouble {
  readonly trouble: string;
}

const SELECT_BLOCK = 'SELECT first, "end", raw_bytes AS rawBytes, digest, bytes FROM entry_blocks';
/** Beyond this, a level gains some hundredths and costs three times the time and more. */
const LEVEL = 9;
const LINE_FEED = 0x0a;
/** Readers go over an index of time or unit, so that entries of a few blocks come in turns. */
const BLOCKS_KEPT = 6;

/** Unpacked blocks by the handle that read them. Blocks never change, so there is nothing to forget but for room. */
const kept = new WeakMap<ReadableStore, EntryBlock[]>();

/** Node takes no shorter pieces, and longer ones than any common block are no gain. */
const CHUNK_BYTES = { least: 64, most: 1024 * 1024 };
/** More than any block of ours holds: its row may have been changed. */
const UNPACKED_BYTES_MAX = 64 * 1024 * 1024;

/** Packs entries: each is a line, empty where it stands by itself. Canonical JSON has no line feed in it. */
export function packBlock(first: number, entries: readonly Uint8Array[]): BlockRow {
  const raw = Buffer.concat(entries.flatMap((entry) => [entry, LINE_END]));
  const bytes = zstdCompressSync(raw, { params: { [constants.ZSTD_c_compressionLevel]: LEVEL } });
  return { first, end: first + entries.length, rawBytes: raw.length, digest: digestOf(bytes), bytes };
}

const LINE_END = Uint8Array.of(LINE_FEED);

/** The entries of a block, or what of it does not hold. */
export function unpackBlock(row: BlockRow): EntryBlock | BlockTrouble {
  if (!digestOf(row.bytes).equals(row.digest)) return { trouble: 'its bytes do not have their digest' };
  return unpackUnchecked(row);
}

/** The same where nothing says that the bytes are those that were packed: each entry must be held against a hash. */
export function unpackUnchecked({ first, end, rawBytes, bytes }: BlockRow): EntryBlock | BlockTrouble {
  const raw = decompress(bytes, rawBytes);
  if (raw === undefined) return { trouble: 'it cannot be unpacked' };
  const entries: Uint8Array[] = [];
  let from = 0;
  for (let at = raw.indexOf(LINE_FEED); at !== -1; at = raw.indexOf(LINE_FEED, from)) {
    entries.push(raw.subarray(from, at));
    from = at + 1;
  }
  if (from !== raw.length || entries.length !== end - first) return { trouble: `it holds ${entries.length} entries` };
  return { first, end, entries };
}

/** The block that covers an entry; undefined where none does. */
export function blockOf(store: ReadableStore, index: number): EntryBlock | BlockTrouble | undefined {
  const blocks = kept.get(store) ?? [];
  const found = blocks.find(({ first, end }) => first <= index && index < end);
  if (found !== undefined) return found;
  const row = store.get<BlockRow>(`${SELECT_BLOCK} WHERE first <= ? ORDER BY first DESC LIMIT 1`, index);
  if (row === undefined || row.end <= index) return undefined;
  const block = unpackBlock(row);
  if ('trouble' in block) return block;
  kept.set(store, [block, ...blocks.slice(0, BLOCKS_KEPT - 1)]);
  return block;
}

/** Entries below this index are covered by blocks. */
export function packedEnd(store: ReadableStore): number {
  return store.get<{ end: number }>('SELECT "end" FROM entry_blocks ORDER BY first DESC LIMIT 1')?.end ?? 0;
}

/** What packing took and gives. */
export interface PackedFigures {
  readonly blocks: number;
  /** Entries below this index are covered by blocks. */
  readonly end: number;
  readonly rawBytes: number;
  readonly bytes: number;
}

/** Looks at each block's row. */
export function packedFigures(store: ReadableStore): PackedFigures {
  const row = store.get<PackedFigures>(
    `SELECT count(*) AS blocks, coalesce(max("end"), 0) AS "end", coalesce(sum(raw_bytes), 0) AS rawBytes,
       coalesce(sum(length(bytes)), 0) AS bytes FROM entry_blocks`,
  );
  return row ?? { blocks: 0, end: 0, rawBytes: 0, bytes: 0 };
}

/** The block that begins with an entry, as it lies in the store at this moment. */
export function readBlock(store: ReadableStore, first: number): EntryBlock | BlockTrouble | undefined {
  const row = store.get<BlockRow>(`${SELECT_BLOCK} WHERE first = ?`, first);
  return row === undefined ? undefined : unpackBlock(row);
}

/**
 * The first block that is not what it should be, in words: they lie one behind the other, and each holds the entries whose
 * rows have no bytes, and no other. What an entry is stands with the entries.
 */
export function damagedBlock(store: ReadableStore): string | undefined {
  let end = 0;
  for (const row of store.rows<BlockRow>(`${SELECT_BLOCK} ORDER BY first`)) {
    const name = `the block of the entries ${row.first} to ${row.end - 1}`;
    if (row.first !== end) return `${name} does not follow the one before`;
    end = row.end;
    const block = unpackBlock(row);
    if ('trouble' in block) return `${name}: ${block.trouble}`;
    const isOutside = store.get<{ idx: number }>(
      "SELECT idx FROM entries WHERE idx >= ? AND idx < ? AND (length(bytes) = 0) <> (substr(?, idx - ? + 1, 1) = '1')",
      row.first,
      row.end,
      block.entries.map(({ length }) => (length === 0 ? '0' : '1')).join(''),
      row.first,
    );
    if (isOutside !== undefined) return `${name} holds entry ${isOutside.idx} where its row does too, or neither does`;
  }
  return undefined;
}

function decompress(bytes: Uint8Array, rawBytes: number): Buffer | undefined {
  try {
    const maxOutputLength = Math.min(rawBytes, UNPACKED_BYTES_MAX);
    // In one piece: the pieces that Node takes otherwise cost as much again.
    const chunkSize = Math.min(CHUNK_BYTES.most, Math.max(CHUNK_BYTES.least, maxOutputLength));
    const raw = zstdDecompressSync(bytes, { maxOutputLength, chunkSize });
    return raw.length === rawBytes ? raw : undefined;
  } catch {
    return undefined;
  }
}

function digestOf(bytes: Uint8Array): Buffer {
  return hash('sha256', bytes, 'buffer');
}
