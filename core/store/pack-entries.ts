import { leafHash } from '../ledger/merkle.ts';
import { Failure } from '../model/failure.ts';
import { type BlockRow, packBlock, packedEnd, readBlock } from './entry-blocks.ts';
import type { ReadableStore, WritableStore } from './handle.ts';
import { PAGE_BYTES } from './page-size.ts';
import { storedSize } from './stored-entries.ts';

export interface PackingRule {
  /** So many of the newest entries stay as they are. */
  readonly plainEntries: number;
  /** More entries than this are in no block, however small they are. */
  readonly blockEntriesMax: number;
}

/**
 * The newest entries are the ones that are read most and for which there is no backup yet: they stay row by row. It is
 * more than what a start looks at.
 */
export const PACKING_RULE: PackingRule = { plainEntries: 640, blockEntriesMax: 64 };

/** Whether much more waits to be packed than does while entries come one by one: after an update, or a long stop. */
export function isPackingBehind(
  store: ReadableStore,
  { plainEntries, blockEntriesMax }: PackingRule = PACKING_RULE,
): boolean {
  return storedSize(store) - packedEnd(store) > 2 * (plainEntries + blockEntriesMax);
}

/** What one step packed. */
export interface PackedStep {
  readonly first: number;
  readonly end: number;
  /** Length of the bytes before and after. */
  readonly rawBytes: number;
  readonly bytes: number;
}

/** A row fills one page together with its head: what damages one page costs one block. */
const ROW_HEAD_BYTES = 35 + 64;
const BLOCK_BYTES = PAGE_BYTES - ROW_HEAD_BYTES;
/** A page of which less is used is tried with more entries. */
const FULL_SHARE = 0.93;
const TRIES = 4;
/** More would make the reading of a single entry slow. */
const RAW_BYTES = 256 * 1024;

interface PlainRow {
  readonly idx: number;
  readonly kind: string;
  readonly bytes: Uint8Array;
  readonly leafHash: Uint8Array;
}

/**
 * Packs the oldest entries that are not packed yet into one block, if there are enough of them to fill a page; undefined
 * where there are not. In one write: the block is stored, read back, unpacked, and each entry in it held against its leaf
 * hash; only then the bytes are taken away from the rows. An entry that is not what was recorded is never packed.
 *
 * @throws Failure `LED_FSCK_ENTRY`, `LED_FSCK_HOLE` where an entry does not hold, and of the store; then nothing has changed.
 */
export function packEntries(store: WritableStore, rule: PackingRule = PACKING_RULE): PackedStep | undefined {
  const rows = nextRows(store, rule);
  const block = fullestBlock(rows, rule, likelyCount(store));
  if (block === undefined) return undefined;
  store.write(() => {
    insertBlock(store, block);
    confirm(store, block, rows);
    empty(store, block);
  });
  return { first: block.first, end: block.end, rawBytes: block.rawBytes, bytes: block.bytes.length };
}

/** The next entries that may be packed, whole. */
function nextRows(store: WritableStore, { plainEntries, blockEntriesMax }: PackingRule): readonly PlainRow[] {
  const first = packedEnd(store);
  const before = storedSize(store) - Math.max(1, plainEntries);
  const sql = 'SELECT idx, kind, bytes, leaf_hash AS leafHash FROM entries WHERE idx >= ? AND idx < ? ORDER BY idx';
  const rows: PlainRow[] = [];
  let rawBytes = 0;
  for (const row of store.rows<PlainRow>(sql, first, Math.min(before, first + blockEntriesMax))) {
    const index = first + rows.length;
    if (row.idx !== index) throw unsound('LED_FSCK_HOLE', `Entry ${index} is missing.`);
    if (!isSame(leafHash(row.bytes), row.leafHash)) {
      throw unsound('LED_FSCK_ENTRY', `Entry ${index} is not what was recorded: its hash differs.`);
    }
    rawBytes += lineOf(row).length;
    if (rows.length > 0 && rawBytes > RAW_BYTES) break;
    rows.push(row);
  }
  return rows;
}

