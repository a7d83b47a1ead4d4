import type { JsonObject } from '../model/json.ts';
import type { BundleEntry } from './entry-line.ts';

/** What an entry of the ledger says of raw samples that are not there (docs/ledger.md, Samples). */
export interface SampleLoss {
  /** Of the entry, and when it was recorded. */
  readonly index: number;
  readonly at: string;
  /** `stopped` stands for the whole time until they were kept again. */
  readonly event: 'pruned' | 'dropped' | 'stopped';
  readonly reason: string;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface NamedBlock {
  /** Samples and misses in it. */
  readonly outcomes: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** The losses that the ledger tells of. Takes the entries in any order; other kinds give nothing. */
export class SampleLosses {
  readonly #losses = new Map<number, SampleLoss>();
  /** By when samples were kept no longer. */
  readonly #stops = new Map<number, SampleLoss>();
  /** Ascending by begin, each with the one among it and those before that reaches furthest; undefined until it is asked for. */
  #reaches: readonly { readonly fromMs: number; readonly furthest: SampleLoss }[] | undefined;

  /** Ascending by index. */
  get all(): readonly SampleLoss[] {
    return [...this.#losses.values()].sort((a, b) => a.index - b.index);
  }

  take({ index, kind, at, body }: Pick<BundleEntry, 'index' | 'kind' | 'at' | 'body'>): void {
    const loss = kind === 'samples' ? lossOf(body) : undefined;
    if (loss === undefined) return;
    this.#reaches = undefined;
    if (loss.event === 'stopped') {
      const other = this.#stops.get(loss.fromMs);
      // Where samples are kept again, that entry states the whole time, and what was said when it began says no more.
      if (other !== undefined && other.toMs !== OPEN_MS && loss.toMs === OPEN_MS) return;
      if (other !== undefined && other.toMs === OPEN_MS) this.#losses.delete(other.index);
      this.#stops.set(loss.fromMs, { index, at, ...loss });
    }
    this.#losses.set(index, { index, at, ...loss });
  }

  /** Those that concern some of `[fromMs, toMs)`. */
  within({ fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }): readonly SampleLoss[] {
    return this.all.filter((loss) => loss.fromMs < toMs && loss.toMs > fromMs);
  }

  /**
   * The entry that says why a block of an interval is not there, or undefined: then nobody said so. Where several do, the one
   * that reaches furthest. A plant of some years has as many entries as days, and asks for every reading.
   */
  explain({ fromMs, toMs }: Pick<NamedBlock, 'fromMs' | 'toMs'>): SampleLoss | undefined {
    this.#reaches ??= reachesOf(this.#losses.values());
    let [low, high] = [0, this.#reaches.length];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((this.#reaches[middle]?.fromMs ?? 0) <= fromMs) low = middle + 1;
      else high = middle;
    }
    const furthest = this.#reaches[low - 1]?.furthest;
    return furthest !== undefined && furthest.toMs >= toMs ? furthest : undefined;
  }
}

function reachesOf(losses: Iterable<SampleLoss>) {
  let furthest: SampleLoss | undefined;
  // What names no time explains nothing.
  const timed = [...losses].filter((loss) => !Number.isNaN(loss.fromMs) && !Number.isNaN(loss.toMs));
  return timed
    .sort((a, b) => a.fromMs - b.fromMs || a.index - b.index)
    .map((loss) => {
      if (furthest === undefined || loss.toMs > furthest.toMs) furthest = loss;
      return { fromMs: loss.fromMs, furthest };
    });
}

/** The end of a loss that goes on. */
export const OPEN_MS = Number.MAX_SAFE_INTEGER;

const EVENTS: Readonly<Record<string, SampleLoss['event']>> = {
  pruned: 'pruned',
  dropped: 'dropped',
  stopped: 'stopped',
  resumed: 'stopped',
};

function lossOf({ event, from, to, reason }: JsonObject): Omit<SampleLoss, 'index' | 'at'> | undefined {
  const known = EVENTS[String(event)];
  if (known === undefined || typeof from !== 'string') return undefined;
  const fromMs = Date.parse(from);
  const toMs = typeof to === 'string' ? Date.parse(to) : OPEN_MS;
  return { event: known, reason: String(reason), fromMs, toMs };
}
