import type { WritableStore } from '../handle.ts';

/**
 * Signatures under checkpoints besides the one by the key in force: of a key with the change that replaced it, and of
 * witnesses. `signature` is what follows the key hash in the note's line.
 */
export function createCheckpointSignatures(write: WritableStore): void {
  write.run(`
    CREATE TABLE checkpoint_signatures (
      size INTEGER NOT NULL REFERENCES checkpoints (size),
      verifier_key TEXT NOT NULL,
      signature BLOB NOT NULL CHECK (length(signature) >= 64),
      PRIMARY KEY (size, verifier_key)
    ) STRICT, WITHOUT ROWID`);
  for (const action of ['UPDATE', 'DELETE']) {
    write.run(`
      CREATE TRIGGER checkpoint_signatures_refuse_${action.toLowerCase()} BEFORE ${action} ON checkpoint_signatures
      BEGIN SELECT RAISE(ABORT, 'signatures of checkpoints are never changed or deleted'); END`);
  }
}
