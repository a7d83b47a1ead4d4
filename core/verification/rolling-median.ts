import { assert, present } from '../model/assert.ts';

/** Changes that are put in their places one by one; with more of them sorting all is quicker. */
const FEW_CHANGES = 24;
/** So many wait at most. */
const WAITING_MAX = 2048;

/**
 * Median and median absolute deviation over a window, kept in order so that neither needs a scan to sort. What comes and
 * goes is put in order when somebody asks, since for many windows nobody ever does.
 */
export class RollingMedian {
  #sorted: number[] = [];
  #added: number[] = [];
  #removed: number[] = [];
  #deviation: number | undefined;

  get size(): number {
    return this.#sorted.length + this.#added.length - this.#removed.length;
  }

  add(value: number): void {
    this.#added.push(value);
    this.#deviation = undefined;
    if (this.#added.length > WAITING_MAX) this.#settle();
  }

  /** A value that was added before. */
  remove(value: number): void {
    this.#removed.push(value);
    this.#deviation = undefined;
  }

  /** Of at least one value. */
  median(): number {
    this.#settle();
    return middleOf(this.#sorted);
  }

  /**
   * Median of the distances from the median. The values stand in order, so their distances do too on either side of
   * the median: the middle of two ordered rows is found by halving, without making them one.
   */
  deviation(): number {
    this.#settle();
    this.#deviation ??= this.#middleDistance();
    return this.#deviation;
  }

  #settle(): void {
    const [added, removed] = [this.#added, this.#removed];
    if (added.length === 0 && removed.length === 0) return;
    this.#added = [];
    this.#removed = [];
    if (added.length + removed.length > FEW_CHANGES) {
      this.#sorted = without(ascending([...this.#sorted, ...added]), ascending(removed));
      return;
    }
    for (const value of added) this.#sorted.splice(this.#position(value), 0, value);
    for (const value of removed) {
      const at = this.#position(value);
      assert(this.#sorted[at] === value, `${value} is in the window`);
      this.#sorted.splice(at, 1);
    }
  }

  #middleDistance(): number {
    const values = this.#sorted;
    const median = middleOf(values);
    const place = this.#position(median);
    const half = values.length >>> 1;
    const upper = nearest(values, place, median, half + 1);
    return values.length % 2 === 1 ? upper : (nearest(values, place, median, half) + upper) / 2;
  }

  /** Index of the first value that is not below `value`. */
  #position(value: number): number {
    const sorted = this.#sorted;
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((sorted[middle] ?? Number.NaN) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/**
 * The `rank`th smallest distance from `median`, 1 for the smallest, of values in order of which the first `place` lie
 * below it: as many of those below are taken as lie nearer than the last of those above.
 */
function nearest(values: readonly number[], place: number, median: number, rank: number): number {
  const below = (at: number): number => median - (values[place - 1 - at] ?? Number.NaN);
  const above = (at: number): number => (values[place + at] ?? Number.NaN) - median;
  let least = Math.max(0, rank - (values.length - place));
  let most = Math.min(rank, place);
  while (least < most) {
    const taken = (least + most) >>> 1;
    if (below(taken) < above(rank - taken - 1)) least = taken + 1;
    else most = taken;
  }
  const farBelow = least === 0 ? 0 : below(least - 1);
  return least === rank ? farBelow : Math.max(farBelow, above(rank - least - 1));
}

function ascending(values: readonly number[]): number[] {
  return Array.from(Float64Array.from(values).sort());
}

/** What is left of `sorted` once each of `removed`, in order too, was taken out. */
function without(sorted: readonly number[], removed: readonly number[]): number[] {
  let next = 0;
  const left = sorted.filter((value) => {
    if (value !== removed[next]) return true;
    next += 1;
    return false;
  });
  assert(next === removed.length, `${removed[next]} is in the window`);
  return left;
}

function middleOf(sorted: readonly number[]): number {
  const half = sorted.length >>> 1;
  const upper = present(sorted[half], 'the middle of a window that is not empty');
  return sorted.length % 2 === 1 ? upper : (present(sorted[half - 1], 'the lower middle') + upper) / 2;
}
