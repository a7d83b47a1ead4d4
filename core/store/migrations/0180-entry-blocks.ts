import type { WritableStore } from '../handle.ts';

/**
 * Readings that are no longer new lie packed in blocks, each of one run of indexes, one behind the other from the first
 * entry on. The row of a packed reading stays, with its leaf hash and without its bytes.
 *
 * An entry is still never changed or deleted, with one exception that the triggers look after themselves: where the row of a
 * reading that a block covers is deleted, it is put back at once, the same but without its bytes, and can never be deleted
 * again. An update in place would leave its page as empty as it becomes; rows that are put back are moved together. Blocks
 * are never changed or deleted, and never hold the newest entry.
 */
export function createEntryBlocks(write: WritableStore): void {
  write.run(`
    CREATE TABLE entry_blocks (
      first INTEGER PRIMARY KEY CHECK (first >= 0),
      "end" INTEGER NOT NULL CHECK ("end" > first),
      raw_bytes INTEGER NOT NULL CHECK (raw_bytes > 0),
      digest BLOB NOT NULL CHECK (length(digest) = 32),
      bytes BLOB NOT NULL
    ) STRICT`);
  const packed = 'coalesce((SELECT "end" FROM entry_blocks ORDER BY first DESC LIMIT 1), 0)';
  const refuse = (message: string): string => `BEGIN SELECT RAISE(ABORT, '${message}'); END`;
  write.run(`
    CREATE TRIGGER entry_blocks_insert BEFORE INSERT ON entry_blocks
    WHEN new.first <> ${packed}
      OR new."end" > coalesce((SELECT max(size) FROM checkpoints), 0)
      OR new."end" > coalesce((SELECT max(idx) FROM entries), 0)
    ${refuse('a block of entries follows the one before and holds only what is signed, never the newest entry')}`);
  for (const action of ['UPDATE', 'DELETE']) {
    write.run(`
      CREATE TRIGGER entry_blocks_refuse_${action.toLowerCase()} BEFORE ${action} ON entry_blocks
      ${refuse('blocks of entries are never changed or deleted')}`);
  }
  write.run('DROP TRIGGER entries_refuse_delete');
  write.run(`
    CREATE TRIGGER entries_refuse_delete BEFORE DELETE ON entries
    WHEN old.kind <> 'reading' OR length(old.bytes) = 0 OR old.idx >= ${packed}
    ${refuse('entries are never changed or deleted')}`);
  write.run(`
    CREATE TRIGGER entries_put_back AFTER DELETE ON entries BEGIN
      INSERT INTO entries (idx, kind, bytes, leaf_hash) VALUES (old.idx, old.kind, x'', old.leaf_hash);
    END`);
}
