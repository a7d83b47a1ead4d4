import { isWaiting, type Review, type ReviewedVerdict, standingOf } from '../verification/review.ts';
import type { LedgerProblem } from './check-row.ts';
import type { Entry } from './entry.ts';
import type { StoredEntry } from './ledger-storage.ts';
import { projectReading, projectReview, projectVerdict, toReview, type WaitingRow } from './projection.ts';

/** Computes from the entries alone, in index order, which readings wait for a person. Holds those, and reviewed ones. */
export class WaitingReadings {
  readonly #waiting = new Map<number, WaitingRow>();
  readonly #reviewed = new Map<number, { readonly verdict: ReviewedVerdict; readonly reviews: Review[] }>();

  addReading(entry: Entry): void {
    this.addRow(projectReading(entry));
  }

  /** The row of a reading, in place of its entry. */
  addRow({ status, ...row }: WaitingRow & { readonly status: string }): void {
    if (status !== 'APPROVED') this.#hold(row);
  }

  /** `read` gives an earlier entry. A review of what is no earlier reading is a problem of the ledger. */
  addReview(entry: Entry, read: (index: number) => StoredEntry | undefined): LedgerProblem | undefined {
    const row = projectReview(entry);
    const stored = row.readingIndex < entry.index ? read(row.readingIndex) : undefined;
    if (stored?.kind !== 'reading') {
      const message = `Entry ${entry.index} reviews entry ${row.readingIndex}, which is no earlier reading.`;
      return { index: entry.index, code: 'LED_FSCK_REVIEW', message };
    }
    const reading = JSON.parse(Buffer.from(stored.bytes).toString('utf8')) as Entry;
    const known = this.#reviewed.get(row.readingIndex) ?? { verdict: projectVerdict(reading), reviews: [] };
    known.reviews.push(toReview(row));
    this.#reviewed.set(row.readingIndex, known);
    if (isWaiting(known.verdict, standingOf(known.verdict, known.reviews))) this.#hold(projectReading(reading));
    else this.#waiting.delete(row.readingIndex);
    return undefined;
  }

  /** The readings that wait now, ascending by index. */
  rows(): readonly WaitingRow[] {
    return [...this.#waiting.values()].toSorted((a, b) => a.index - b.index);
  }

  #hold({ index, unitId, fromMs }: WaitingRow): void {
    this.#waiting.set(index, { index, unitId, fromMs });
  }
}
