import type { Statistics } from './reading.ts';

/** More different values than this tell nothing further about whether a sensor moves. */
export const DISTINCT_MAX = 50;

/** Mean, least and greatest of the usable values of one quantity in one interval, and whether they moved. */
export class RunningStatistics {
  readonly #distinct = new Set<number>();
  #uncertain = 0;
  #sum = 0;
  #count = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  add(value: number, quality: 'good' | 'uncertain'): void {
    if (quality === 'uncertain') this.#uncertain += 1;
    if (this.#distinct.size < DISTINCT_MAX) this.#distinct.add(value);
    this.#sum += value;
    this.#count += 1;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }

  get count(): number {
    return this.#count;
  }

  /** Undefined when nothing usable was read: missing is not zero. */
  summarize(slots: number): Statistics | undefined {
    if (this.#count === 0) return undefined;
    return {
      mean: round6(this.#sum / this.#count),
      min: round6(this.#min),
      max: round6(this.#max),
      coverage: round6(Math.min(1, this.#count / slots)),
      samples: this.#count,
      distinct: this.#distinct.size,
      ...(this.#uncertain === 0 ? {} : { uncertain: round6(this.#uncertain / this.#count) }),
    };
  }
}

/** Six decimals: finer than any sensor here, and short in the ledger. */
export function round6(value: number): number {
  const rounded = Math.round(value * 1e6) / 1e6;
  return rounded === 0 ? 0 : rounded;
}
