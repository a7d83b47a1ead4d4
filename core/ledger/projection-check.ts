import { checkRow, type LedgerProblem } from './check-row.ts';
import type { Cursor } from './cursor.ts';
import type { Entry } from './entry.ts';
import type { LedgerReader } from './ledger-storage.ts';
import { type GapRow, type PushRow, projectGap, projectPush, projectReading, type ReadingRow } from './projection.ts';

/** Holds each row of the tables for queries against the entry that it is computed from, in index order. */
export class ProjectionCheck {
  readonly #readings: Cursor<ReadingRow>;
  readonly #gaps: Cursor<GapRow>;
  readonly #pushes: Cursor<PushRow>;

  constructor(reader: LedgerReader, open: <T>(items: Iterable<T>) => Cursor<T>) {
    this.#readings = open(reader.readingRows());
    this.#gaps = open(reader.gapRows());
    this.#pushes = open(reader.pushRows());
  }

  check(entry: Entry): LedgerProblem | undefined {
    const { index, kind } = entry;
    return (
      checkRow('readings', index, kind === 'reading' ? projectReading(entry) : undefined, this.#readings) ??
      checkRow('pushes', index, kind === 'reading' ? projectPush(entry) : undefined, this.#pushes) ??
      checkRow('gaps', index, kind === 'gap' ? projectGap(entry) : undefined, this.#gaps)
    );
  }

  /** A row that stands for no entry. */
  checkEnd(): LedgerProblem | undefined {
    return (
      checkRow('readings', Number.POSITIVE_INFINITY, undefined, this.#readings) ??
      checkRow('pushes', Number.POSITIVE_INFINITY, undefined, this.#pushes) ??
      checkRow('gaps', Number.POSITIVE_INFINITY, undefined, this.#gaps)
    );
  }
}
