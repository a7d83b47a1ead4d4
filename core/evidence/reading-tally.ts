import type { Reading } from '../acquisition/reading.ts';
import { creditOf } from '../verification/credit.ts';
import type { Review } from '../verification/review.ts';
import type { Verdict } from '../verification/verdict.ts';
import type { RunSums, SpanMs } from './batch-message.ts';
import { toBytes, toHex } from './bytes.ts';
import { NumberColumn } from './number-column.ts';
import type { Sha256 } from './tree.ts';

interface Reviewed {
  readonly reading: Reading;
  readonly verdict: Verdict;
  readonly reviews: readonly Review[];
}

/**
 * What of each reading of the range the messages of batches sum up: 41 bytes a reading, since where a run ends is
 * known only later. Readings come in the order of their entries.
 */
export class ReadingTally {
  readonly #sha256: Sha256;
  readonly #indexes = new NumberColumn(Float64Array);
  readonly #statuses = new NumberColumn(Uint8Array);
  readonly #fromMs = new NumberColumn(Float64Array);
  readonly #toMs = new NumberColumn(Float64Array);
  /** Without any review. */
  readonly #creditedWh = new NumberColumn(Float64Array);
  readonly #rules = new NumberColumn(Uint32Array);
  /** -1 without a model. */
  readonly #models = new NumberColumn(Int32Array);
  readonly #names = new Map<string, number>();
  readonly #reviewed = new Map<number, Reviewed>();
  readonly #foreignReviews: number[] = [];

  constructor(sha256: Sha256) {
    this.#sha256 = sha256;
  }

  add(index: number, reading: Reading, verdict: Verdict, reviews: readonly Review[]): void {
    this.#indexes.push(index);
    this.#fromMs.push(Date.parse(reading.from));
    this.#toMs.push(Date.parse(reading.to));
    this.#statuses.push(STATUSES.indexOf(verdict.status));
    this.#creditedWh.push(creditOf(reading, verdict, []).creditedWh);
    this.#rules.push(this.#number(String(verdict.engine.version)));
    this.#models.push(verdict.engine.model === undefined ? -1 : this.#number(verdict.engine.model));
    if (reviews.length > 0) this.#reviewed.set(index, { reading, verdict, reviews });
  }

  /** A review, at `index` of the range, of a reading outside of it: what it changed cannot be computed. */
  addForeignReview(index: number): void {
    this.#foreignReviews.push(index);
  }

  /** The sums of the run `[first, end)`, which lies in the range; without `reviewedWh` where a review is of a reading outside. */
  sum(first: number, end: number): Omit<RunSums, 'reviewedWh'> & { readonly reviewedWh?: number } {
    const counts = [0, 0, 0];
    const rules = new Set<number>();
    const models = new Set<number>();
    let creditedWh = 0;
    for (let at = this.#position(first); at < this.#position(end); at += 1) {
      const index = this.#indexes.at(at) ?? 0;
      const status = this.#statuses.at(at) ?? 0;
      counts[status] = (counts[status] ?? 0) + 1;
      rules.add(this.#rules.at(at) ?? 0);
      const model = this.#models.at(at) ?? -1;
      if (model >= 0) models.add(model);
      const reviewed = this.#reviewed.get(index);
      creditedWh += reviewed === undefined ? (this.#creditedWh.at(at) ?? 0) : creditedBefore(reviewed, end);
    }
    const [approved = 0, flagged = 0, rejected = 0] = counts;
    const isKnown = !this.#foreignReviews.some((index) => index >= first && index < end);
    return {
      approved,
      flagged,
      rejected,
      creditedWh,
      ...(isKnown ? { reviewedWh: this.#reviewedWh(first, end) } : {}),
      rules: this.#namesOf(rules).join(' '),
      models: this.#digestOf(this.#namesOf(models)),
    };
  }

  /** From the earliest beginning to the latest end of the readings of the range in `[first, end)`; undefined without any. */
  span(first: number, end: number): SpanMs | undefined {
    const [low, high] = [this.#position(first), this.#position(end)];
    if (low === high) return undefined;
    let [fromMs, toMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let at = low; at < high; at += 1) {
      fromMs = Math.min(fromMs, this.#fromMs.at(at) ?? fromMs);
      toMs = Math.max(toMs, this.#toMs.at(at) ?? toMs);
    }
    return { fromMs, toMs };
  }

  #reviewedWh(first: number, end: number): number {
    let sumWh = 0;
    for (const [index, reviewed] of this.#reviewed) {
      const isOfRun = reviewed.reviews.some((review) => review.index >= first && review.index < end);
      if (index < first && isOfRun) sumWh += creditedBefore(reviewed, end) - creditedBefore(reviewed, first);
    }
    return sumWh;
  }

  /** Where the first reading with an index from `index` on stands. */
  #position(index: number): number {
    let [low, high] = [0, this.#indexes.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#indexes.at(middle) ?? 0) < index) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #number(name: string): number {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    this.#names.set(name, this.#names.size);
    return this.#names.size - 1;
  }

  #namesOf(numbers: ReadonlySet<number>): string[] {
    return [...this.#names].flatMap(([name, number]) => (numbers.has(number) ? [name] : [])).toSorted();
  }

  #digestOf(models: readonly string[]): string | null {
    if (models.length < 2) return models[0] ?? null;
    return `sha256:${toHex(this.#sha256(toBytes(models.join('\n'))))}`;
  }
}

const STATUSES: readonly string[] = ['APPROVED', 'FLAGGED', 'REJECTED'];

function creditedBefore({ reading, verdict, reviews }: Reviewed, end: number): number {
  const known = reviews.filter(({ index }) => index < end);
  return creditOf(reading, verdict, known).creditedWh;
}
