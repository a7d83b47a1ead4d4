import type { WritableStore } from '../handle.ts';

/**
 * What became of the energy of a gap. Entries of version 1 name the treatment only; what they do not say stays NULL,
 * and all of their time is missing.
 */
export function addGapTreatments(write: WritableStore): void {
  write.run('ALTER TABLE gaps ADD COLUMN treatment TEXT');
  write.run('ALTER TABLE gaps ADD COLUMN energy_wh INTEGER');
  write.run('ALTER TABLE gaps ADD COLUMN reading_idx INTEGER');
  write.run('ALTER TABLE gaps ADD COLUMN missing_ms INTEGER NOT NULL DEFAULT 0');
  write.run(`UPDATE gaps SET missing_ms = to_ms - from_ms, treatment = (
    SELECT json_extract(CAST(entries.bytes AS TEXT), '$.body.treatment') FROM entries WHERE entries.idx = gaps.idx)`);
}
