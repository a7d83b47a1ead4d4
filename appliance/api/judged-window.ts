import type { ReadableStore } from '../../core/store/handle.ts';
import { readingAt } from '../../core/store/reading-page.ts';
import { indexesUpTo } from '../../core/store/readings.ts';
import type { JudgedReading } from '../../core/verification/power-expectations.ts';

export interface KeptReading extends JudgedReading {
  readonly index: number;
}

/**
 * Stretches of one unit's readings as a model follows them. A person who looks at readings looks at several of one unit,
 * whose stretches nearly cover each other, and unpacking and parsing them is most of the work: so those of the last
 * stretch are kept, some megabytes at most. Entries never change, so they stay what they were.
 */
export class JudgedWindow {
  readonly #store: ReadableStore;
  #kept: ReadonlyMap<number, KeptReading> = new Map();

  constructor(store: ReadableStore) {
    this.#store = store;
  }

  /**
   * The unit's last `limit` readings that begin before `toMs`, oldest first, and where one of them was judged by a model,
   * `before` more: no other is followed through them.
   */
  upTo(unitId: string, toMs: number, limit: number, before: number): readonly KeptReading[] {
    const shown = this.#take(indexesUpTo(this.#store, unitId, toMs, limit), this.#kept);
    const isModelled = [...shown.values()].some(({ verdict }) => verdict.engine.model !== undefined);
    if (!isModelled) return [...shown.values()].toReversed();
    const known = new Map([...this.#kept, ...shown]);
    this.#kept = this.#take(indexesUpTo(this.#store, unitId, toMs, limit + before), known);
    return [...this.#kept.values()].toReversed();
  }

  #take(indexes: readonly number[], known: ReadonlyMap<number, KeptReading>): ReadonlyMap<number, KeptReading> {
    return new Map(indexes.map((index) => [index, known.get(index) ?? this.#read(index)]));
  }

  #read(index: number): KeptReading {
    const { reading, verdict } = readingAt(this.#store, index).body as unknown as JudgedReading;
    const { status, findings, engine } = verdict;
    return { index, reading, verdict: { status, findings, engine } };
  }
}
