import type { Statistics } from './reading.ts';

/** Mean, least and greatest of the usable values of one quantity in one interval. */
export class RunningStatistics {
  #sum = 0;
  #count = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  add(value: number): void {
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
    };
  }
}

/** Six decimals: finer than any sensor here, and short in the ledger. */
export function round6(value: number): number {
  const rounded = Math.round(value * 1e6) / 1e6;
  return rounded === 0 ? 0 : rounded;
}
