import { bytesOfNamed } from './entries.ts';
import type { ReadableStore, WritableStore } from './handle.ts';

const DAY_MS = 86_400_000;

/** What the kept raw samples of one UTC day take, compressed. */
export interface SampleDay {
  readonly dayMs: number;
  readonly blocks: number;
  readonly bytes: number;
}

/** A kept block, without its bytes. */
export interface KeptBlock {
  readonly id: number;
  /** SHA-256, lower-case hexadecimal. */
  readonly digest: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly bytes: number;
}

/** What a recorded reading of the day names. */
export interface CitingReading {
  readonly index: number;
  readonly fromMs: number;
  readonly unitId: string;
  /** Canonical bytes of its entry. */
  readonly bytes: Uint8Array;
}

/** The days of which raw samples are kept, oldest first. A block belongs to the day in which its interval begins. */
export function sampleDays(store: ReadableStore): SampleDay[] {
  return store.all<SampleDay>(
    'SELECT day_ms AS dayMs, sum(blocks) AS blocks, sum(bytes) AS bytes FROM sample_days GROUP BY day_ms ORDER BY day_ms',
  );
}

/** The blocks of a day, of which none has its bytes read. */
export function blocksOfDay(store: ReadableStore, dayMs: number): KeptBlock[] {
  const devices = store.all<{ id: string }>('SELECT device_id AS id FROM sample_days WHERE day_ms = ?', dayMs);
  return devices.flatMap(({ id }) =>
    store.all<KeptBlock>(
      `SELECT id, lower(hex(digest)) AS digest, from_ms AS fromMs, to_ms AS toMs, length(bytes) AS bytes
       FROM sample_blocks WHERE device_id = ? AND from_ms >= ? AND from_ms < ? ORDER BY from_ms`,
      id,
      dayMs,
      dayMs + DAY_MS,
    ),
  );
}

/** At most `limit` readings whose interval begins in the day, after the one `after`, by time and unit. */
export function readingsOfDay(
  store: ReadableStore,
  dayMs: number,
  after: Pick<CitingReading, 'fromMs' | 'unitId'> | undefined,
  limit: number,
): CitingReading[] {
  const rows = store.all<Omit<CitingReading, 'bytes'>>(
    `SELECT idx AS "index", from_ms AS fromMs, unit_id AS unitId FROM readings
     WHERE (from_ms, unit_id) > (?, ?) AND from_ms < ? ORDER BY from_ms, unit_id LIMIT ?`,
    after?.fromMs ?? dayMs,
    after?.unitId ?? '',
    dayMs + DAY_MS,
    limit,
  );
  return rows.map((row) => ({ ...row, bytes: bytesOfNamed(store, row.index) }));
}

/** Deletes blocks by their `id`, and says how many were there. Their pages are used again before the file grows. */
export function deleteBlocks(write: WritableStore, ids: readonly number[]): number {
  return ids.reduce((count, id) => count + write.run('DELETE FROM sample_blocks WHERE id = ?', id).changes, 0);
}
