import type { WritableStore } from '../handle.ts';

/**
 * The ledger itself. `bytes` is the canonical form that was hashed, byte for byte. A node's `position` counts the
 * nodes above the leaves in the order in which they came to be, so that appending only ever touches the end of the
 * table. Checkpoints keep what the signed note cannot be rebuilt from; their origin is the device key's name.
 */
export function createLedger(write: WritableStore): void {
  write.run(`
    CREATE TABLE entries (
      idx INTEGER PRIMARY KEY CHECK (idx >= 0),
      kind TEXT NOT NULL,
      bytes BLOB NOT NULL,
      leaf_hash BLOB NOT NULL CHECK (length(leaf_hash) = 32)
    ) STRICT`);
  // Readings are found through their projection; every other kind is rare enough to index here.
  write.run("CREATE INDEX entries_by_kind ON entries (kind, idx) WHERE kind <> 'reading'");
  write.run(`
    CREATE TABLE nodes (
      position INTEGER PRIMARY KEY CHECK (position >= 0),
      hash BLOB NOT NULL CHECK (length(hash) = 32)
    ) STRICT`);
  write.run(`
    CREATE TABLE checkpoints (
      size INTEGER PRIMARY KEY CHECK (size > 0),
      root BLOB NOT NULL CHECK (length(root) = 32),
      signature BLOB NOT NULL CHECK (length(signature) = 64)
    ) STRICT`);
  for (const table of ['entries', 'nodes', 'checkpoints']) {
    for (const action of ['UPDATE', 'DELETE']) {
      write.run(`
        CREATE TRIGGER ${table}_refuse_${action.toLowerCase()} BEFORE ${action} ON ${table}
        BEGIN SELECT RAISE(ABORT, '${table} are never changed or deleted'); END`);
    }
  }
}
