import { Cursor } from '../../core/ledger/cursor.ts';
import type { Entry } from '../../core/ledger/entry.ts';
import type { StoredEntry } from '../../core/ledger/ledger-storage.ts';
import { isEqual, leafHash } from '../../core/ledger/merkle.ts';
import { canonicalizeEntry } from '../../core/ledger/recorder.ts';
import { type BlockRow, type EntryBlock, unpackBlock, unpackUnchecked } from '../../core/store/entry-blocks.ts';
import type { ReadableStore, WritableStore } from '../../core/store/handle.ts';

/** No block of ours covers more entries. */
const BLOCK_ENTRIES_MAX = 65_536;

/** Blocks that were found whole stay packed; the rest is what single entries of others can be proved with. */
export function createPackedTables(store: WritableStore): void {
  store.run(`CREATE TABLE found_blocks (first INTEGER, "end" INTEGER, raw_bytes INTEGER, digest BLOB, bytes BLOB,
    UNIQUE (first, digest)) STRICT`);
  store.run('CREATE TABLE found_leaves (idx INTEGER, leaf_hash BLOB, UNIQUE (idx, leaf_hash)) STRICT');
  store.run('CREATE TABLE found_doubtful (idx INTEGER, kind TEXT, bytes BLOB, leaf_hash BLOB) STRICT');
}

/** Keeps a block whose digest holds; of another one what can still be unpacked, until a leaf hash speaks for it. */
export function takePacked(store: WritableStore, row: BlockRow): void {
  if (row.end - row.first > BLOCK_ENTRIES_MAX) return;
  if (!('trouble' in unpackBlock(row))) {
    const { first, end, rawBytes, digest, bytes } = row;
    store.run(
      'INSERT INTO found_blocks VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
      first,
      end,
      rawBytes,
      digest,
      bytes,
    );
    return;
  }
  const block = unpackUnchecked(row);
  if ('trouble' in block) return;
  for (const { index, kind, bytes, leafHash: leaf } of entriesIn(block)) {
    store.run('INSERT INTO found_doubtful VALUES (?, ?, ?, ?)', index, kind, bytes, leaf);
  }
}

/** Takes what was unpacked in doubt and has the leaf hash that the entry's own row or that of a copy gives. */
export function takeDoubtful(store: WritableStore): void {
  store.run(`INSERT INTO found_entries SELECT idx, kind, bytes, leaf_hash FROM found_doubtful AS doubtful
    WHERE EXISTS (SELECT 1 FROM found_leaves AS leaf WHERE leaf.idx = doubtful.idx AND leaf.leaf_hash = doubtful.leaf_hash)
    ON CONFLICT DO NOTHING`);
}

const SELECT_BLOCK = 'SELECT first, "end", raw_bytes AS rawBytes, digest, bytes FROM found_blocks';

export function packedEntry(store: ReadableStore, index: number): StoredEntry | undefined {
  // One at a time: nearly always the first one holds it, and thousands may lie before.
  const rows = store.rows<BlockRow>(
    `${SELECT_BLOCK} WHERE first <= ? AND first > ? AND "end" > ? ORDER BY first DESC`,
    index,
    index - BLOCK_ENTRIES_MAX,
    index,
  );
  for (const row of rows) {
    const block = unpackBlock(row);
    const found = 'trouble' in block ? undefined : entryIn(block, index);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The packed entries from an index on, ascending, each once. */
export function* packedFrom(store: ReadableStore, from: number): Generator<StoredEntry> {
  let next = from;
  for (const row of store.rows<BlockRow>(`${SELECT_BLOCK} WHERE "end" > ? ORDER BY first, "end"`, from)) {
    const block = unpackBlock(row);
    if ('trouble' in block) continue;
    for (const entry of entriesIn(block)) {
      if (entry.index < next) continue;
      next = entry.index + 1;
      yield entry;
    }
  }
}

/** Two ascending sequences as one; where both have an index, the first has precedence. */
export function* merged(a: Iterable<StoredEntry>, b: Iterable<StoredEntry>): Generator<StoredEntry> {
  const others = new Cursor(b);
  try {
    for (const entry of a) {
      for (let other = others.peek(); other !== undefined && other.index <= entry.index; other = others.peek()) {
        if (other.index < entry.index) yield other;
        others.take();
      }
      yield entry;
    }
    for (let other = others.take(); other !== undefined; other = others.take()) yield other;
  } finally {
    others.close();
  }
}

function* entriesIn(block: EntryBlock): Generator<StoredEntry> {
  for (let index = block.first; index < block.end; index += 1) {
    const entry = entryIn(block, index);
    if (entry !== undefined) yield entry;
  }
}

function entryIn({ first, entries }: EntryBlock, index: number): StoredEntry | undefined {
  const bytes = entries[index - first];
  if (bytes === undefined || bytes.length === 0) return undefined;
  const found: StoredEntry = { index, kind: 'reading', bytes, leafHash: leafHash(bytes) };
  return isWhole(found) ? found : undefined;
}

/** Whether the bytes give their hash and are the entry of that index and kind. */
export function isWhole({ index, kind, bytes, leafHash: leaf }: StoredEntry): boolean {
  if (!isEqual(leafHash(bytes), leaf)) return false;
  try {
    const entry = JSON.parse(Buffer.from(bytes).toString('utf8')) as Entry;
    return (
      entry.index === index && entry.kind === kind && canonicalizeEntry(entry) === Buffer.from(bytes).toString('utf8')
    );
  } catch {
    return false;
  }
}

export function insertEntry(store: WritableStore, { index, kind, bytes, leafHash: leaf }: StoredEntry): void {
  store.run('INSERT INTO found_entries VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING', index, kind, bytes, leaf);
}
