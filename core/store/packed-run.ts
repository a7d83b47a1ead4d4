import type { PackedRun } from '../ledger/ledger-storage.ts';
import type { ReadableStore } from './handle.ts';
import { nodesBefore } from './node-position.ts';
import { packedBytes } from './stored-entries.ts';

interface EntriesRow {
  readonly count: number;
  readonly first: number | null;
  readonly last: number | null;
  readonly bytes: Uint8Array | null;
  readonly lengths: string | null;
  readonly leafHashes: Uint8Array | null;
}

/**
 * Blobs joined by SQLite itself: a row handed over by itself costs ten times as much as its share of these. That they
 * come in the order of their numbers is what the walk over the primary key gives; another order would give other hashes
 * than the tree's, and whoever asked would look at each row by itself.
 */
const JOINED_ENTRIES = `SELECT count(*) AS count, min(idx) AS first, max(idx) AS last,
  CAST(group_concat(bytes, '') AS BLOB) AS bytes, group_concat(length(bytes)) AS lengths,
  CAST(group_concat(leaf_hash, '') AS BLOB) AS leafHashes
  FROM (SELECT idx, bytes, leaf_hash FROM entries WHERE idx >= ? AND idx < ? ORDER BY idx)`;
const JOINED_NODES = `SELECT CAST(group_concat(hash, '') AS BLOB) AS hashes
  FROM (SELECT hash FROM nodes WHERE position >= ? AND position < ? ORDER BY position)`;
const JOINED_CHECKPOINTS = `SELECT group_concat(size) AS sizes, CAST(group_concat(root, '') AS BLOB) AS roots
  FROM (SELECT size, root FROM checkpoints WHERE size > ? AND size <= ? ORDER BY size)`;

const NOTHING = new Uint8Array(0);

/** The entries with `from <= index < to` and what belongs to them; undefined where the entries have a hole, or a block is damaged. */
export function packedRun(store: ReadableStore, from: number, to: number): PackedRun | undefined {
  const { count = 0, first, last, bytes, lengths, leafHashes } = store.get<EntriesRow>(JOINED_ENTRIES, from, to) ?? {};
  const joined = withPacked(store, first ?? 0, { bytes: bytes ?? NOTHING, lengths: numbersIn(lengths) });
  if (joined === undefined) return undefined;
  const ends = endsOf(joined.lengths);
  const isWhole = count === 0 || (first === Math.max(0, from) && last === first + count - 1);
  if (!isWhole || ends.length !== count) return undefined;
  const nodes = store.get<{ hashes: Uint8Array | null }>(JOINED_NODES, nodesBefore(from), nodesBefore(to));
  const heads = store.get<{ sizes: string | null; roots: Uint8Array | null }>(JOINED_CHECKPOINTS, from, to);
  return {
    bytes: joined.bytes,
    ends,
    leafHashes: leafHashes ?? NOTHING,
    nodeHashes: nodes?.hashes ?? NOTHING,
    checkpointSizes: numbersIn(heads?.sizes),
    checkpointRoots: heads?.roots ?? NOTHING,
  };
}

interface Joined {
  readonly bytes: Uint8Array;
  readonly lengths: readonly number[];
}

/** The same with the bytes of the entries that lie in blocks; undefined where a block does not give them. */
function withPacked(store: ReadableStore, first: number, joined: Joined): Joined | undefined {
  if (!joined.lengths.includes(0)) return joined;
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const [i, length] of joined.lengths.entries()) {
    const piece = length === 0 ? packedBytes(store, first + i) : joined.bytes.subarray(at, at + length);
    if (!(piece instanceof Uint8Array)) return undefined;
    pieces.push(piece);
    at += length;
  }
  return { bytes: Buffer.concat(pieces), lengths: pieces.map(({ length }) => length) };
}

function numbersIn(text: string | null | undefined): number[] {
  return typeof text === 'string' ? text.split(',').map(Number) : [];
}

function endsOf(lengths: readonly number[]): number[] {
  let end = 0;
  return lengths.map((length) => {
    end += length;
    return end;
  });
}
