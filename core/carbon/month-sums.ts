import type { Reading } from '../acquisition/reading.ts';
import type { MonthFigures, MonthSums as Sums } from '../ledger/month-closed.ts';
import type { JsonObject } from '../model/json.ts';
import { SpanSet } from '../model/span-set.ts';
import { type Credit, creditOf } from '../verification/credit.ts';
import { type Review, standingOf } from '../verification/review.ts';
import type { Verdict } from '../verification/verdict.ts';
import { creditedNetWh, NetSums } from './net-sums.ts';

/** A month as the instants `[fromMs, toMs)`. */
export interface MonthSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What entries alone say of a month; by whom it is closed, and as of which size, is added. */
export type MonthContent = Pick<MonthFigures, 'first' | 'end' | 'demo' | 'net' | 'creditedNetWh' | 'units' | 'total'>;

type UnitSums = { -readonly [name in keyof Sums]: Sums[name] };

interface Unit {
  readonly sums: UnitSums;
  readonly covered: SpanSet;
}

/**
 * What a month comes to, from the entries one at a time, in any order (docs/ledger.md, Month). Who closes a month and who
 * checks a closed one add up with it.
 */
export class MonthSums {
  readonly #span: MonthSpan;
  readonly #reviewsOf: (index: number) => readonly Review[];
  readonly #units = new Map<string, Unit>();
  readonly #net = new NetSums();
  #first = Number.POSITIVE_INFINITY;
  #end = 0;
  #demo: boolean;

  /** `reviewsOf` gives the reviews of a reading below the size of the figures, oldest first. */
  constructor(span: MonthSpan, origin: 'plant' | 'demo', reviewsOf: (index: number) => readonly Review[]) {
    this.#span = span;
    this.#demo = origin === 'demo';
    this.#reviewsOf = reviewsOf;
  }

  /** Whether the reading is of this month: it ends in it. */
  holds({ to }: Pick<Reading, 'to'>): boolean {
    const toMs = Date.parse(to);
    return toMs > this.#span.fromMs && toMs <= this.#span.toMs;
  }

  /** `twice`, and nothing is counted, when the unit has another reading for part of the same time. */
  addReading(index: number, reading: Reading, verdict: Verdict): 'counted' | 'outside' | 'twice' {
    if (!this.holds(reading)) return 'outside';
    const { sums, covered } = this.#unit(reading.unitId);
    const fromMs = Date.parse(reading.from);
    if (!covered.add(fromMs, Date.parse(reading.to))) return 'twice';
    this.#first = Math.min(this.#first, index);
    this.#end = Math.max(this.#end, index + 1);
    if (reading.origin !== 'plant') this.#demo = true;
    const energyWh = reading.energyWh ?? 0;
    sums.readings += 1;
    const status = STATUS_NAMES[verdict.status];
    sums[status] += 1;
    sums[`${status}Wh`] += energyWh;
    // Energy without a source is nobody's measurement, as what a sender reports is.
    sums[SOURCE_NAMES[reading.energySource ?? 'reported']] += energyWh;
    sums.importWh += reading.energyImportWh ?? 0;
    if (fromMs < this.#span.fromMs) {
      sums.straddling += 1;
      sums.straddlingWh += energyWh;
    }
    const reviews = this.#reviewsOf(index);
    const credit = creditOf(reading, verdict, reviews);
    sums.creditedWh += credit.creditedWh;
    addDecision(sums, { energyWh, verdict, reviews, credit });
    this.#net.add(reading, credit);
    return 'counted';
  }

