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

  /**
   * Median of the distances from the median. The values stand in order, so their distances do too on either side of
   * the median: walking outwards from it meets them from the nearest on, without sorting them.
   */
  deviation(): number {
    this.#deviation ??= this.#walkOutwards();
    return this.#deviation;
  }

  #walkOutwards(): number {
    const values = this.#sorted;
    const median = this.median();
    const half = values.length >>> 1;
    let below = this.#position(median) - 1;
    let above = below + 1;
    let [previous, nearest] = [0, 0];
    for (let met = 0; met <= half; met += 1) {
      const down = below < 0 ? Number.POSITIVE_INFINITY : median - present(values[below], 'a value below');
      const up = above >= values.length ? Number.POSITIVE_INFINITY : present(values[above], 'a value above') - median;
      previous = nearest;
      nearest = Math.min(down, up);
      if (down < up) below -= 1;
      else above += 1;
    }
    return values.length % 2 === 1 ? nearest : (previous + nearest) / 2;
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
