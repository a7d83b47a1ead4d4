import type { WritableStore } from '../handle.ts';

/**
 * What raw samples of which day take, kept beside the blocks, so that to say which are the oldest and how many bytes they
 * all take costs a row for each day and not a look at each block.
 */
export function createSampleDays(write: WritableStore): void {
  write.run(`
    CREATE TABLE sample_days (
      day_ms INTEGER NOT NULL,
      device_id TEXT NOT NULL,
      blocks INTEGER NOT NULL,
      bytes INTEGER NOT NULL,
      PRIMARY KEY (day_ms, device_id)
    ) STRICT, WITHOUT ROWID`);
  const dayOf = (row: string): string => `${row}from_ms - ((${row}from_ms % 86400000) + 86400000) % 86400000`;
  write.run(`
    INSERT INTO sample_days (day_ms, device_id, blocks, bytes)
      SELECT ${dayOf('')}, device_id, count(*), sum(length(bytes)) FROM sample_blocks GROUP BY 1, 2`);
  write.run(`
    CREATE TRIGGER sample_days_insert AFTER INSERT ON sample_blocks BEGIN
      INSERT INTO sample_days (day_ms, device_id, blocks, bytes)
        VALUES (${dayOf('new.')}, new.device_id, 1, length(new.bytes))
        ON CONFLICT (day_ms, device_id) DO UPDATE SET blocks = blocks + 1, bytes = bytes + excluded.bytes;
    END`);
  write.run(`
    CREATE TRIGGER sample_days_delete AFTER DELETE ON sample_blocks BEGIN
      UPDATE sample_days SET blocks = blocks - 1, bytes = bytes - length(old.bytes)
        WHERE day_ms = ${dayOf('old.')} AND device_id = old.device_id;
      DELETE FROM sample_days WHERE day_ms = ${dayOf('old.')} AND device_id = old.device_id AND blocks = 0;
    END`);
}