  /** Gaps and what persons said of meters; other kinds give nothing. */
  addOther({ kind, body }: { readonly kind: string; readonly body: JsonObject }): void {
    if (typeof body.unitId !== 'string') return;
    if (kind === 'gap') this.#addGap(body.unitId, body);
    if (kind === 'meter' && this.#holdsMeter(body)) this.#unit(body.unitId).sums.meterWh += Number(body.energyWh);
  }

  /** Undefined for a month without a reading: there is nothing to close. */
  toContent(): MonthContent | undefined {
    if (this.#end === 0) return undefined;
    const units = [...this.#units]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([unitId, { sums, covered }]) => ({ unitId, ...sums, coveredMs: covered.lengthMs }));
    const total = { ...NO_SUMS };
    for (const unit of units) for (const name of NAMES) total[name] += unit[name];
    const net = this.#net.toNet();
    return {
      first: this.#first,
      end: this.#end,
      demo: this.#demo,
      net,
      creditedNetWh: this.#demo ? 0 : creditedNetWh(net, total.creditedWh),
      units,
      total,
    };
  }

  #addGap(unitId: string, { from, to, treatment, missingSeconds }: JsonObject): void {
    if (typeof from !== 'string' || typeof to !== 'string') return;
    const fromMs = Math.max(this.#span.fromMs, Date.parse(from));
    const toMs = Math.min(this.#span.toMs, Date.parse(to));
    if (!(fromMs < toMs)) return;
    const missingMs = typeof missingSeconds === 'number' ? Math.round(missingSeconds * MS_PER_S) : toMs - fromMs;
    const withinMs = Math.min(toMs - fromMs, missingMs);
    const { sums } = this.#unit(unitId);
    sums.gaps += 1;
    sums.gapMs += withinMs;
    if (treatment !== 'counter-difference') sums.gapUncreditedMs += withinMs;
  }

  #holdsMeter({ at, counted, quantity, energyWh }: JsonObject): boolean {
    const atMs = typeof at === 'string' ? Date.parse(at) : Number.NaN;
    const isOfMonth = atMs >= this.#span.fromMs && atMs < this.#span.toMs;
    return isOfMonth && counted === 'in-entry' && quantity === 'energyExport' && Number.isSafeInteger(energyWh);
  }

  #unit(unitId: string): Unit {
    const known = this.#units.get(unitId);
    if (known !== undefined) return known;
    const fresh = { sums: { ...NO_SUMS }, covered: new SpanSet() };
    this.#units.set(unitId, fresh);
    return fresh;
  }
}

const MS_PER_S = 1000;
const STATUS_NAMES = { APPROVED: 'approved', FLAGGED: 'flagged', REJECTED: 'rejected' } as const;
const SOURCE_NAMES = { counter: 'counterWh', estimated: 'estimatedWh', reported: 'reportedWh' } as const;
/** Of a unit of which a month has nothing. */
export const NO_SUMS: Sums = {
  readings: 0,
  approved: 0,
  flagged: 0,
  rejected: 0,
  approvedWh: 0,
  flaggedWh: 0,
  rejectedWh: 0,
  counterWh: 0,
  estimatedWh: 0,
  reportedWh: 0,
  personsApproved: 0,
  personsApprovedWh: 0,
  personsRejected: 0,
  personsRejectedWh: 0,
  waiting: 0,
  waitingWh: 0,
  creditedWh: 0,
  importWh: 0,
  meterWh: 0,
  straddling: 0,
  straddlingWh: 0,
  gaps: 0,
  gapMs: 0,
  gapUncreditedMs: 0,
  coveredMs: 0,
};
const NAMES = Object.keys(NO_SUMS) as (keyof Sums)[];

interface Decided {
  readonly energyWh: number;
  readonly verdict: Verdict;
  readonly reviews: readonly Review[];
  readonly credit: Credit;
}

/** What persons decided, and what they have still to. What the checks refused needs nobody to stay refused. */
function addDecision(sums: UnitSums, { energyWh, verdict, reviews, credit }: Decided): void {
  const standing = standingOf(verdict, reviews);
  if (standing.state === 'open' || (standing.state === 'none' && verdict.status === 'FLAGGED')) {
    sums.waiting += 1;
    sums.waitingWh += energyWh;
  }
  if (standing.state !== 'decided') return;
  if (standing.decision === 'reject') {
    sums.personsRejected += 1;
    sums.personsRejectedWh += energyWh;
  } else if (verdict.status !== 'APPROVED' && credit.state === 'credited') {
    sums.personsApproved += 1;
    sums.personsApprovedWh += credit.creditedWh;
  }
}
