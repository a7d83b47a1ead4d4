import type { MonthContent } from '../carbon/month-sums.ts';
import { canonicalize } from '../ledger/canonical.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { localMonthSpan, MONTH_NAME } from '../model/local-time.ts';
import type { BundleEntry } from './entry-line.ts';
import { asCount, asInstantMs, asText } from './form.ts';
import { Refusal } from './refusal.ts';

/** A close of a month as its entry says it. */
export interface ClosedMonth {
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

/** The close, once what it says of itself fits together. @throws Refusal `LED_BUNDLE_MONTH` */
export function readClosedMonth({ index, body }: Pick<BundleEntry, 'index' | 'body'>, place: string): ClosedMonth {
  const month = asText(body.month, place);
  const timeZone = asText(body.timeZone, place);
  const [fromMs, toMs] = [asInstantMs(body.from, place), asInstantMs(body.to, place)];
  const size = asCount(body.size, place);
  const span = MONTH_NAME.test(month) ? spanOf(month, timeZone) : undefined;
  if (span?.fromMs !== fromMs || span.toMs !== toMs) {
    throw refusedMonth(place, index, `is of a time that is not ${month} in ${timeZone}`);
  }
  if (size > index) throw refusedMonth(place, index, 'counts entries that come after it');
  for (const named of [body.previous, body.corrects]) {
    if (named !== null && asCount(named, place) >= index) throw refusedMonth(place, index, 'names a close after it');
  }
  const [first, end] = [asCount(body.first, place), asCount(body.end, place)];
  if (first >= end || end > size) throw refusedMonth(place, index, 'names a run that does not lie in what it counts');
  return { index, place, body, month, fromMs, toMs, first, end, size };
}

/**
 * Holds closes against each other, in the order of their indexes. Of a `whole` ledger each also names the close in force of the
 * month closed before it; of a `part` that one may lie outside.
 */
export class MonthChain {
  readonly #extent: 'whole' | 'part';
  readonly #inForce = new Map<string, ClosedMonth>();
  readonly #byIndex = new Map<unknown, ClosedMonth>();

  constructor(extent: 'whole' | 'part') {
    this.#extent = extent;
  }

  /** @throws Refusal `LED_BUNDLE_MONTH` */
  take(close: ClosedMonth): void {
    const { index, place, month, body, fromMs, toMs } = close;
    const before = this.#inForce.get(month);
    if (before !== undefined && body.corrects !== before.index) {
      throw refusedMonth(place, index, `closes ${month}, which entry ${before.index} had closed, and does not say so`);
    }
    for (const other of this.#inForce.values()) {
      if (other.month === month || other.fromMs >= toMs || other.toMs <= fromMs) continue;
      throw refusedMonth(place, index, `overlaps ${other.month}, which entry ${other.index} closed`);
    }
    const previous = this.#byIndex.get(body.previous);
    if (previous !== undefined && previous.toMs > fromMs) {
      throw refusedMonth(place, index, `names ${previous.month} as a month before it`);
    }
    if (this.#extent === 'whole') this.#checkNamed(close);
    this.#inForce.set(month, close);
    this.#byIndex.set(index, close);
  }

  #checkNamed({ index, place, month, body }: ClosedMonth): void {
    const earlier = [...this.#inForce.values()].filter((other) => other.month < month);
    const latest = earlier.toSorted((a, b) => (a.month < b.month ? -1 : 1)).at(-1);
    if (body.previous !== (latest?.index ?? null)) {
      throw refusedMonth(place, index, `does not name the close of the month before ${month}`);
    }
    if (!this.#inForce.has(month) && body.corrects !== null) {
      throw refusedMonth(place, index, `corrects a close of ${month} that there is not`);
    }
  }
}

/** The root (base64) over as many entries as the close counts is the one that it names. @throws Refusal */
export function checkMonthRoot({ body, place, index, size }: ClosedMonth, root: string): void {
  if (body.root === root) return;
  throw refusedMonth(place, index, `names another root over ${size} entries than the ledger has`);
}

/** The figures are those that the entries give again. @throws Refusal */
export function checkMonthFigures({ body, place, index, month }: ClosedMonth, again: MonthContent | undefined): void {
  if (again === undefined) throw refusedMonth(place, index, `closes ${month}, of which the entries hold no reading`);
  for (const [name, value] of Object.entries(again)) {
    if (body[name] !== undefined && canonicalize(body[name]) === canonicalize(value as unknown as Json)) continue;
    throw refusedMonth(place, index, `states another ${name} of ${month} than its entries give`);
  }
}

export function refusedMonth(place: string, index: number, what: string): Refusal {
  return new Refusal('LED_BUNDLE_MONTH', place, `The closed month of entry ${index} ${what}.`);
}

function spanOf(month: string, timeZone: string): ReturnType<typeof localMonthSpan> | undefined {
  try {
    return localMonthSpan(month, timeZone);
  } catch (error) {
    // What names no zone is refused as any other time that is not the month's.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
