import { fingerprintOf } from '../../acquisition/fingerprint.ts';
import type { Reading } from '../../acquisition/reading.ts';
import { parseEntry } from '../entries.ts';
import type { WritableStore } from '../handle.ts';

const READINGS_AT_ONCE = 1000;

/** What each reading looked like, so that a replay is found however old its original is. */
export function addFingerprints(write: WritableStore): void {
  write.run('ALTER TABLE readings ADD COLUMN fingerprint INTEGER');
  write.run(
    'CREATE INDEX readings_by_fingerprint ON readings (unit_id, fingerprint, idx) WHERE fingerprint IS NOT NULL',
  );
  for (let after = -1; ; ) {
    const rows = write.all<{ idx: number; bytes: Uint8Array }>(
      `SELECT readings.idx, entries.bytes FROM readings JOIN entries ON entries.idx = readings.idx
       WHERE readings.idx > ? ORDER BY readings.idx LIMIT ?`,
      after,
      READINGS_AT_ONCE,
    );
    for (const { idx, bytes } of rows) {
      const fingerprint = fingerprintOf(parseEntry(bytes).body.reading as unknown as Reading);
      if (fingerprint !== undefined) write.run('UPDATE readings SET fingerprint = ? WHERE idx = ?', fingerprint, idx);
    }
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.idx;
  }
}
