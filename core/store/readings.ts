import type { ReadingRow } from '../ledger/projection.ts';
import type { ReadableStore, SqlValue } from './handle.ts';
import { type ReadingKey, type RecordedReading, readCursor, readingAt, writeCursor } from './reading-page.ts';

export interface ReadingQuery {
  readonly unitId?: string;
  /** Readings whose interval ends after this. */
  readonly fromMs?: number;
  /** Readings whose interval begins before this. */
  readonly toMs?: number;
  readonly status?: string;
  /** By interval begin, then by unit. */
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  /** `nextCursor` of the page before, asked with the same unit, status and order. */
  readonly cursor?: string;
}

export interface ReadingPage {
  readonly items: readonly RecordedReading[];
  /** Null on the last page. */
  readonly nextCursor: string | null;
}

/** No interval is longer (the table enforces it), so one that ends after T begins after T minus this. */
const INTERVAL_MAX_MS = 86_400_000;

/**
 * One page of readings. The cost depends on the page and not on the size of the ledger: a page begins where the last
 * one ended (keyset), and new readings never shift it.
 *
 * @throws Failure `STO_BAD_CURSOR` for a cursor that is not one of ours.
 */
export function queryReadings(store: ReadableStore, query: ReadingQuery): ReadingPage {
  const conditions = [...filters(query), ...cursorFilters(query)];
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.map((item) => item.sql).join(' AND ')}`;
  const direction = query.order === 'asc' ? 'ASC' : 'DESC';
  // The keys are found in the index alone; only the page's own entries are then read.
  const sql = `SELECT idx, from_ms AS fromMs, unit_id AS unitId FROM readings ${where}
    ORDER BY from_ms ${direction}, unit_id ${direction} LIMIT ?`;
  const values = conditions.flatMap((item) => item.values);
  const rows = store.all<ReadingKey & { idx: number }>(sql, ...values, query.limit + 1);
  const items = rows.slice(0, query.limit).map(({ idx }) => readingAt(store, idx));
  const last = rows[query.limit - 1];
  return { items, nextCursor: rows.length > query.limit && last !== undefined ? writeCursor(last) : null };
}

/** The readings among the entries `[first, end)` in the order in which they were recorded, `limit` at most. */
export function readingsWithin(
  store: ReadableStore,
  first: number,
  end: number,
  limit: number,
): readonly RecordedReading[] {
  const sql = 'SELECT idx FROM readings WHERE idx >= ? AND idx < ? ORDER BY idx LIMIT ?';
  return store.all<{ idx: number }>(sql, first, end, limit).map(({ idx }) => readingAt(store, idx));
}

/** Indexes of the unit's last readings that begin before `toMs`, newest first. */
export function indexesUpTo(store: ReadableStore, unitId: string, toMs: number, limit: number): readonly number[] {
  const sql = 'SELECT idx FROM readings WHERE unit_id = ? AND from_ms < ? ORDER BY from_ms DESC LIMIT ?';
  return store.all<{ idx: number }>(sql, unitId, toMs, limit).map(({ idx }) => idx);
}

/** The unit's newest readings, newest first. */
export function latestReadings(store: ReadableStore, unitId: string, limit: number): readonly RecordedReading[] {
  return queryReadings(store, { unitId, order: 'desc', limit }).items;
}

/**
 * The unit's readings in the reverse of the order in which they were recorded, as far as they lie among the newest of the
 * plant: for whoever looks for what was written last.
 */
export function* newestReadingsOfUnit(store: ReadableStore, unitId: string): Generator<RecordedReading> {
  const sql = `SELECT idx FROM (SELECT idx, unit_id FROM readings ORDER BY idx DESC LIMIT ?)
    WHERE unit_id = ? ORDER BY idx DESC`;
  for (const { idx } of store.all<{ idx: number }>(sql, NEWEST_READINGS, unitId)) yield readingAt(store, idx);
}

const NEWEST_READINGS = 2000;

/**
 * End of the unit's newest reading that began before `beforeMs`, or undefined when it has none: recording goes on from
 * there. Readings of a clock that once ran ahead must not hide the time that passed since.
 */
export function lastReadingEnd(store: ReadableStore, unitId: string, beforeMs: number): number | undefined {
  const sql = 'SELECT to_ms AS toMs FROM readings WHERE unit_id = ? AND from_ms < ? ORDER BY from_ms DESC LIMIT 1';
  return store.get<{ toMs: number }>(sql, unitId, beforeMs)?.toMs;
}

/** The row by which `lastReadingEnd` answers. */
export function newestReadingRow(store: ReadableStore, unitId: string, beforeMs: number): ReadingRow | undefined {
  const sql = `SELECT ${READING_COLUMNS} FROM readings WHERE unit_id = ? AND from_ms < ? ORDER BY from_ms DESC LIMIT 1`;
  return store.get<ReadingRow>(sql, unitId, beforeMs);
}

/** The columns of `readings` as a row of the projection has them. */
export const READING_COLUMNS = `idx AS "index", unit_id AS unitId, from_ms AS fromMs, to_ms AS toMs, status,
  trust_score AS trustScore, energy_wh AS energyWh, energy_import_wh AS energyImportWh, energy_source AS energySource,
  coverage, fingerprint`;

/** The end of the interval of the reading with this index. */
export function readingEnd(store: ReadableStore, index: number): number | undefined {
  return store.get<{ toMs: number }>('SELECT to_ms AS toMs FROM readings WHERE idx = ?', index)?.toMs;
}

/** Whether a reading of the unit speaks for a part of `[fromMs, toMs)`, of whatever length its interval is. */
export function hasReadingWithin(store: ReadableStore, unitId: string, fromMs: number, toMs: number): boolean {
  const sql = 'SELECT 1 FROM readings WHERE unit_id = ? AND from_ms < ? AND from_ms > ? AND to_ms > ? LIMIT 1';
  return store.get(sql, unitId, toMs, fromMs - INTERVAL_MAX_MS, fromMs) !== undefined;
}

/** Index of the unit's reading whose interval begins at `fromMs`, or undefined: each interval is recorded once. */
export function readingIndexAt(store: ReadableStore, unitId: string, fromMs: number): number | undefined {
  const sql = 'SELECT idx FROM readings WHERE unit_id = ? AND from_ms = ?';
  return store.get<{ idx: number }>(sql, unitId, fromMs)?.idx;
}

/** Begin of the unit's first reading with this fingerprint whose interval begins elsewhere, or undefined. */
export function findOriginal(
  store: ReadableStore,
  unitId: string,
  fingerprint: number,
  exceptFromMs: number,
): number | undefined {
  const sql = `SELECT from_ms AS fromMs FROM readings
    WHERE unit_id = ? AND fingerprint = ? AND from_ms <> ? ORDER BY idx LIMIT 1`;
  return store.get<{ fromMs: number }>(sql, unitId, fingerprint, exceptFromMs)?.fromMs;
}

/**
 * Index from which on the unit's latest `count` readings below `beforeIndex` stand, in the order in which they were
 * recorded; of all of them when there are fewer, and `beforeIndex` when there is none.
 */
export function firstIndexOfLatest(
  store: ReadableStore,
  unitId: string,
  count: number,
  beforeIndex: number = Number.MAX_SAFE_INTEGER,
): number {
  // A unit that goes on being read has them among the newest of all, whatever the size of the ledger.
  const near = `SELECT count(*) AS found, min(idx) AS idx FROM
    (SELECT idx FROM (SELECT idx, unit_id FROM readings WHERE idx < ? ORDER BY idx DESC LIMIT ?) WHERE unit_id = ?
     ORDER BY idx DESC LIMIT ?)`;
  const recent = store.get<FoundIndexes>(near, beforeIndex, NEAR_FACTOR * count, unitId, count);
  if (recent?.found === count) return recent.idx ?? beforeIndex;
  const sql = `SELECT min(idx) AS idx FROM
    (SELECT idx FROM readings WHERE unit_id = ? AND idx < ? ORDER BY idx DESC LIMIT ?)`;
  const first = store.get<{ idx: number | null }>(sql, unitId, beforeIndex, count)?.idx;
  return first ?? beforeIndex;
}

/** Plants have fewer units than this, nearly all of them. */
const NEAR_FACTOR = 10;

interface FoundIndexes {
  readonly found: number;
  readonly idx: number | null;
}

/** Index of the reading of the unit that was recorded last. */
export function lastIndexOfUnit(store: ReadableStore, unitId: string): number | undefined {
  const sql = 'SELECT max(idx) AS idx FROM readings WHERE unit_id = ?';
  return store.get<{ idx: number | null }>(sql, unitId)?.idx ?? undefined;
}

export interface DayTotals {
  readonly byStatus: readonly StatusTotals[];
  /** Mean over the readings, 0..1; null when there are none. */
  readonly meanCoverage: number | null;
}

export interface StatusTotals {
  readonly status: string;
  readonly readings: number;
  /** Sum over the readings that have an energy; null when none has. */
  readonly energyWh: number | null;
}

/** Sums over the unit's readings whose interval begins at `fromMs` or later. */
export function dayTotals(store: ReadableStore, unitId: string, fromMs: number): DayTotals {
  const rows = store.all<StatusTotals & { coverageSum: number }>(
    `SELECT status, count(*) AS readings, sum(energy_wh) AS energyWh, sum(coverage) AS coverageSum
     FROM readings WHERE unit_id = ? AND from_ms >= ? GROUP BY status ORDER BY status`,
    unitId,
    fromMs,
  );
  const count = rows.reduce((sum, row) => sum + row.readings, 0);
  const coverageSum = rows.reduce((sum, row) => sum + row.coverageSum, 0);
  return {
    byStatus: rows.map(({ status, readings, energyWh }) => ({ status, readings, energyWh })),
    meanCoverage: count === 0 ? null : coverageSum / count,
  };
}

interface Condition {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

function filters({ unitId, fromMs, toMs, status }: ReadingQuery): Condition[] {
  const conditions: Condition[] = [];
  if (unitId !== undefined) conditions.push({ sql: 'unit_id = ?', values: [unitId] });
  if (fromMs !== undefined) {
    conditions.push({ sql: 'from_ms > ? AND to_ms > ?', values: [fromMs - INTERVAL_MAX_MS, fromMs] });
  }
  if (toMs !== undefined) conditions.push({ sql: 'from_ms < ?', values: [toMs] });
  if (status !== undefined) {
    // Spelt out, so that the index over the readings to review may serve.
    conditions.push({
      sql: status === 'APPROVED' ? 'status = ?' : "status = ? AND status <> 'APPROVED'",
      values: [status],
    });
  }
  return conditions;
}

function cursorFilters({ cursor, order, unitId }: ReadingQuery): Condition[] {
  if (cursor === undefined) return [];
  const after = readCursor(cursor);
  const sign = order === 'asc' ? '>' : '<';
  if (unitId !== undefined) return [{ sql: `from_ms ${sign} ?`, values: [after.fromMs] }];
  return [{ sql: `(from_ms, unit_id) ${sign} (?, ?)`, values: [after.fromMs, after.unitId] }];
}
