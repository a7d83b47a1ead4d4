import { Failure } from '../../core/model/failure.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import { packEntries } from '../../core/store/pack-entries.ts';

/** Often enough that what is not packed yet takes little room. */
const EVERY_ENTRIES = 1000;

/** Packs the entries of a store that is being written anew, so that it takes no more room than the one that it replaces. */
export class PackingAlong {
  readonly #store: WritableStore;
  #next = EVERY_ENTRIES;

  constructor(store: WritableStore) {
    this.#store = store;
  }

  keepUp(size: number): void {
    if (size < this.#next) return;
    this.#next = size + EVERY_ENTRIES;
    try {
      while (packEntries(this.#store) !== undefined);
    } catch (error) {
      if (!(error instanceof Failure) || error.code === 'STO_FULL') throw error;
      // Entries that cannot be packed stay as they are.
      this.#next = Number.POSITIVE_INFINITY;
    }
  }
}
