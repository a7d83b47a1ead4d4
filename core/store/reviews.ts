import { projectVerdict, type ReviewRow, toReview, type WaitingRow } from '../ledger/projection.ts';
import { present } from '../model/assert.ts';
import { isWaiting, type Review, type ReviewDecision, standingOf } from '../verification/review.ts';
import type { VerdictStatus } from '../verification/verdict.ts';
import { readEntry } from './entries.ts';
import type { ReadableStore, SqlValue, WritableStore } from './handle.ts';
import { type ReadingKey, type RecordedReading, readCursor, readingAt, writeCursor } from './reading-page.ts';

/** The columns of `reviews` as a row of the projection has them. */
export const REVIEW_COLUMNS = `idx AS "index", reading_idx AS readingIndex, unit_id AS unitId, at_ms AS atMs, decision,
  reason, decided_by AS "by", account, role, four_eyes AS fourEyes`;

/** Adds the review and settles whether its reading still waits, in the write that records its entry. */
export function insertReview(store: WritableStore, row: ReviewRow): void {
  store.run(
    `INSERT INTO reviews (idx, reading_idx, unit_id, at_ms, decision, reason, decided_by, account, role, four_eyes)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    row.index,
    row.readingIndex,
    row.unitId,
    row.atMs,
    row.decision,
    row.reason,
    row.by,
    row.account,
    row.role,
    row.fourEyes,
  );
  const verdict = projectVerdict(present(readEntry(store, row.readingIndex), 'the reading that is reviewed'));
  const sql = 'SELECT idx AS "index", unit_id AS unitId, from_ms AS fromMs FROM readings WHERE idx = ?';
  const reading = present(store.get<WaitingRow>(sql, row.readingIndex), 'the row of the reading');
  if (isWaiting(verdict, standingOf(verdict, reviewsOfReading(store, row.readingIndex)))) setWaiting(store, reading);
  else store.run('DELETE FROM readings_to_decide WHERE idx = ?', row.readingIndex);
}

export function setWaiting(store: WritableStore, { index, unitId, fromMs }: WaitingRow): void {
  const sql = 'INSERT INTO readings_to_decide (idx, unit_id, from_ms) VALUES (?, ?, ?) ON CONFLICT (idx) DO NOTHING';
  store.run(sql, index, unitId, fromMs);
}

/** The reviews of a reading, oldest first. */
export function reviewsOfReading(store: ReadableStore, readingIndex: number): readonly Review[] {
  const sql = `SELECT ${REVIEW_COLUMNS} FROM reviews WHERE reading_idx = ? ORDER BY idx`;
  return store.all<ReviewRow>(sql, readingIndex).map(toReview);
}

/** The reviews of several readings, by index of the reading; one without any is not in it. */
export function reviewsOfReadings(
  store: ReadableStore,
  readingIndexes: readonly number[],
): ReadonlyMap<number, readonly Review[]> {
  const sql = `SELECT ${REVIEW_COLUMNS} FROM reviews WHERE reading_idx IN (SELECT value FROM json_each(?)) ORDER BY idx`;
  const found = new Map<number, Review[]>();
  for (const row of store.all<ReviewRow>(sql, JSON.stringify(readingIndexes))) {
    const reviews = found.get(row.readingIndex) ?? [];
    reviews.push(toReview(row));
    found.set(row.readingIndex, reviews);
  }
  return found;
}

export interface ReviewQuery {
  /** `open`: waits for a decision that counts. `decided`: has reviews and waits no more. */
  readonly state: 'open' | 'decided';
  readonly unitId?: string;
  readonly limit: number;
  /** `nextCursor` of the page before, asked with the same state and unit. */
  readonly cursor?: string;
}

/**
 * One page of readings to review, or reviewed, oldest interval first. The cost depends on the page for open ones and
 * on the number of reviewed readings for the others, never on the size of the ledger.
 *
 * @throws Failure `STO_BAD_CURSOR` for a cursor that is not one of ours.
 */
export function queryReviews(
  store: ReadableStore,
  { state, unitId, limit, cursor }: ReviewQuery,
): { readonly items: readonly RecordedReading[]; readonly nextCursor: string | null } {
  const after = cursor === undefined ? undefined : readCursor(cursor);
  const conditions: string[] = [];
  const values: SqlValue[] = [];
  if (unitId !== undefined) {
    conditions.push('unit_id = ?');
    values.push(unitId);
  }
  if (after !== undefined) {
    conditions.push('(from_ms, unit_id) > (?, ?)');
    values.push(after.fromMs, after.unitId);
  }
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const sql = `SELECT idx, from_ms AS fromMs, unit_id AS unitId FROM ${SOURCES[state]} ${where}
    ORDER BY from_ms, unit_id LIMIT ?`;
  const rows = store.all<ReadingKey & { idx: number }>(sql, ...values, limit + 1);
  const last = rows[limit - 1];
  const nextCursor = rows.length > limit && last !== undefined ? writeCursor(last) : null;
  return { items: rows.slice(0, limit).map(({ idx }) => readingAt(store, idx)), nextCursor };
}

const SOURCES = {
  open: 'readings_to_decide',
  decided: `(SELECT readings.idx, readings.from_ms, readings.unit_id FROM readings
    WHERE readings.idx IN (SELECT reading_idx FROM reviews)
      AND readings.idx NOT IN (SELECT idx FROM readings_to_decide))`,
} as const;

export interface WaitingCount {
  readonly count: number;
  /** Begin of the oldest interval that waits; null when none does. */
  readonly oldestFromMs: number | null;
}

export function countWaiting(store: ReadableStore): WaitingCount {
  const sql = 'SELECT count(*) AS count, min(from_ms) AS oldestFromMs FROM readings_to_decide';
  return store.get<WaitingCount>(sql) ?? { count: 0, oldestFromMs: null };
}

/** A reading on which a decision counts. */
export interface DecidedReading {
  readonly readingIndex: number;
  readonly status: VerdictStatus;
  readonly decision: ReviewDecision;
  /** How many persons it is of. */
  readonly persons: number;
}

/**
 * The unit's readings on which a decision counts, by index: what may be learned from persons. A flagged or rejected
 * reading that was approved is a false alarm; a rejected one must not be learned from. There are few of them.
 */
export function reviewsOf(store: ReadableStore, unitId: string): readonly DecidedReading[] {
  const sql = `SELECT DISTINCT reading_idx AS readingIndex FROM reviews WHERE unit_id = ? ORDER BY reading_idx`;
  const indexes = store.all<{ readingIndex: number }>(sql, unitId).map(({ readingIndex }) => readingIndex);
  const reviews = reviewsOfReadings(store, indexes);
  return indexes.flatMap((readingIndex) => {
    const verdict = projectVerdict(present(readEntry(store, readingIndex), 'the reading that was reviewed'));
    const standing = standingOf(verdict, reviews.get(readingIndex) ?? []);
    const { status } = verdict;
    if (standing.state !== 'decided') return [];
    return [{ readingIndex, status, decision: standing.decision, persons: standing.by.length }];
  });
}
