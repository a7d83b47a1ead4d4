import { RollingMedian } from '../rolling-median.ts';

/** Width of the loads that are learned apart, share of the unit's rated flow. */
const BIN_SHARE = 0.1;
/** A normal spread in median absolute deviations (Iglewicz and Hoaglin 1993). */
const SPREAD_OF_DEVIATION = 1.4826;

interface Entry {
  readonly fromMs: number;
  readonly bin: number;
  readonly lossShare: number;
}

/**
 * What the head has been below the difference of the levels, by the flow on the intake: the losses of the waterway and
 * whatever the datums of the gauges differ by. Learned from approved, steady readings of the last days alone.
 */
export class LevelBook {
  readonly #horizonMs: number;
  readonly #entries: Entry[] = [];
  readonly #bins = new Map<number, RollingMedian>();
  #newestMs = Number.NEGATIVE_INFINITY;

  constructor(horizonMs: number) {
    this.#horizonMs = horizonMs;
  }

  /** A reading came, whether or not it teaches. */
  pass(fromMs: number): void {
    if (fromMs <= this.#newestMs) return;
    this.#newestMs = fromMs;
    const oldestMs = fromMs - this.#horizonMs;
    let gone = 0;
    for (const { fromMs: atMs, bin, lossShare } of this.#entries) {
      if (atMs >= oldestMs) break;
      this.#bins.get(bin)?.remove(lossShare);
      gone += 1;
    }
    if (gone > 0) this.#entries.splice(0, gone);
  }

  /** Kept in the order of time, whatever order they arrive in. */
  add(fromMs: number, flowShare: number, lossShare: number): void {
    if (fromMs < this.#newestMs - this.#horizonMs) return;
    const bin = binOf(flowShare);
    let median = this.#bins.get(bin);
    if (median === undefined) {
      median = new RollingMedian();
      this.#bins.set(bin, median);
    }
    median.add(lossShare);
    let at = this.#entries.length;
    while (at > 0 && (this.#entries[at - 1]?.fromMs ?? 0) > fromMs) at -= 1;
    this.#entries.splice(at, 0, { fromMs, bin, lossShare });
  }

  /** The usual loss at this flow and its spread, shares of rated head; undefined below `readingsMin`. */
  usual(flowShare: number, readingsMin: number): { readonly lossShare: number; readonly spread: number } | undefined {
    const median = this.#bins.get(binOf(flowShare));
    if (median === undefined || median.size < readingsMin) return undefined;
    return { lossShare: median.median(), spread: SPREAD_OF_DEVIATION * median.deviation() };
  }
}

function binOf(flowShare: number): number {
  return Math.max(0, Math.min(BINS - 1, Math.floor(flowShare / BIN_SHARE)));
}

/** Up to ten units on one intake. */
const BINS = 100;
