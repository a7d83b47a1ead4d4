import type { Entry } from '../ledger/entry.ts';
import { entriesOfKinds } from './entries.ts';
import type { ReadableStore } from './handle.ts';

/** A month as instants `[fromMs, toMs)`; a reading is of the month in which it ends (docs/ledger.md, Month). */
interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** No interval is longer (the table enforces it), so one that ends after T begins after T minus this. */
const INTERVAL_MAX_MS = 86_400_000;
const OF_MONTH = 'from_ms > ? AND from_ms < ? AND to_ms > ? AND to_ms <= ?';

function bindings({ fromMs, toMs }: Span): readonly [number, number, number, number] {
  return [fromMs - INTERVAL_MAX_MS - 1, toMs, fromMs, toMs];
}

export interface MonthExtent {
  /** The readings of the month lie among the entries `first <= index < end`. */
  readonly first: number;
  readonly end: number;
  readonly readings: number;
}

/** Where the month's readings below `size` lie; undefined when there is none. */
export function monthExtent(store: ReadableStore, span: Span, size: number): MonthExtent | undefined {
  const sql = `SELECT min(idx) AS first, max(idx) + 1 AS "end", count(*) AS readings FROM readings
    WHERE ${OF_MONTH} AND idx < ?`;
  const row = store.get<MonthExtent>(sql, ...bindings(span), size);
  return row === undefined || row.readings === 0 ? undefined : row;
}

/** What the readings of the month say of a unit; of those below `size` when they begin and end, and how long they are together. */
export interface UnitReadings {
  readonly unitId: string;
  readonly readings: number;
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly coveredMs: number;
}

/** Of each unit that has a reading of the month, by its id. */
export function readingsOfMonth(store: ReadableStore, span: Span, size: number): readonly UnitReadings[] {
  const sql = `SELECT unit_id AS unitId, count(*) AS readings, min(iif(idx < ?, from_ms, NULL)) AS fromMs,
      max(iif(idx < ?, to_ms, NULL)) AS toMs, sum(iif(idx < ?, to_ms - from_ms, 0)) AS coveredMs
    FROM readings WHERE ${OF_MONTH} GROUP BY unit_id ORDER BY unit_id`;
  return store.all<UnitReadings>(sql, size, size, size, ...bindings(span));
}

export function hasReadings(store: ReadableStore, span: Span): boolean {
  return store.get(`SELECT 1 FROM readings WHERE ${OF_MONTH} LIMIT 1`, ...bindings(span)) !== undefined;
}

/** How many readings of the month, and reviews of its readings, came to the ledger at `size` or later. */
export function lateOfMonth(
  store: ReadableStore,
  span: Span,
  size: number,
): { readonly readings: number; readonly reviews: number } {
  const count = (sql: string): number =>
    store.get<{ count: number }>(`SELECT count(*) AS count FROM ${sql}`, ...bindings(span), size)?.count ?? 0;
  return {
    readings: count(`readings WHERE ${OF_MONTH} AND idx >= ?`),
    reviews: count(`reviews JOIN readings ON readings.idx = reading_idx WHERE ${OF_MONTH} AND reviews.idx >= ?`),
  };
}

/** The units that have a reading of the month. */
export function unitsOfMonth(store: ReadableStore, span: Span): readonly string[] {
  const sql = `SELECT DISTINCT unit_id AS unitId FROM readings WHERE ${OF_MONTH} ORDER BY unit_id`;
  return store.all<{ unitId: string }>(sql, ...bindings(span)).map(({ unitId }) => unitId);
}

/** Begin of the unit's first interval; null before it. */
export function unitBegan(store: ReadableStore, unitId: string): number | null {
  const sql = 'SELECT min(from_ms) AS beganMs FROM readings WHERE unit_id = ?';
  return store.get<{ beganMs: number | null }>(sql, unitId)?.beganMs ?? null;
}

/** Begin of the unit's first interval, and the end up to which a reading that began before `beforeMs`, or a gap, speaks of it. */
export function unitReach(
  store: ReadableStore,
  unitId: string,
  beforeMs: number,
): { readonly beganMs: number | null; readonly reachedMs: number | null } {
  const sql = `SELECT max(to_ms) AS reachedMs FROM (
      SELECT max(to_ms) AS to_ms FROM gaps WHERE unit_id = ? AND from_ms < ?
      UNION ALL SELECT * FROM (SELECT to_ms FROM readings WHERE unit_id = ? AND from_ms < ? ORDER BY from_ms DESC LIMIT 1))`;
  const row = store.get<{ reachedMs: number | null }>(sql, unitId, beforeMs, unitId, beforeMs);
  return { beganMs: unitBegan(store, unitId), reachedMs: row?.reachedMs ?? null };
}

/** What closed months, oldest first. There are few of them. */
export function monthCloses(store: ReadableStore): readonly Entry[] {
  return [...entriesOfKinds(store, ['month-closed'])];
}
