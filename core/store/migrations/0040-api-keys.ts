import type { WritableStore } from '../handle.ts';

/** Keys of the local API, as hashes only, and small facts about the store itself. */
export function createApiKeys(write: WritableStore): void {
  write.run(`
    CREATE TABLE api_keys (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL,
      role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'engineer', 'admin', 'ingest')),
      hash BLOB NOT NULL CHECK (length(hash) = 32),
      created_at_ms INTEGER NOT NULL,
      revoked_at_ms INTEGER
    ) STRICT, WITHOUT ROWID`);
  write.run('CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID');
}
