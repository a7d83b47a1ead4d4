import type { Reading } from '../acquisition/reading.ts';
import type { Credit } from '../verification/credit.ts';
import { type Review, standingOf } from '../verification/review.ts';
import type { Verdict } from '../verification/verdict.ts';

/** What persons decided about a unit's readings of the period, where it changed what the checks had said. */
export interface PersonTotals {
  /** Readings that the checks had not approved and persons did, and the energy that is credited for that. */
  readonly approved: number;
  readonly approvedWh: number;
  /** Readings that persons rejected, and what a meter counted in them. */
  readonly rejected: number;
  readonly rejectedWh: number;
  /** Whose voices these decisions rest on, ascending (UTF-16 code units). */
  readonly names: readonly string[];
}

export class PersonSums {
  readonly #names = new Set<string>();
  #sums = { approved: 0, approvedWh: 0, rejected: 0, rejectedWh: 0 };

  add(reading: Reading, verdict: Verdict, reviews: readonly Review[], { state, creditedWh }: Credit): void {
    if (reviews.length === 0) return;
    const standing = standingOf(verdict, reviews);
    if (standing.state !== 'decided') return;
    const isApproved = standing.decision === 'approve' && verdict.status !== 'APPROVED' && state === 'credited';
    if (isApproved) {
      this.#sums.approved += 1;
      this.#sums.approvedWh += creditedWh;
    } else if (standing.decision === 'reject') {
      this.#sums.rejected += 1;
      this.#sums.rejectedWh += meteredWh(reading);
    } else return;
    for (const name of standing.by) this.#names.add(name);
  }

  toTotals(): PersonTotals {
    return { ...this.#sums, names: [...this.#names].sort() };
  }
}

function meteredWh({ energyWh, energySource }: Reading): number {
  const isMetered = energySource === 'counter' && energyWh !== undefined && Number.isFinite(energyWh);
  return isMetered ? Math.max(0, Math.floor(energyWh)) : 0;
}
