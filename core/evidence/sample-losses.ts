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

  /** Ascending by index. */
  get all(): readonly SampleLoss[] {
    return [...this.#losses.values()].sort((a, b) => a.index - b.index);
  }

  take({ index, kind, at, body }: Pick<BundleEntry, 'index' | 'kind' | 'at' | 'body'>): void {
    const loss = kind === 'samples' ? lossOf(body) : undefined;
    if (loss === undefined) return;
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

  /** The entry that says why a block of an interval is not there, or undefined: then nobody said so. */
  explain({ fromMs, toMs }: Pick<NamedBlock, 'fromMs' | 'toMs'>): SampleLoss | undefined {
    for (const loss of this.#losses.values()) if (loss.fromMs <= fromMs && loss.toMs >= toMs) return loss;
    return undefined;
  }
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