/** The block of as many of the entries as fill a page; undefined where more of them are wanted. */
function fullestBlock(
  rows: readonly PlainRow[],
  { blockEntriesMax }: PackingRule,
  likely: number,
): BlockRow | undefined {
  const [first] = rows;
  if (first === undefined) return undefined;
  let best: BlockRow | undefined;
  let tooMany = rows.length + 1;
  let count = Math.min(rows.length, likely);
  for (let left = TRIES; left > 0 && count > 0; left -= 1) {
    const block = packRows(rows.slice(0, count));
    const share = block.bytes.length / BLOCK_BYTES;
    if (share <= 1) best = block;
    else tooMany = count;
    const isFull = share <= 1 && share >= FULL_SHARE;
    if (isFull) return block;
    const least = best === undefined ? 1 : best.end - best.first + 1;
    if (least >= tooMany) break;
    count = Math.max(least, Math.min(tooMany - 1, Math.floor((0.98 * count) / share)));
  }
  const takesAll = best !== undefined && best.end - best.first === rows.length;
  if (takesAll && rows.length < blockEntriesMax && rawLength(rows) < RAW_BYTES) return undefined;
  // An entry that fills more than a page has a block to itself.
  return best ?? packRows([first]);
}

/** How many entries like those of the block before fill a page. */
function likelyCount(store: ReadableStore): number {
  const last = store.get<{ entries: number; bytes: number }>(
    'SELECT "end" - first AS entries, length(bytes) AS bytes FROM entry_blocks ORDER BY first DESC LIMIT 1',
  );
  if (last === undefined) return Number.MAX_SAFE_INTEGER;
  return Math.max(1, Math.round((0.98 * last.entries * BLOCK_BYTES) / last.bytes));
}

function packRows(rows: readonly PlainRow[]): BlockRow {
  return packBlock(rows[0]?.idx ?? 0, rows.map(lineOf));
}

/** Readings are packed; every other entry stands by itself, where its kind finds it. */
function lineOf({ kind, bytes }: PlainRow): Uint8Array {
  return kind === 'reading' ? bytes : NOTHING;
}

const NOTHING = new Uint8Array(0);

function rawLength(rows: readonly PlainRow[]): number {
  return rows.reduce((sum, row) => sum + lineOf(row).length, 0);
}

function insertBlock(store: WritableStore, { first, end, rawBytes, digest, bytes }: BlockRow): void {
  const sql = 'INSERT INTO entry_blocks (first, "end", raw_bytes, digest, bytes) VALUES (?, ?, ?, ?, ?)';
  store.run(sql, first, end, rawBytes, digest, bytes);
}

/** Holds what lies in the store now against the leaf hashes of the entries that it is to stand for. */
function confirm(store: WritableStore, { first, end }: BlockRow, rows: readonly PlainRow[]): void {
  const block = readBlock(store, first);
  if (block === undefined || 'trouble' in block) throw notConfirmed(first, end);
  for (const [i, entry] of block.entries.entries()) {
    const row = rows[i];
    const isWhole =
      row?.kind === 'reading' ? isSame(leafHash(entry), row.leafHash) : row !== undefined && entry.length === 0;
    if (!isWhole) throw notConfirmed(first, end);
  }
}

/** Takes the bytes away: a row that is deleted is put back without them by the store itself (migration 180). */
function empty(store: WritableStore, { first, end }: BlockRow): void {
  store.run("DELETE FROM entries WHERE idx >= ? AND idx < ? AND kind = 'reading'", first, end);
  const left = store.get<{ rows: number; plain: number }>(
    `SELECT count(*) AS rows, sum(kind = 'reading' AND length(bytes) > 0) AS plain FROM entries
     WHERE idx >= ? AND idx < ?`,
    first,
    end,
  );
  if (left?.rows !== end - first || left.plain !== 0) throw notConfirmed(first, end);
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function unsound(code: string, sentence: string): Failure {
  const hint = 'run `forebay ledger fsck`; keep the data folder as it is and restore the latest backup';
  return new Failure(code, sentence, { hint, exitCode: 4 });
}

function notConfirmed(first: number, end: number): Failure {
  return new Failure(
    'STO_PACK_UNSOUND',
    `What was packed of the entries ${first} to ${end - 1} is not what they are.`,
    {
      hint: 'nothing was changed; check the disk and the memory of this computer, and run `forebay ledger fsck`',
      exitCode: 4,
    },
  );
}
