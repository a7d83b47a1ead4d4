import type { ReadableStore } from './handle.ts';

/** Where the readings lie that are wholly in a period, and how much there is to write. */
export interface PeriodExtent {
  /** Index of the first and of the last such reading. */
  readonly first: number;
  readonly last: number;
}

/** Undefined when no reading lies wholly in `[fromMs, toMs)`. */
export function periodExtent(store: ReadableStore, fromMs: number, toMs: number): PeriodExtent | undefined {
  const row = store.get<{ first: number | null; last: number | null }>(
    'SELECT min(idx) AS first, max(idx) AS last FROM readings WHERE from_ms >= ? AND from_ms < ? AND to_ms <= ?',
    fromMs,
    toMs,
    toMs,
  );
  return row === undefined || row.first === null || row.last === null
    ? undefined
    : { first: row.first, last: row.last };
}

/** The units that have a reading among the entries `first` to `last`. */
export function unitsWithin(store: ReadableStore, first: number, last: number): readonly string[] {
  const sql = 'SELECT DISTINCT unit_id AS unitId FROM readings WHERE idx BETWEEN ? AND ? ORDER BY unit_id';
  return store.all<{ unitId: string }>(sql, first, last).map(({ unitId }) => unitId);
}

export function hasReadingBefore(store: ReadableStore, index: number): boolean {
  return store.get('SELECT 1 FROM readings WHERE idx < ? LIMIT 1', index) !== undefined;
}

/** Begin of the first and end of the last reading there is, or undefined without any. */
export function allReadingsSpan(store: ReadableStore): { readonly fromMs: number; readonly toMs: number } | undefined {
  const row = store.get<{ fromMs: number | null; toMs: number | null }>(
    'SELECT min(from_ms) AS fromMs, max(to_ms) AS toMs FROM readings',
  );
  return row === undefined || row.fromMs === null || row.toMs === null
    ? undefined
    : { fromMs: row.fromMs, toMs: row.toMs };
}

/** The greatest size up to `size` at which a checkpoint was signed; 0 where none was. */
export function checkpointSizeUpTo(store: ReadableStore, size: number): number {
  return (
    store.get<{ size: number | null }>('SELECT max(size) AS size FROM checkpoints WHERE size <= ?', size)?.size ?? 0
  );
}

/** Compressed length of the raw samples that are kept for the period, some more at its edges. */
export function sampleBytes(store: ReadableStore, fromMs: number, toMs: number): number {
  const sql = 'SELECT coalesce(sum(length(bytes)), 0) AS total FROM sample_blocks WHERE to_ms > ? AND from_ms < ?';
  return store.get<{ total: number }>(sql, fromMs, toMs)?.total ?? 0;
}

/** Indexes of the reviews below `size` of the readings `[from, to)`, ascending. */
export function reviewsOfRange(
  store: ReadableStore,
  range: { from: number; to: number },
  size: number,
): readonly number[] {
  const sql = 'SELECT idx FROM reviews WHERE reading_idx >= ? AND reading_idx < ? AND idx < ? ORDER BY idx';
  return store.all<{ idx: number }>(sql, range.from, range.to, size).map(({ idx }) => idx);
}

/**
 * Batches and receipts from `range.to` on, below `size`, of runs that touch the range: their indexes, and the sizes of
 * the checkpoints that batches name and that are not the index of a batch within the range, and where there is one, of
 * the checkpoint at the end of a run that goes on beyond the range: a hub signs that.
 */
export function deliveriesOfRange(
  store: ReadableStore,
  { from, to }: { readonly from: number; readonly to: number },
  size: number,
): { readonly indexes: readonly number[]; readonly sizes: readonly number[] } {
  const batches = store.all<{ idx: number; size: number }>(
    'SELECT idx, size FROM batches WHERE "end" > ? AND first < ? AND idx >= ? AND idx < ?',
    from,
    to,
    to,
    size,
  );
  const receipts = store.all<{ idx: number }>(
    `SELECT receipt_idx AS idx FROM deliveries JOIN batches ON idx = batch_idx
      WHERE "end" > ? AND first < ? AND receipt_idx >= ? AND receipt_idx < ?`,
    from,
    to,
    to,
    size,
  );
  const others = store.all<{ size: number }>(
    `SELECT DISTINCT size FROM batches WHERE idx >= ? AND idx < ?
      AND size NOT IN (SELECT idx FROM batches WHERE idx >= ? AND idx < ?)`,
    from,
    to,
    from,
    to,
  );
  const ends = store.all<{ size: number }>(
    `SELECT size FROM checkpoints WHERE size IN (SELECT "end" FROM batches WHERE "end" > ? AND first < ? AND idx < ?)`,
    to,
    to,
    size,
  );
  return {
    indexes: [...batches, ...receipts].map(({ idx }) => idx).sort((a, b) => a - b),
    sizes: [...batches, ...others, ...ends].map((row) => row.size),
  };
}

/** Indexes of the gap entries below `size` that touch `[fromMs, toMs)`, ascending. */
export function gapsTouching(store: ReadableStore, fromMs: number, toMs: number, size: number): readonly number[] {
  const sql = 'SELECT idx FROM gaps WHERE from_ms < ? AND to_ms > ? AND idx < ? ORDER BY idx';
  return store.all<{ idx: number }>(sql, toMs, fromMs, size).map(({ idx }) => idx);
}
