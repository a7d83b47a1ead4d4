import { assert, present } from '../model/assert.ts';

/** Median and median absolute deviation over a window, kept in order so that neither needs a scan to sort. */
export class RollingMedian {
  readonly #sorted: number[] = [];
  #deviation: number | undefined;

  get size(): number {
    return this.#sorted.length;
  }

  add(value: number): void {
    this.#sorted.splice(this.#position(value), 0, value);
    this.#deviation = undefined;
  }

  remove(value: number): void {
    const at = this.#position(value);
    assert(this.#sorted[at] === value, `${value} is in the window`);
    this.#sorted.splice(at, 1);
    this.#deviation = undefined;
  }

  /** Of at least one value. */
  median(): number {
    return middleOf(this.#sorted);
  }

  /** Median of the distances from the median. Computed once after each change. */
  deviation(): number {
    if (this.#deviation === undefined) {
      const median = this.median();
      const distances = this.#sorted.map((value) => Math.abs(value - median)).sort((a, b) => a - b);
      this.#deviation = middleOf(distances);
    }
    return this.#deviation;
  }

  /** Index of the first value that is not below `value`. */
  #position(value: number): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (present(this.#sorted[middle], 'a value within the window') < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function middleOf(sorted: readonly number[]): number {
  const half = sorted.length >>> 1;
  const upper = present(sorted[half], 'the middle of a window that is not empty');
  return sorted.length % 2 === 1 ? upper : (present(sorted[half - 1], 'the lower middle') + upper) / 2;
}
