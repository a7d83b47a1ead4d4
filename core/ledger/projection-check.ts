import { checkRow, type LedgerProblem } from './check-row.ts';
import type { Cursor } from './cursor.ts';
import type { Entry } from './entry.ts';
import type { LedgerReader } from './ledger-storage.ts';
import { ModelCheck } from './model-check.ts';
import { OutboxCheck } from './outbox-check.ts';
import {
  type GapRow,
  type PushRow,
  projectGap,
  projectPush,
  projectReading,
  projectReview,
  type ReadingRow,
  type ReviewRow,
} from './projection.ts';
import { checkSettings } from './settings-check.ts';
import { WaitingReadings } from './waiting-readings.ts';

/** Holds each row of the tables for queries against the entry that it is computed from, in index order. */
export class ProjectionCheck {
  readonly #readings: Cursor<ReadingRow>;
  readonly #gaps: Cursor<GapRow>;
  readonly #pushes: Cursor<PushRow>;
  /** Both undefined for a part: models, the outbox and waiting readings concern the ledger as a whole. */
  readonly #models: ModelCheck | undefined;
  readonly #outbox: OutboxCheck | undefined;
  #size = 0;
  readonly #reviews: Cursor<ReviewRow>;
  readonly #waiting = new WaitingReadings();
  readonly #reader: LedgerReader;
  readonly #open: <T>(items: Iterable<T>) => Cursor<T>;

  constructor(
    reader: LedgerReader,
    open: <T>(items: Iterable<T>) => Cursor<T>,
    { extent }: { readonly extent: 'whole' | 'part' },
  ) {
    this.#reader = reader;
    this.#open = open;
    this.#readings = open(reader.readingRows());
    this.#gaps = open(reader.gapRows());
    this.#pushes = open(reader.pushRows());
    this.#models = extent === 'whole' ? new ModelCheck(reader) : undefined;
    this.#outbox = extent === 'whole' ? new OutboxCheck(reader, open) : undefined;
    this.#reviews = open(reader.reviewRows());
  }

  check(entry: Entry): LedgerProblem | undefined {
    const { index, kind } = entry;
    this.#size = index + 1;
    if (kind === 'reading') this.#waiting.addReading(entry);
    if (kind === 'review') {
      const problem = this.#waiting.addReview(entry, (at) => this.#reader.entry(at));
      if (problem !== undefined) return problem;
    }
    return (
      checkRow('readings', index, kind === 'reading' ? projectReading(entry) : undefined, this.#readings) ??
      checkRow('pushes', index, kind === 'reading' ? projectPush(entry) : undefined, this.#pushes) ??
      checkRow('gaps', index, kind === 'gap' ? projectGap(entry) : undefined, this.#gaps) ??
      (kind === 'model' ? this.#models?.check(entry) : undefined) ??
      this.#outbox?.check(entry) ??
      checkRow('reviews', index, kind === 'review' ? projectReview(entry) : undefined, this.#reviews)
    );
  }

  /** A row that stands for no entry. */
  checkEnd(): LedgerProblem | undefined {
    return (
      checkRow('readings', Number.POSITIVE_INFINITY, undefined, this.#readings) ??
      checkRow('pushes', Number.POSITIVE_INFINITY, undefined, this.#pushes) ??
      checkRow('gaps', Number.POSITIVE_INFINITY, undefined, this.#gaps) ??
      this.#models?.checkEnd(this.#size) ??
      this.#outbox?.checkEnd() ??
      (this.#models === undefined ? undefined : checkSettings(this.#reader)) ??
      checkRow('reviews', Number.POSITIVE_INFINITY, undefined, this.#reviews) ??
      (this.#models === undefined ? undefined : checkWaiting(this.#reader, this.#waiting, this.#open))
    );
  }
}

/** The readings that wait, as the entries give them, against those that are stored. */
export function checkWaiting(
  reader: LedgerReader,
  waiting: WaitingReadings,
  open: <T>(items: Iterable<T>) => Cursor<T>,
): LedgerProblem | undefined {
  const stored = open(reader.waitingRows());
  for (const row of waiting.rows()) {
    const problem =
      checkRow('readings_to_decide', row.index - 1, undefined, stored) ??
      checkRow('readings_to_decide', row.index, row, stored);
    if (problem !== undefined) return problem;
  }
  return checkRow('readings_to_decide', Number.POSITIVE_INFINITY, undefined, stored);
}
