import type { RecordedEntry } from '../../core/ledger/recorder.ts';
import type { CancelTimer, Clock } from '../../core/model/clock.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { batchAt } from '../../core/sync/sealed-batches.ts';
import type { TargetAnswer } from './target-status.ts';

/** What the console hears of deliveries. */
export interface SyncNews {
  readonly targets: readonly TargetAnswer[];
  /** Entries `[first, end)` that came further on their way, or null where only a target's own state changed. */
  readonly entries: { readonly first: number; readonly end: number } | null;
}

export interface SyncNewsParts {
  readonly store: ReadableStore;
  readonly clock: Pick<Clock, 'after'>;
  readonly targets: () => readonly TargetAnswer[];
  readonly emit: (news: SyncNews) => void;
}

/** What happened within so long is told at once: a backlog gives hundreds of receipts a second. */
const GATHER_MS = 1000;

/** Tells of batches and receipts as they are recorded, and of what changed at a target, once a second at most. */
export class SyncNewsDesk {
  readonly #parts: SyncNewsParts;
  #cancelTimer: CancelTimer | undefined;
  #first = Number.POSITIVE_INFINITY;
  #end = 0;

  constructor(parts: SyncNewsParts) {
    this.#parts = parts;
  }

  recorded(entries: readonly RecordedEntry[]): void {
    for (const { index, entry } of entries) {
      if (entry.kind === 'batch') this.#changed(index);
      if (entry.kind === 'receipt') this.#changed(Number(entry.body.batch));
    }
  }

  /** A batch was parked or is tried again, or a target is not as it was. */
  changed(batch?: number): void {
    if (batch === undefined) this.#tellSoon();
    else this.#changed(batch);
  }

  stop(): void {
    this.#cancelTimer?.();
  }

  #changed(index: number): void {
    const batch = batchAt(this.#parts.store, index);
    this.#first = Math.min(this.#first, batch?.first ?? this.#first);
    this.#end = Math.max(this.#end, batch?.end ?? this.#end);
    this.#tellSoon();
  }

  #tellSoon(): void {
    this.#cancelTimer ??= this.#parts.clock.after(GATHER_MS, () => this.#tell());
  }

  #tell(): void {
    const entries = this.#end === 0 ? null : { first: this.#first, end: this.#end };
    this.#cancelTimer = undefined;
    this.#first = Number.POSITIVE_INFINITY;
    this.#end = 0;
    this.#parts.emit({ targets: this.#parts.targets(), entries });
  }
}
