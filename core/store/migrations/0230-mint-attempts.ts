import type { WritableStore } from '../handle.ts';

/**
 * Signed transactions that mint, made durable before anything is sent, with the energy that each is for. Beside the ledger,
 * since they are only about what may have happened; what did becomes an entry, in the write that drops the rows.
 */
export function createMintAttempts(write: WritableStore): void {
  write.run(`
    CREATE TABLE mint_attempts (
      plan TEXT NOT NULL,
      part INTEGER NOT NULL,
      number INTEGER NOT NULL,
      network TEXT NOT NULL,
      token TEXT NOT NULL,
      month_hash TEXT NOT NULL,
      from_wh INTEGER NOT NULL,
      to_wh INTEGER NOT NULL CHECK (to_wh > from_wh),
      reference TEXT NOT NULL,
      intent BLOB NOT NULL,
      PRIMARY KEY (plan, part, number)
    ) STRICT, WITHOUT ROWID`);
}
