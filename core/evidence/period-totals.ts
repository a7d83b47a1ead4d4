import type { Reading } from '../acquisition/reading.ts';
import { SpanSet } from '../model/span-set.ts';
import { type Credit, creditOf } from '../verification/credit.ts';
import type { Review } from '../verification/review.ts';
import type { Verdict } from '../verification/verdict.ts';
import type { BundleVersion, UnitTotals } from './bundle-format.ts';
import type { BundleEntry } from './entry-line.ts';
import { PersonSums } from './person-totals.ts';

export interface PeriodMs {
  readonly fromMs: number;
  readonly toMs: number;
}

type Sums = { -readonly [name in Exclude<keyof UnitTotals, 'unitId' | 'persons'>]: UnitTotals[name] };

interface UnitSums {
  readonly sums: Sums;
  readonly covered: SpanSet;
  readonly persons: PersonSums;
}

/** What the period comes to, from the entries one at a time. The builder and the verifier both add up with it. */
export class PeriodTotals {
  readonly #period: PeriodMs;
  readonly #reviewsOf: (index: number) => readonly Review[];
  readonly #units = new Map<string, UnitSums>();

  constructor(period: PeriodMs, reviewsOf: (index: number) => readonly Review[]) {
    this.#period = period;
    this.#reviewsOf = reviewsOf;
  }

  /** Whether the reading lies wholly in the period, and so is counted. */
  holds({ from, to }: Pick<Reading, 'from' | 'to'>): boolean {
    return Date.parse(from) >= this.#period.fromMs && Date.parse(to) <= this.#period.toMs;
  }

  /** `twice` when the unit has another reading for part of the same time. */
  addReading(index: number, reading: Reading, verdict: Verdict): 'counted' | 'outside' | 'twice' {
    if (!this.holds(reading)) return 'outside';
    const { sums, covered, persons } = this.#unit(reading.unitId);
    if (!covered.add(Date.parse(reading.from), Date.parse(reading.to))) return 'twice';
    const energyWh = reading.energyWh ?? 0;
    sums.readings += 1;
    sums[STATUS_NAMES[verdict.status]] += 1;
    if (reading.energySource !== undefined) sums[SOURCE_NAMES[reading.energySource]] += energyWh;
    sums.importWh += reading.energyImportWh ?? 0;
    const reviews = this.#reviewsOf(index);
    const credit: Credit = creditOf(reading, verdict, reviews);
    persons.add(reading, verdict, reviews, credit);
    sums.creditedWh += credit.creditedWh;
    if (credit.state === 'awaiting-review') sums.waiting += 1;
    return 'counted';
  }

  /** Gaps and what persons said of meters; other kinds give nothing. */
  addOther({ kind, body }: BundleEntry): void {
    if (typeof body.unitId !== 'string') return;
    if (kind === 'gap' && this.#touches(body.from, body.to)) this.#unit(body.unitId).sums.gaps += 1;
    if (kind === 'meter' && this.holdsMeter(body)) this.#unit(body.unitId).sums.meterWh += Number(body.energyWh);
  }

  /** Whether a meter entry holds exported energy of the period that no reading holds. */
  holdsMeter(body: BundleEntry['body']): boolean {
    const atMs = typeof body.at === 'string' ? Date.parse(body.at) : Number.NaN;
    const isInPeriod = atMs >= this.#period.fromMs && atMs < this.#period.toMs;
    return (
      isInPeriod &&
      body.counted === 'in-entry' &&
      body.quantity === 'energyExport' &&
      Number.isSafeInteger(body.energyWh)
    );
  }

  /** As a manifest of that version states them. */
  toUnits(version: BundleVersion): readonly UnitTotals[] {
    return [...this.#units]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([unitId, { sums, covered, persons }]) => ({
        unitId,
        ...sums,
        coveredMs: covered.lengthMs,
        ...(version === 1 ? {} : { persons: persons.toTotals() }),
      }));
  }

  #touches(from: unknown, to: unknown): boolean {
    if (typeof from !== 'string' || typeof to !== 'string') return false;
    return Date.parse(from) < this.#period.toMs && Date.parse(to) > this.#period.fromMs;
  }

  #unit(unitId: string): UnitSums {
    const known = this.#units.get(unitId);
    if (known !== undefined) return known;
    const fresh = { sums: { ...NOTHING }, covered: new SpanSet(), persons: new PersonSums() };
    this.#units.set(unitId, fresh);
    return fresh;
  }
}

const STATUS_NAMES = { APPROVED: 'approved', FLAGGED: 'flagged', REJECTED: 'rejected' } as const;
const SOURCE_NAMES = { counter: 'counterWh', estimated: 'estimatedWh', reported: 'reportedWh' } as const;
const NOTHING: Sums = {
  readings: 0,
  approved: 0,
  flagged: 0,
  rejected: 0,
  counterWh: 0,
  estimatedWh: 0,
  reportedWh: 0,
  importWh: 0,
  meterWh: 0,
  creditedWh: 0,
  waiting: 0,
  coveredMs: 0,
  gaps: 0,
};
