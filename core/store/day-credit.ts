import type { Reading } from '../acquisition/reading.ts';
import { type CreditedReading, creditOf } from '../verification/credit.ts';
import type { Review, ReviewedVerdict } from '../verification/review.ts';
import type { ReadableStore } from './handle.ts';
import { readingAt } from './reading-page.ts';
import { reviewsOfReadings } from './reviews.ts';

export interface DayCredit {
  /** Energy that neither the checks nor a person refused, watt-hours; null when none was measured. */
  readonly standingWh: number | null;
  /** What of it the rules of credit count now; null when none was measured. */
  readonly approvedWh: number | null;
}

/**
 * Sums over the unit's readings whose interval begins at `fromMs` or later, by the rules of credit: what the checks
 * approve counts, and what persons decided goes before that. Demonstration data is summed by the same rules, so that
 * the demonstration shows what a plant would; it is never credited. Costs one look at an index, and one at each
 * reading that was reviewed.
 */
export function dayCredit(store: ReadableStore, unitId: string, fromMs: number): DayCredit {
  let standing: number | null = null;
  let approved: number | null = null;
  const sums = [...unreviewed(store, unitId, fromMs), ...reviewed(store, unitId, fromMs)];
  for (const { reading, verdict, reviews } of sums) {
    if (reading.energyWh === undefined) continue;
    const { state, creditedWh } = creditOf({ ...reading, origin: 'plant' }, verdict, reviews);
    const isRefused = state === 'refused' || (state === 'not-measured' && verdict.status === 'REJECTED');
    standing = (standing ?? 0) + (isRefused ? 0 : reading.energyWh);
    approved = (approved ?? 0) + creditedWh;
  }
  return { standingWh: standing, approvedWh: approved };
}

interface Sum {
  readonly reading: Pick<CreditedReading, 'energyWh' | 'energySource'>;
  readonly verdict: ReviewedVerdict;
  readonly reviews: readonly Review[];
}

/** Readings on which nobody decided, those alike in what the rules go by added up. */
function unreviewed(store: ReadableStore, unitId: string, fromMs: number): Sum[] {
  const sql = `SELECT status, energy_source AS energySource, sum(energy_wh) AS energyWh FROM readings
    WHERE unit_id = ? AND from_ms >= ? AND energy_wh IS NOT NULL
      AND idx NOT IN (SELECT reading_idx FROM reviews WHERE unit_id = ?)
    GROUP BY status, energy_source, energy_wh < 0`;
  type Row = Pick<ReviewedVerdict, 'status'> & Required<Sum['reading']>;
  return store.all<Row>(sql, unitId, fromMs, unitId).map(({ status, energySource, energyWh }) => ({
    reading: { energyWh, energySource },
    verdict: { status, findings: [] },
    reviews: [],
  }));
}

function reviewed(store: ReadableStore, unitId: string, fromMs: number): Sum[] {
  const sql = `SELECT idx FROM readings
    WHERE unit_id = ? AND from_ms >= ? AND idx IN (SELECT reading_idx FROM reviews WHERE unit_id = ?)`;
  const readings = store.all<{ idx: number }>(sql, unitId, fromMs, unitId).map(({ idx }) => readingAt(store, idx));
  const reviews = reviewsOfReadings(
    store,
    readings.map(({ index }) => index),
  );
  return readings.map(({ index, body }) => {
    const { reading, verdict } = body as unknown as { reading: Reading; verdict: ReviewedVerdict };
    return { reading, verdict, reviews: reviews.get(index) ?? [] };
  });
}
