import type { WritableStore } from '../handle.ts';

/**
 * What a reading was pushed with, computed from its entry like every projection: the digest of the body, to tell a
 * sender that repeats itself, and the nonce, which counts once for each unit for as long as the ledger lives.
 */
export function createPushes(write: WritableStore): void {
  write.run(`
    CREATE TABLE pushes (
      idx INTEGER PRIMARY KEY REFERENCES entries (idx),
      unit_id TEXT NOT NULL,
      body_sha256 BLOB NOT NULL CHECK (length(body_sha256) = 32),
      nonce TEXT
    ) STRICT`);
  write.run('CREATE UNIQUE INDEX pushes_by_nonce ON pushes (unit_id, nonce) WHERE nonce IS NOT NULL');
}
