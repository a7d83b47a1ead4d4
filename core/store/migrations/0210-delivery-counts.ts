import type { WritableStore } from '../handle.ts';

/**
 * What was tried with which target since the store began, and what went over the link on which day: figures that a restart
 * must not set back. They stand in no entry, so nothing rebuilds them.
 */
export function createDeliveryCounts(write: WritableStore): void {
  write.run(`
    CREATE TABLE target_counts (
      target TEXT PRIMARY KEY,
      attempts INTEGER NOT NULL DEFAULT 0,
      retries INTEGER NOT NULL DEFAULT 0,
      last_contact_ms INTEGER
    ) STRICT, WITHOUT ROWID`);
  write.run(`
    CREATE TABLE target_failures (
      target TEXT NOT NULL,
      code TEXT NOT NULL,
      failures INTEGER NOT NULL,
      PRIMARY KEY (target, code)
    ) STRICT, WITHOUT ROWID`);
  write.run(`
    CREATE TABLE link_days (
      day_ms INTEGER NOT NULL,
      target TEXT NOT NULL,
      bytes INTEGER NOT NULL,
      PRIMARY KEY (day_ms, target)
    ) STRICT, WITHOUT ROWID`);
}
