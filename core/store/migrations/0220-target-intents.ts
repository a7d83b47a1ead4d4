import type { WritableStore } from '../handle.ts';

/**
 * What a target made durable before it did something once for the whole plant, such as making a topic. Beside the
 * ledger, since it is only about what may have happened; what did becomes an entry.
 */
export function createTargetIntents(write: WritableStore): void {
  write.run(`
    CREATE TABLE target_intents (
      target TEXT NOT NULL,
      number INTEGER NOT NULL,
      intent BLOB NOT NULL,
      PRIMARY KEY (target, number)
    ) STRICT, WITHOUT ROWID`);
}
