import {
  isSamePerson,
  mayDecide,
  type Review,
  type ReviewDecision,
  type ReviewedVerdict,
  type ReviewRole,
  roleNeeded,
} from './review.ts';

export const REASON_LENGTH_MAX = 500;
/** More than a quarrel would ever need; what reads a reading reads all of its reviews. */
export const REVIEWS_MAX = 50;

/** A decision that somebody wants to record. */
export interface ReviewProposal {
  readonly decision: ReviewDecision;
  readonly reason: string;
  readonly by: string;
  readonly account: string;
  readonly role: string;
  /** How many reviews of the reading the person had seen; absent when it was not told. */
  readonly seen?: number | undefined;
}

export interface ReviewedReading {
  readonly index: number;
  readonly toMs: number;
  readonly verdict: ReviewedVerdict;
  readonly reviews: readonly Review[];
}

export interface ReviewRefusal {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

export type ReviewCheck =
  | { readonly kind: 'allowed'; readonly reason: string; readonly role: ReviewRole }
  | { readonly kind: 'refused'; readonly refusal: ReviewRefusal };

/** Whether the decision may be recorded now. `reason` of an allowed one is what to record. */
export function checkReview(proposal: ReviewProposal, reading: ReviewedReading, nowMs: number): ReviewCheck {
  const reason = readReason(proposal.reason);
  if (reason === undefined) return refuse('REV_BAD_REASON', BAD_REASON, 'say in a sentence what you looked at');
  const refusal =
    checkTime(reading, nowMs) ??
    checkRole(proposal, reading) ??
    checkSubject(proposal, reading) ??
    checkSeen(proposal, reading);
  return refusal ?? { kind: 'allowed', reason, role: proposal.role as ReviewRole };
}

const BAD_REASON = `A reason is a text of 1 to ${REASON_LENGTH_MAX} characters without control characters.`;

/** Control characters but for line breaks and tabs, and those that turn the direction of what follows. */
const UNREADABLE = /(?![\n\t])\p{Cc}|[\u202A-\u202E\u2066-\u2069]/u;

/** The reason as it is recorded, or undefined for one that cannot be. */
export function readReason(text: string): string | undefined {
  const reason = text.replaceAll('\r\n', '\n').trim();
  const isReadable = reason.isWellFormed() && !UNREADABLE.test(reason);
  return reason.length > 0 && reason.length <= REASON_LENGTH_MAX && isReadable ? reason : undefined;
}

function checkTime({ index, toMs }: ReviewedReading, nowMs: number): ReviewCheck | undefined {
  if (toMs <= nowMs) return undefined;
  return refuse(
    'REV_IN_FUTURE',
    `Reading ${index} is of an interval that ends at ${new Date(toMs).toISOString()}, which has not passed yet.`,
    'check the clock of this computer; review the reading once that time has passed',
  );
}

function checkRole({ role, decision }: ReviewProposal, { index, verdict }: ReviewedReading): ReviewCheck | undefined {
  if (mayDecide(role, verdict, decision)) return undefined;
  return refuse(
    'REV_ROLE',
    `To ${decision} reading ${index}, which is ${verdict.status}, takes the role ${roleNeeded(verdict, decision)} or above; yours is ${role}.`,
    'ask somebody with that role, and tell what you have found',
  );
}

function checkSubject(proposal: ReviewProposal, { index, verdict, reviews }: ReviewedReading): ReviewCheck | undefined {
  const { decision } = proposal;
  if (verdict.status === 'APPROVED' && decision === 'approve' && reviews.length === 0) {
    return refuse(
      'REV_NOTHING_TO_REVIEW',
      `Reading ${index} is APPROVED already, and nobody has rejected it.`,
      'an approved reading needs no review; it can only be rejected',
    );
  }
  const own = reviews.findLast((review) => isSamePerson(review, proposal));
  if (own?.decision === decision) {
    return refuse(
      'REV_ALREADY_DECIDED',
      `${own.by} has decided to ${decision} reading ${index} already, with entry ${own.index}.`,
      'where two persons are needed, the second one is somebody else with an own account',
    );
  }
  if (reviews.length < REVIEWS_MAX) return undefined;
  return refuse(
    'REV_TOO_MANY',
    `Reading ${index} has ${reviews.length} reviews, and no more are taken.`,
    'settle it between the persons concerned and tell the verifier',
  );
}

function checkSeen({ seen }: ReviewProposal, { index, reviews }: ReviewedReading): ReviewCheck | undefined {
  if (seen === undefined || seen === reviews.length) return undefined;
  const last = reviews.at(-1);
  const what = last === undefined ? 'has no review' : `was reviewed meanwhile: ${last.by} decided to ${last.decision}`;
  return refuse('REV_CHANGED_MEANWHILE', `Reading ${index} ${what}.`, 'read what was said, then decide again');
}

function refuse(code: string, message: string, hint: string): ReviewCheck {
  return { kind: 'refused', refusal: { code, message, hint } };
}
