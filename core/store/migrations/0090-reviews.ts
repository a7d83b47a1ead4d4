import type { WritableStore } from '../handle.ts';

/**
 * What persons decided on readings, and the readings that still wait for a decision that counts. The second table
 * shrinks as they decide, so that the queue costs what waits and not what was ever flagged. All that earlier stores
 * flagged or rejected waits.
 */
export function createReviews(write: WritableStore): void {
  write.run(`
    CREATE TABLE reviews (
      idx INTEGER PRIMARY KEY REFERENCES entries (idx),
      reading_idx INTEGER NOT NULL REFERENCES readings (idx),
      unit_id TEXT NOT NULL,
      at_ms INTEGER NOT NULL,
      decision TEXT NOT NULL CHECK (decision IN ('approve', 'reject')),
      reason TEXT NOT NULL,
      decided_by TEXT NOT NULL,
      account TEXT NOT NULL,
      role TEXT NOT NULL,
      four_eyes INTEGER NOT NULL CHECK (four_eyes IN (0, 1))
    ) STRICT`);
  write.run('CREATE INDEX reviews_by_reading ON reviews (reading_idx, idx)');
  write.run('CREATE INDEX reviews_by_unit ON reviews (unit_id, idx)');
  write.run(`
    CREATE TABLE readings_to_decide (
      idx INTEGER PRIMARY KEY REFERENCES readings (idx),
      unit_id TEXT NOT NULL,
      from_ms INTEGER NOT NULL
    ) STRICT`);
  write.run('CREATE INDEX readings_to_decide_by_time ON readings_to_decide (from_ms, unit_id)');
  write.run('CREATE INDEX readings_to_decide_by_unit ON readings_to_decide (unit_id, from_ms)');
  write.run(`INSERT INTO readings_to_decide (idx, unit_id, from_ms)
    SELECT idx, unit_id, from_ms FROM readings WHERE status <> 'APPROVED'`);
}
