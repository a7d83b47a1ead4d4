import { parseEntry } from '../../core/store/entries.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { type CitingReading, readingsOfDay } from '../../core/store/sample-days.ts';
import { anchorOf } from '../../core/sync/anchor.ts';
import { receiverWord } from '../courier/receiver-word.ts';

const READINGS_A_STEP = 16;

/**
 * Which blocks the recorded readings of a day name. Whatever is recorded stands under a signed checkpoint, for each write
 * ends with one.
 */
export class CitedBlocks {
  readonly #store: ReadableStore;
  readonly #dayMs: number;
  readonly #needsDelivery: boolean;
  readonly #digests = new Set<string>();
  #last: CitingReading | undefined;

  constructor(store: ReadableStore, dayMs: number, { needsDelivery }: { readonly needsDelivery: boolean }) {
    this.#store = store;
    this.#dayMs = dayMs;
    this.#needsDelivery = needsDelivery;
  }

  /** Looks at the next few readings: whether there are `more`, all are `done`, or one was not delivered to any target. */
  readOn(): 'more' | 'done' | 'not delivered' {
    const readings = readingsOfDay(this.#store, this.#dayMs, this.#last, READINGS_A_STEP);
    for (const { index, bytes } of readings) {
      if (this.#needsDelivery && !this.#isDelivered(index)) return 'not delivered';
      for (const digest of digestsIn(bytes)) this.#digests.add(digest);
    }
    this.#last = readings.at(-1);
    return readings.length === READINGS_A_STEP ? 'more' : 'done';
  }

  /** Whether at least one target holds the batch of the entry, by a receipt that is recorded here. */
  #isDelivered(index: number): boolean {
    return anchorOf(this.#store, index, receiverWord(this.#store)).receipts.length > 0;
  }

  has(digest: string): boolean {
    return this.#digests.has(digest);
  }
}

function digestsIn(bytes: Uint8Array): string[] {
  const { reading } = parseEntry(bytes).body as { readonly reading?: { readonly samples?: unknown } };
  if (!Array.isArray(reading?.samples)) return [];
  return reading.samples.flatMap(({ digest }: { readonly digest?: unknown }) =>
    typeof digest === 'string' ? [digest] : [],
  );
}
