import type { WritableStore } from '../handle.ts';

/**
 * Tables for queries, computed from the entries and rebuilt from them at will. The second index serves pages over all
 * units, the third the rare readings that a person must look at.
 */
export function createProjections(write: WritableStore): void {
  write.run(`
    CREATE TABLE readings (
      idx INTEGER PRIMARY KEY REFERENCES entries (idx),
      unit_id TEXT NOT NULL,
      from_ms INTEGER NOT NULL,
      to_ms INTEGER NOT NULL CHECK (to_ms > from_ms AND to_ms - from_ms <= 86400000),
      status TEXT NOT NULL,
      trust_score REAL NOT NULL,
      energy_wh INTEGER,
      energy_import_wh INTEGER,
      energy_source TEXT,
      coverage REAL NOT NULL,
      UNIQUE (unit_id, from_ms)
    ) STRICT`);
  write.run('CREATE INDEX readings_by_time ON readings (from_ms, unit_id)');
  write.run("CREATE INDEX readings_to_review ON readings (status, from_ms, unit_id) WHERE status <> 'APPROVED'");
  write.run(`
    CREATE TABLE gaps (
      idx INTEGER PRIMARY KEY REFERENCES entries (idx),
      unit_id TEXT NOT NULL,
      from_ms INTEGER NOT NULL,
      to_ms INTEGER NOT NULL CHECK (to_ms > from_ms),
      reason TEXT NOT NULL
    ) STRICT`);
  write.run('CREATE INDEX gaps_by_unit ON gaps (unit_id, from_ms)');
}
