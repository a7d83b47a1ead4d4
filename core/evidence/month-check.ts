import type { Reading } from '../acquisition/reading.ts';
import { type MonthContent, MonthSums } from '../carbon/month-sums.ts';
import type { Review } from '../verification/review.ts';
import type { Verdict } from '../verification/verdict.ts';
import { toBase64 } from './bytes.ts';
import {
  type ClosedMonth,
  checkMonthFigures,
  checkMonthRoot,
  MonthChain,
  readClosedMonth,
  refusedMonth,
} from './closed-month.ts';
import { type BundleEntry, parseEntryLine } from './entry-line.ts';
import type { LedgerFrame } from './ledger-frame.ts';
import type { OpenBundle } from './open-bundle.ts';
import { hashLeaf, type Sha256, type TreeEdge } from './tree.ts';

/** How many months the bundle says were closed, and how many of these closes its own entries give again. */
export interface MonthFacts {
  readonly closes: number;
  readonly again: number;
}

/** Closes of months: those beside the range, and those within it as they pass. */
export class MonthCheck {
  readonly #closes: ClosedMonth[] = [];

  /** Takes an entry `month-closed`; others are none of its business. @throws Refusal `LED_BUNDLE_MONTH` */
  take({ index, kind, body }: BundleEntry, place: string): void {
    if (kind !== 'month-closed') return;
    this.#closes.push(readClosedMonth({ index, body }, place));
  }

  /**
   * Holds the closes against each other, and adds up again each that the bundle holds all readings of: one more walk over the
   * entries, only where there is such a one.
   *
   * @param edge the edge of the tree before the range; is grown
   * @throws Refusal `LED_BUNDLE_MONTH` for the first that says something else than the entries
   */
  async conclude(bundle: OpenBundle, frame: LedgerFrame, sha256: Sha256, edge: TreeEdge): Promise<MonthFacts> {
    const closes = this.#closes.toSorted((a, b) => a.index - b.index);
    const chain = new MonthChain('part');
    for (const close of closes) chain.take(close);
    const held = closes.filter((close) => isHeld(close, bundle)).map((close) => new CloseAgain(close, frame));
    if (held.length === 0) return { closes: closes.length, again: 0 };
    for (const entry of frame.context.values()) {
      const { from, to } = bundle.manifest.range;
      if (entry.index < from || entry.index >= to) for (const each of held) each.take(entry);
    }
    for await (const lines of bundle.lineRuns('entries.ndjson')) {
      for (const { bytes, text, place } of lines) {
        edge.append(hashLeaf(sha256, bytes));
        const entry = parseEntryLine(text, place);
        for (const each of held) {
          each.take(entry);
          if (edge.size === each.close.size) checkMonthRoot(each.close, toBase64(edge.root()));
        }
      }
    }
    for (const each of held) {
      const note = frame.checkpoints.find(({ size }) => size === each.close.size);
      if (note !== undefined) checkMonthRoot(each.close, toBase64(note.root));
      checkMonthFigures(each.close, each.content());
    }
    return { closes: closes.length, again: held.length };
  }
}

/**
 * Whether the bundle holds everything that the close was added up from, as it must of a month that lies in its period. A
 * close that names a run from outside is refused, for else its figures would go unchecked by its own word.
 */
function isHeld(
  { index, place, fromMs, toMs, first, end }: ClosedMonth,
  { manifest: { period, range } }: OpenBundle,
): boolean {
  if (fromMs < Date.parse(period.from) || toMs > Date.parse(period.to)) return false;
  if (first >= range.from && end <= range.to) return true;
  throw refusedMonth(place, index, 'names readings that a bundle of its month must hold, and this one does not');
}

/** One close, added up again. */
class CloseAgain {
  readonly close: ClosedMonth;
  readonly #sums: MonthSums;

  constructor(close: ClosedMonth, { context, reviews }: LedgerFrame) {
    const reviewsOf = (index: number): readonly Review[] =>
      (reviews.get(index) ?? []).filter((review) => review.index < close.size);
    const origin = context.get(0)?.body.origin === 'plant' ? 'plant' : 'demo';
    this.close = close;
    this.#sums = new MonthSums(close, origin, reviewsOf);
  }

  take(entry: BundleEntry): void {
    if (entry.index >= this.close.size) return;
    if (entry.kind !== 'reading') this.#sums.addOther(entry);
    else {
      const { reading, verdict } = entry.body as unknown as { reading: Reading; verdict: Verdict };
      this.#sums.addReading(entry.index, reading, verdict);
    }
  }

  content(): MonthContent | undefined {
    return this.#sums.toContent();
  }
}

/** What of the closed months was checked, as sentences. */
export function monthCheckedWords({ again }: MonthFacts): readonly string[] {
  if (again === 0) return [];
  return [
    `${again} closed month${again === 1 ? '' : 's'} added up again from the readings, reviews, gaps and meter entries: every figure is the one that was closed.`,
  ];
}

export function monthUncheckedWords({ closes, again }: MonthFacts): readonly string[] {
  const rest = closes - again;
  if (rest === 0) return [];
  return [
    `${rest} closed month${rest === 1 ? ' does' : 's do'} not lie wholly in the bundle: ${rest === 1 ? 'its' : 'their'} figures were not added up again.`,
  ];
}
