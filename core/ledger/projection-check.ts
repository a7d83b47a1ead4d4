import { hash } from 'node:crypto';
import { checkRow, type LedgerProblem } from './check-row.ts';
import type { Cursor } from './cursor.ts';
import type { Entry } from './entry.ts';
import type { LedgerReader } from './ledger-storage.ts';
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
import { WaitingReadings } from './waiting-readings.ts';

/** Holds each row of the tables for queries against the entry that it is computed from, in index order. */
export class ProjectionCheck {
  readonly #readings: Cursor<ReadingRow>;
  readonly #gaps: Cursor<GapRow>;
  readonly #pushes: Cursor<PushRow>;
  /** Kept models by digest, and whether each text is what its digest says. */
  readonly #models: ReadonlyMap<string, { readonly unitId: string; readonly isSound: boolean }>;
  readonly #named = new Set<string>();
  #size = 0;
  readonly #reviews: Cursor<ReviewRow>;
  readonly #waiting = new WaitingReadings();
  readonly #reader: LedgerReader;
  readonly #open: <T>(items: Iterable<T>) => Cursor<T>;

  constructor(reader: LedgerReader, open: <T>(items: Iterable<T>) => Cursor<T>) {
    this.#reader = reader;
    this.#open = open;
    this.#readings = open(reader.readingRows());
    this.#gaps = open(reader.gapRows());
    this.#pushes = open(reader.pushRows());
    this.#models = new Map(
      [...reader.models()].map(({ digest, unitId, text }) => [
        digest,
        { unitId, isSound: `sha256:${hash('sha256', text, 'hex')}` === digest },
      ]),
    );
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
      (kind === 'model' ? this.#checkModel(entry) : undefined) ??
      checkRow('reviews', index, kind === 'review' ? projectReview(entry) : undefined, this.#reviews)
    );
  }

  #checkModel({ index, body: { digest, unitId } }: Entry): LedgerProblem | undefined {
    const name = String(digest);
    const kept = this.#models.get(name);
    this.#named.add(name);
    if (kept?.isSound === true && kept.unitId === unitId) return undefined;
    const what = kept === undefined ? 'is not kept' : 'is not what was recorded';
    return { index, code: 'LED_FSCK_MODEL', message: `The model ${name} of entry ${index} ${what}.` };
  }

  /** A row that stands for no entry. */
  checkEnd(): LedgerProblem | undefined {
    return (
      checkRow('readings', Number.POSITIVE_INFINITY, undefined, this.#readings) ??
      checkRow('pushes', Number.POSITIVE_INFINITY, undefined, this.#pushes) ??
      checkRow('gaps', Number.POSITIVE_INFINITY, undefined, this.#gaps) ??
      this.#checkUnnamed() ??
      checkRow('reviews', Number.POSITIVE_INFINITY, undefined, this.#reviews) ??
      this.#checkWaiting()
    );
  }

  #checkUnnamed(): LedgerProblem | undefined {
    const unnamed = [...this.#models.keys()].find((digest) => !this.#named.has(digest));
    if (unnamed === undefined) return undefined;
    return {
      index: this.#size,
      code: 'LED_FSCK_MODEL',
      message: `The model ${unnamed} is kept, but no entry names it.`,
    };
  }

  #checkWaiting(): LedgerProblem | undefined {
    const stored = this.#open(this.#reader.waitingRows());
    for (const row of this.#waiting.rows()) {
      const problem =
        checkRow('readings_to_decide', row.index - 1, undefined, stored) ??
        checkRow('readings_to_decide', row.index, row, stored);
      if (problem !== undefined) return problem;
    }
    return checkRow('readings_to_decide', Number.POSITIVE_INFINITY, undefined, stored);
  }
}
