/** What a claim and its witness differed by over one interval, in one unit: kWh, or m3 of water. */
export interface Difference {
  readonly fromMs: number;
  readonly toMs: number;
  readonly claimed: number;
  /** The most, and the least, that the claim may be by the witness. Alike where the witness leaves no room. */
  readonly most: number;
  readonly least: number;
  /** What honest instruments may differ by for good, in the same unit. */
  readonly allowed: number;
  /** What a run may differ by once, however long it is: the steps of the registers and the moments they are read in. */
  readonly slack: number;
}

/** A run of intervals over which claims and witness parted by more than their instruments explain. */
export interface Run {
  readonly side: 'over' | 'under';
  readonly fromMs: number;
  readonly toMs: number;
  readonly intervals: number;
  readonly claimed: number;
  /** What the witness allows at most (over), or asks for at least (under). */
  readonly witnessed: number;
  readonly allowed: number;
  /** How many times what is allowed they differ by. */
  readonly times: number;
}

/** The part of what is allowed that a reading must exceed itself to be held against a run that it ends. */
const PERSISTING_SHARE = 0.75;
/** A shorter run is for the check of a single interval. */
const RUN_MIN = 3;

/**
 * The differences of the last hours, for a cumulative sum (Page 1954) that sees a small bias which lasts: of all runs
 * that end now, the one that exceeds its allowance most. The window is bounded in time, so that a book rebuilt from the
 * recorded readings says the same as one that never stopped.
 */
export class DifferenceBook {
  readonly #horizonMs: number;
  readonly #entries: Difference[] = [];
  #newestMs = Number.NEGATIVE_INFINITY;

  constructor(horizonMs: number) {
    this.#horizonMs = horizonMs;
  }

  /** A reading came, whether or not it adds a difference. */
  pass(fromMs: number): void {
    if (fromMs <= this.#newestMs) return;
    this.#newestMs = fromMs;
    const oldestMs = fromMs - this.#horizonMs;
    let gone = 0;
    for (const entry of this.#entries) {
      if (entry.fromMs >= oldestMs) break;
      gone += 1;
    }
    if (gone > 0) this.#entries.splice(0, gone);
  }

  /** Kept in the order of time, whatever order they arrive in. */
  add(difference: Difference): void {
    if (difference.fromMs < this.#newestMs - this.#horizonMs) return;
    const entries = this.#entries;
    let at = entries.length;
    while (at > 0 && (entries[at - 1]?.fromMs ?? 0) > difference.fromMs) at -= 1;
    if (at === entries.length) entries.push(difference);
    else entries.splice(at, 0, difference);
  }

  get newest(): Difference | undefined {
    return this.#entries.at(-1);
  }

  /** The worst run that ends with `current`, beyond `decision`; undefined while there is none. */
  worstRun(current: Difference, decision: number): Run | undefined {
    return this.#worst(current, decision, 'over') ?? this.#worst(current, decision, 'under');
  }

  #worst(current: Difference, decision: number, side: Run['side']): Run | undefined {
    // A bias that has ended accuses no reading that came after it.
    if (excessOf(current, side) <= PERSISTING_SHARE * current.allowed) return undefined;
    const sum = { excess: 0, claimed: 0, witnessed: 0, allowed: 0, slack: 0, intervals: 0, breaks: 1 };
    let worst: Run | undefined;
    let worstExcess = decision;
    let next: Difference | undefined;
    for (let at = this.#entries.length; at >= 0; at -= 1) {
      const entry: Difference | undefined = next === undefined ? current : this.#entries[at];
      if (entry === undefined || (next !== undefined && entry.fromMs >= current.fromMs)) continue;
      sum.excess += excessOf(entry, side);
      sum.claimed += entry.claimed;
      sum.witnessed += side === 'over' ? entry.most : entry.least;
      sum.allowed += entry.allowed;
      sum.slack = Math.max(sum.slack, entry.slack);
      sum.intervals += 1;
      // Where intervals are missing in between, the steps of the registers count anew.
      if (next !== undefined && entry.toMs !== next.fromMs) sum.breaks += 1;
      next = entry;
      const allowed = sum.allowed + sum.slack * sum.breaks;
      const beyond = sum.excess - allowed;
      if (sum.intervals < RUN_MIN || beyond <= worstExcess) continue;
      worstExcess = beyond;
      const { claimed, witnessed, intervals } = sum;
      const times = sum.excess / Math.max(allowed + decision, Number.MIN_VALUE);
      worst = { side, fromMs: entry.fromMs, toMs: current.toMs, intervals, claimed, witnessed, allowed, times };
    }
    return worst;
  }
}

export function excessOf({ claimed, most, least }: Difference, side: Run['side']): number {
  return side === 'over' ? claimed - most : least - claimed;
}
