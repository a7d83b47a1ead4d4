import type { WritableStore } from '../handle.ts';

/**
 * Raw samples: cycles of the interval in progress one by one, closed intervals as compressed blocks named by the
 * digest that their reading carries. And the counters' state, which is what the next interval's energy starts from.
 */
export function createSamples(write: WritableStore): void {
  // No uniqueness of (device, slot): after the clock is set back a slot comes again, and both cycles are evidence.
  write.run(`
    CREATE TABLE open_cycles (
      id INTEGER PRIMARY KEY,
      device_id TEXT NOT NULL,
      slot_ms INTEGER NOT NULL,
      bytes BLOB NOT NULL
    ) STRICT`);
  write.run('CREATE INDEX open_cycles_by_slot ON open_cycles (device_id, slot_ms)');
  write.run(`
    CREATE TABLE sample_blocks (
      id INTEGER PRIMARY KEY,
      digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
      device_id TEXT NOT NULL,
      from_ms INTEGER NOT NULL,
      to_ms INTEGER NOT NULL CHECK (to_ms > from_ms),
      outcomes INTEGER NOT NULL CHECK (outcomes >= 0),
      bytes BLOB NOT NULL
    ) STRICT`);
  write.run('CREATE INDEX sample_blocks_by_time ON sample_blocks (device_id, from_ms)');
  write.run('CREATE TABLE counters (point TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT, WITHOUT ROWID');
}
