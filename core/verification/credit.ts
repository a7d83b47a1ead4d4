import type { Reading } from '../acquisition/reading.ts';
import { hasVeto, type Review, type ReviewedVerdict, type Standing, standingOf } from './review.ts';

export const CREDIT_STATES = ['credited', 'awaiting-review', 'refused', 'not-measured'] as const;
export type CreditState = (typeof CREDIT_STATES)[number];

/** What of a reading's exported energy may be claimed, and why. */
export interface Credit {
  readonly state: CreditState;
  /** Whole watt-hours, rounded down; 0 in every state but `credited`. */
  readonly creditedWh: number;
  /** Why, as a sentence. */
  readonly reason: string;
}

export type CreditedReading = Pick<Reading, 'origin' | 'energyWh' | 'energySource'>;

/**
 * The one place that says what energy counts. Only energy that a meter counted at a real plant can be credited; then
 * the verdict decides, and the reviews where they count. What no rule allows is not credited.
 */
export function creditOf(reading: CreditedReading, verdict: ReviewedVerdict, reviews: readonly Review[]): Credit {
  const { origin, energyWh, energySource } = reading;
  if (origin !== 'plant') return nothing('refused', 'Demonstration data is never credited.');
  if (energyWh === undefined || !Number.isFinite(energyWh)) {
    return nothing('not-measured', 'No energy could be established for this interval.');
  }
  if (energySource !== 'counter')
    return nothing('not-measured', SOURCE_REASONS[energySource ?? 'none'] ?? SOURCE_REASONS.none);
  if (energyWh < 0) return nothing('refused', 'The meter counted a negative energy.');
  const standing = standingOf(verdict, reviews);
  const ruled = ruleOf(verdict, standing);
  return ruled.state === 'credited'
    ? { ...ruled, creditedWh: Math.floor(energyWh) }
    : nothing(ruled.state, ruled.reason);
}

const SOURCE_REASONS = {
  estimated: 'The energy is estimated from power; an estimate is never credited by itself.',
  reported: 'The energy is what the sending system says, without a register; that is never credited by itself.',
  none: 'It is not known where the energy comes from.',
} as const;

type Rule = Pick<Credit, 'state' | 'reason'>;

function ruleOf(verdict: ReviewedVerdict, standing: Standing): Rule {
  if (standing.state === 'open') return openRule(verdict, standing);
  if (standing.state === 'decided') {
    const by = listNames(standing.by);
    return standing.decision === 'approve'
      ? { state: 'credited', reason: `Approved by ${by}.` }
      : { state: 'refused', reason: `Rejected by ${by}.` };
  }
  if (verdict.status === 'APPROVED') return { state: 'credited', reason: 'All checks agree with the reading.' };
  if (verdict.status === 'FLAGGED') {
    return { state: 'awaiting-review', reason: 'Flagged: credited once a person has approved it.' };
  }
  return { state: 'refused', reason: `Rejected by the checks: credited only if ${rescueOf(verdict)}.` };
}

function openRule(verdict: ReviewedVerdict, standing: Extract<Standing, { state: 'open' }>): Rule {
  const said = standing.decision === 'approve' ? 'Approved' : 'Rejected';
  const contrary = standing.decision === 'approve' ? 'rejected' : 'approved';
  const against = standing.against.length === 0 ? '' : `, ${contrary} by ${listNames(standing.against)}`;
  const open =
    standing.against.length === 0 ? 'a second person must agree' : 'the disagreement is open until two persons agree';
  return {
    state: verdict.status === 'REJECTED' ? 'refused' : 'awaiting-review',
    reason: `${said} by ${listNames(standing.by)}${against}: ${open}.`,
  };
}

function rescueOf(verdict: ReviewedVerdict): string {
  return hasVeto(verdict)
    ? 'two engineers approve it, since physics or the order of the register speaks against it'
    : 'an engineer approves it';
}

function listNames(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? 'nobody') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

function nothing(state: CreditState, reason: string): Credit {
  return { state, creditedWh: 0, reason };
}
