import type { GapRow } from '../ledger/projection.ts';
import type { ReadableStore, SqlValue } from './handle.ts';

export interface GapQuery {
  readonly unitId?: string;
  /** Gaps that end after this. */
  readonly fromMs?: number;
  /** Gaps that begin before this. */
  readonly toMs?: number;
  readonly limit: number;
  /** Index of the last gap of the page before. */
  readonly afterIndex?: number;
}

/** The columns of `gaps` as a row of the projection has them. */
export const GAP_COLUMNS = `idx AS "index", unit_id AS unitId, from_ms AS fromMs, to_ms AS toMs, reason, treatment,
  energy_wh AS energyWh, reading_idx AS readingIndex, missing_ms AS missingMs`;

/** Recorded gaps in the order in which they were recorded. */
export function queryGaps(store: ReadableStore, query: GapQuery): GapRow[] {
  const conditions: string[] = ['idx > ?'];
  const values: SqlValue[] = [query.afterIndex ?? -1];
  const add = (condition: string, value: SqlValue | undefined): void => {
    if (value === undefined) return;
    conditions.push(condition);
    values.push(value);
  };
  add('unit_id = ?', query.unitId);
  add('to_ms > ?', query.fromMs);
  add('from_ms < ?', query.toMs);
  const sql = `SELECT ${GAP_COLUMNS} FROM gaps
    WHERE ${conditions.join(' AND ')} ORDER BY idx LIMIT ?`;
  return store.all<GapRow>(sql, ...values, query.limit);
}
