import type { RelationName } from './observe.ts';

/**
 * How much likelier it is that the values of the last readings were made up, or belong to another time, than that they
 * were measured: each fits, but together they scatter more than this unit's ever did.
 *
 * Page's cumulated sum (Biometrika 41, 1954) of the log odds between residuals of `MADE_UP_SIGMAS` standard deviations
 * and of one, over the last readings only, so that a restart need read no further back.
 */
export function logOddsOfUnrest(earlier: readonly number[], own: number): number {
  let sum = 0;
  for (const odds of earlier) sum = Math.min(SUM_MAX, Math.max(0, sum + odds));
  // A reading that fits by itself may lie within an unrest, or be the first after it: half of what was said still holds.
  return own > 0 ? sum + own : Math.max(0, sum + own) / 2;
}

/** Readings that the sum goes back. */
export const UNREST_READINGS = 8;
/** Where the sum ends, so that a calm reading ends an unrest at once. */
const SUM_MAX = 10;
/** How far values scatter that do not belong together, in standard deviations of those that do. */
const MADE_UP_SIGMAS = 3;
/** One wild value must not speak for several. */
const ODDS_MAX = 4;

/** Fewer residuals in a reading say nothing of how its values fit together. */
const RESIDUALS_MIN = 2;

/** The log odds of one reading from its residuals in standard deviations; undefined where they are too few. */
export function logOddsOf(sigmas: readonly number[]): number | undefined {
  if (sigmas.length < RESIDUALS_MIN) return undefined;
  return sigmas.reduce((sum, z) => sum + Math.min(ODDS_MAX, PER_SQUARE * z * z - PER_RESIDUAL), 0);
}

const PER_SQUARE = (1 - 1 / MADE_UP_SIGMAS ** 2) / 2;
const PER_RESIDUAL = Math.log(MADE_UP_SIGMAS);

/** Relations whose quantities a forger must keep together; the third stands in for the first two without a gate. */
export function restlessOf(hasGate: boolean): readonly RelationName[] {
  return hasGate ? WITH_GATE : WITHOUT_GATE;
}

const WITH_GATE: readonly RelationName[] = [
  'powerByGate',
  'flowByGate',
  'energyByPower',
  'headBySibling',
  'headByFlow',
];
const WITHOUT_GATE: readonly RelationName[] = ['powerByFlow', 'energyByPower', 'headBySibling', 'headByFlow'];
