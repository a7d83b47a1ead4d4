import { holeAt, soundEntry } from './check-tail.ts';
import type { LedgerReader, ProjectionStore } from './ledger-storage.ts';

export interface Rebuilt {
  readonly entries: number;
  readonly readings: number;
  readonly gaps: number;
  readonly reviews: number;
}

/** Entries in memory at a time. */
const BATCH = 1000;

/**
 * Computes every table for queries anew from the entries, in one write: whoever reads meanwhile sees the old ones, and
 * after a crash they are there again. Each entry must have the hash that the tree holds.
 *
 * @throws Failure `LED_FSCK_HOLE`, `LED_FSCK_ENTRY`, `LED_FROM_FUTURE`, `LED_BODY_INVALID`, or of the store; then nothing
 * has changed.
 */
export function rebuildProjections(
  reader: Pick<LedgerReader, 'entries' | 'size'>,
  projections: ProjectionStore,
  onProgress: (entries: number, size: number) => void = () => {},
): Rebuilt {
  return projections.write(() => {
    projections.clear();
    const size = reader.size();
    const counts = { reading: 0, gap: 0, review: 0 };
    for (let from = 0; from < size; from += BATCH) {
      let index = from;
      // Taken as a whole: nothing may be written while a result is being read.
      for (const stored of [...reader.entries(from, Math.min(from + BATCH, size))]) {
        if (stored.index !== index) throw holeAt(index);
        const entry = soundEntry(stored);
        projections.insert(entry);
        if (entry.kind === 'reading' || entry.kind === 'gap' || entry.kind === 'review') counts[entry.kind] += 1;
        index += 1;
      }
      if (index < Math.min(from + BATCH, size)) throw holeAt(index);
      onProgress(index, size);
    }
    return { entries: size, readings: counts.reading, gaps: counts.gap, reviews: counts.review };
  });
}
