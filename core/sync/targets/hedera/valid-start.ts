import type { Clock } from '../../../model/clock.ts';
import type { Random } from '../../../model/random.ts';
import { type Nanos, nanosOf } from './instant.ts';

/**
 * So far in the past a transaction begins to be valid, so that a clock that is a little ahead of the network's still makes
 * one that a node takes (`INVALID_TRANSACTION_START` otherwise).
 */
export const BACKDATED_MS = 10_000;
const NANOS_PER_MS = 1_000_000;

/**
 * Starts of validity, which with the payer are the id of a transaction: never twice the same here, even when the clock is
 * put back, and below the millisecond left to chance, so that another computer with the same account has others.
 */
export function validStarts(clock: Pick<Clock, 'wallMs'>, random: Random): () => Nanos {
  const made = new Set<Nanos>();
  return () => {
    for (;;) {
      const start = nanosOf(clock.wallMs() - BACKDATED_MS) + BigInt(Math.floor(random.next() * NANOS_PER_MS));
      if (made.has(start)) continue;
      if (made.size >= KEPT_MAX) made.clear();
      made.add(start);
      return start;
    }
  };
}

const KEPT_MAX = 10_000;
