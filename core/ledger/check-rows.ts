import { Failure } from '../model/failure.ts';
import type { LedgerProblem } from './check-row.ts';
import { holeAt, soundEntry } from './check-tail.ts';
import { Cursor } from './cursor.ts';
import type { Entry } from './entry.ts';
import type { LedgerPart, LedgerReader } from './ledger-storage.ts';
import { ProjectionCheck } from './projection-check.ts';

/** What tables for queries say of an entry is not what the entry says. */
export const ROW_CODE = 'LED_FSCK_PROJECTION';

/**
 * Gives the entries of the part in the order of their indexes, each held against its leaf hash, and their rows in the tables
 * for queries against them: for whoever goes by both, as a start does. `reader` is limited to the part, so that a row
 * that stands for no entry shows too, though only after the last entry.
 *
 * @throws Failure `LED_FSCK_HOLE`, `LED_FSCK_ENTRY`, `LED_FSCK_BLOCK`, `LED_FROM_FUTURE`, or `LED_FSCK_PROJECTION`, each with
 * the index.
 */
export function* entriesWithSoundRows(reader: LedgerReader, { from, to }: LedgerPart): Generator<Entry> {
  const cursors: { close(): void }[] = [];
  const open = <T>(items: Iterable<T>): Cursor<T> => {
    const cursor = new Cursor(items);
    cursors.push(cursor);
    return cursor;
  };
  try {
    const rows = new ProjectionCheck(reader, open, { extent: 'part' });
    let index = from;
    for (const stored of reader.entries(from, to)) {
      if (stored.index !== index) break;
      const entry = soundEntry(stored);
      refuse(rows.check(entry));
      yield entry;
      index += 1;
    }
    if (index < to) throw holeAt(index);
    refuse(rows.checkEnd());
  } finally {
    for (const cursor of cursors) cursor.close();
  }
}

function refuse(problem: LedgerProblem | undefined): void {
  if (problem !== undefined) throw rowFailure(problem);
}

export function rowFailure({ code, message }: LedgerProblem): Failure {
  return new Failure(code, message, {
    hint: 'restart the appliance, which computes the tables anew, or run `forebay ledger rebuild` while it is stopped',
    exitCode: 4,
  });
}
