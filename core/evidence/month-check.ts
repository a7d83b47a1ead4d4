import type { Reading } from '../acquisition/reading.ts';
import { MonthSums } from '../carbon/month-sums.ts';
import { canonicalize } from '../ledger/canonical.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { localMonthSpan, MONTH_NAME } from '../model/local-time.ts';
import type { Review } from '../verification/review.ts';
import type { Verdict } from '../verification/verdict.ts';
import { toBase64 } from './bytes.ts';
import { type BundleEntry, parseEntryLine } from './entry-line.ts';
import { asCount, asInstantMs, asText } from './form.ts';
import type { LedgerFrame } from './ledger-frame.ts';
import type { OpenBundle } from './open-bundle.ts';
import { Refusal } from './refusal.ts';
import { hashLeaf, type Sha256, type TreeEdge } from './tree.ts';

/** How many months the bundle says were closed, and how many of these closes its own entries give again. */
export interface MonthFacts {
  readonly closes: number;
  readonly again: number;
}

interface Close {
  readonly index: number;
  readonly place: string;
  readonly body: JsonObject;
  readonly month: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly first: number;
  readonly end: number;
  readonly size: number;
}

/** Closes of months: those beside the range, and those within it as they pass. */
export class MonthCheck {
  readonly #closes: Close[] = [];

  /** Takes an entry `month-closed`; others are none of its business. @throws Refusal `LED_BUNDLE_MONTH` */
  take({ index, kind, body }: BundleEntry, place: string): void {
    if (kind !== 'month-closed') return;
    const month = asText(body.month, place);
    const timeZone = asText(body.timeZone, place);
    const [fromMs, toMs] = [asInstantMs(body.from, place), asInstantMs(body.to, place)];
    const size = asCount(body.size, place);
    const span = MONTH_NAME.test(month) ? spanOf(month, timeZone) : undefined;
    if (span?.fromMs !== fromMs || span.toMs !== toMs) {
      throw refused(place, index, `is of a time that is not ${month} in ${timeZone}`);
    }
    if (size > index) throw refused(place, index, 'counts entries that come after it');
    const [first, end] = [asCount(body.first, place), asCount(body.end, place)];
    if (first >= end || end > size) throw refused(place, index, 'names a run that does not lie in what it counts');
    this.#closes.push({ index, place, body, month, fromMs, toMs, first, end, size });
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
    this.#checkChain(closes);
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
          if (edge.size === each.close.size) each.checkRoot(toBase64(edge.root()));
        }
      }
    }
    for (const each of held) {
      const note = frame.checkpoints.find(({ size }) => size === each.close.size);
      if (note !== undefined) each.checkRoot(toBase64(note.root));
      each.check();
    }
    return { closes: closes.length, again: held.length };
  }

  #checkChain(closes: readonly Close[]): void {
    const inForce = new Map<string, Close>();
    for (const close of closes) {
      const { index, place, month, body, fromMs, toMs } = close;
      const before = inForce.get(month);
      if (before !== undefined && body.corrects !== before.index) {
        throw refused(place, index, `closes ${month}, which entry ${before.index} had closed, and does not say so`);
      }
      for (const other of inForce.values()) {
        if (other.month === month || other.fromMs >= toMs || other.toMs <= fromMs) continue;
        throw refused(place, index, `overlaps ${other.month}, which entry ${other.index} closed`);
      }
      const previous = closes.find((other) => other.index === body.previous);
      if (previous !== undefined && previous.toMs > fromMs) {
        throw refused(place, index, `names ${previous.month} as a month before it`);
      }
      inForce.set(month, close);
    }
  }
}

/**
 * Whether the bundle holds everything that the close was added up from, as it must of a month that lies in its period. A
 * close that names a run from outside is refused, for else its figures would go unchecked by its own word.
 */
function isHeld(
  { index, place, fromMs, toMs, first, end }: Close,
  { manifest: { period, range } }: OpenBundle,
): boolean {
  if (fromMs < Date.parse(period.from) || toMs > Date.parse(period.to)) return false;
  if (first >= range.from && end <= range.to) return true;
  throw refused(place, index, 'names readings that a bundle of its month must hold, and this one does not');
}

/** One close, added up again. */
class CloseAgain {
  readonly close: Close;
  readonly #sums: MonthSums;

  constructor(close: Close, { context, reviews }: LedgerFrame) {
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

  checkRoot(root: string): void {
    const { body, place, index, size } = this.close;
    if (body.root === root) return;
    throw refused(place, index, `names another root over ${size} entries than the ledger has`);
  }

  check(): void {
    const { body, place, index, month } = this.close;
    const again = this.#sums.toContent();
    if (again === undefined) throw refused(place, index, `closes ${month}, of which the entries hold no reading`);
    for (const [name, value] of Object.entries(again)) {
      if (body[name] !== undefined && canonicalize(body[name]) === canonicalize(value as unknown as Json)) continue;
      throw refused(place, index, `states another ${name} of ${month} than its entries give`);
    }
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

function spanOf(month: string, timeZone: string): ReturnType<typeof localMonthSpan> | undefined {
  try {
    return localMonthSpan(month, timeZone);
  } catch (error) {
    // What names no zone is refused below as any other time that is not the month's.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function refused(place: string, index: number, what: string): Refusal {
  return new Refusal('LED_BUNDLE_MONTH', place, `The closed month of entry ${index} ${what}.`);
}
