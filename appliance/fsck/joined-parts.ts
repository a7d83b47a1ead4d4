import type { PartReport } from '../../core/ledger/ledger-part.ts';
import { emptyRoot, isEqual } from '../../core/ledger/merkle.ts';
import type { PartAnswer, PartJob, PartThread } from './part-job.ts';

/**
 * The errands that together are the check of the first `size` entries. Each close of a month, ascending, comes behind the part
 * that holds it, so that progress shows all along.
 */
export function* jobsFor(
  depth: PartThread['depth'],
  {
    size,
    partEntries,
    closes,
  }: { readonly size: number; readonly partEntries: number; readonly closes: readonly number[] },
): Generator<PartJob> {
  if (depth === 'full') yield { kind: 'whole', size };
  for (let from = 0; from < size; from += partEntries) {
    const to = Math.min(size, from + partEntries);
    yield { kind: 'part', part: { from, to }, isLast: to === size };
    if (depth !== 'full') continue;
    for (const index of closes) if (index >= from && index < to) yield { kind: 'close', index };
  }
}

/**
 * Joins the parts in the order of their entries, whatever order they come in: each must start from the tree in which
 * the one before it ends. Holds only the answers that come early.
 */
export class JoinedParts {
  readonly #early = new Map<number, PartReport>();
  readonly #counts = new Map<string, number>();
  #root = emptyRoot();
  /** Entries of the parts that are joined. */
  size = 0;

  /** Whether everything holds so far. */
  take(answer: PartAnswer): boolean {
    if (answer.kind === 'failed') return false;
    if (answer.kind !== 'part') return answer.problem === undefined;
    const { part, report } = answer;
    if (report.firstBad !== undefined || report.entries !== part.to - part.from) return false;
    this.#early.set(part.from, report);
    for (let next = this.#early.get(this.size); next !== undefined; next = this.#early.get(this.size)) {
      if (!isEqual(next.startRoot, this.#root)) return false;
      this.#early.delete(this.size);
      this.#join(next);
    }
    return true;
  }

  #join({ endRoot, entries, counts }: PartReport): void {
    this.#root = endRoot;
    this.size += entries;
    for (const [name, count] of Object.entries(counts)) this.#counts.set(name, (this.#counts.get(name) ?? 0) + count);
  }

  /** What the parts counted, added up. */
  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }
}
