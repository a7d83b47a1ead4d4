import type { PushRow } from '../ledger/projection.ts';
import type { ReadableStore, WritableStore } from './handle.ts';

/** No interval is longer (the table of readings enforces it), so one that holds T begins after T minus this. */
const INTERVAL_MAX_MS = 86_400_000;

export function insertPush(store: WritableStore, { index, unitId, bodySha256, nonce }: PushRow): void {
  const sql = 'INSERT INTO pushes (idx, unit_id, body_sha256, nonce) VALUES (?, ?, ?, ?)';
  store.run(sql, index, unitId, Buffer.from(bodySha256, 'hex'), nonce);
}

/** Index of the unit's reading whose interval holds `utcMs` or ends with it, or undefined. */
export function readingIndexHolding(store: ReadableStore, unitId: string, utcMs: number): number | undefined {
  const sql = `SELECT idx FROM readings WHERE unit_id = ? AND from_ms < ? AND from_ms >= ? AND to_ms >= ?
    ORDER BY from_ms DESC LIMIT 1`;
  return store.get<{ idx: number }>(sql, unitId, utcMs, utcMs - INTERVAL_MAX_MS, utcMs)?.idx;
}

/** Index of the unit's reading that was pushed with the nonce, or undefined. */
export function readingIndexWithNonce(store: ReadableStore, unitId: string, nonce: string): number | undefined {
  const sql = 'SELECT idx FROM pushes WHERE unit_id = ? AND nonce = ?';
  return store.get<{ idx: number }>(sql, unitId, nonce)?.idx;
}

/** SHA-256 of the body that became the entry, lower-case hexadecimal; undefined when it was not pushed. */
export function bodySha256Of(store: ReadableStore, index: number): string | undefined {
  const row = store.get<{ sha256: Uint8Array }>('SELECT body_sha256 AS sha256 FROM pushes WHERE idx = ?', index);
  return row === undefined ? undefined : Buffer.from(row.sha256).toString('hex');
}

/** End of the latest gap that is stated for the unit, or undefined. */
export function lastGapEnd(store: ReadableStore, unitId: string): number | undefined {
  const sql = 'SELECT max(to_ms) AS toMs FROM gaps WHERE unit_id = ?';
  return store.get<{ toMs: number | null }>(sql, unitId)?.toMs ?? undefined;
}
