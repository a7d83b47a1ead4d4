import { projectGap, projectReading } from '../ledger/projection.ts';
import { parseEntry } from './entries.ts';
import type { WritableStore } from './handle.ts';
import { insertGap, insertReading } from './ledger-store.ts';

/** Entries read at a time: nothing can be written while rows are being iterated. */
const CHUNK = 1000;

/** Computes the readings and gaps tables anew from the entries, in one write. Returns the number of rows. */
export function rebuildProjections(store: WritableStore): number {
  return store.write(() => {
    store.run('DELETE FROM readings');
    store.run('DELETE FROM gaps');
    let rows = 0;
    for (let from = 0; ; from += CHUNK) {
      const chunk = store.all<{ kind: string; bytes: Uint8Array }>(
        'SELECT kind, bytes FROM entries WHERE idx >= ? AND idx < ? ORDER BY idx',
        from,
        from + CHUNK,
      );
      if (chunk.length === 0) return rows;
      for (const { kind, bytes } of chunk) {
        if (kind === 'reading') insertReading(store, projectReading(parseEntry(bytes)));
        else if (kind === 'gap') insertGap(store, projectGap(parseEntry(bytes)));
        else continue;
        rows += 1;
      }
    }
  });
}
