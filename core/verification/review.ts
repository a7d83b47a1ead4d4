import type { Finding, Verdict, VerdictStatus } from './verdict.ts';

export const REVIEW_DECISIONS = ['approve', 'reject'] as const;
export type ReviewDecision = (typeof REVIEW_DECISIONS)[number];

/** Who may decide at all; each may what those before it may. */
export const REVIEW_ROLES = ['operator', 'engineer', 'admin'] as const;
export type ReviewRole = (typeof REVIEW_ROLES)[number];

/** One person's decision on one reading, as its entry in the ledger says it. */
export interface Review {
  /** Index of its entry. Reviews of a reading stand in this order. */
  readonly index: number;
  /** When it was recorded, ISO 8601 UTC. */
  readonly at: string;
  readonly decision: ReviewDecision;
  readonly reason: string;
  /** The person's name, as the account has it. */
  readonly by: string;
  /** What the person signed in with: `key:<id>`, or `local` for whoever may read the data folder. */
  readonly account: string;
  readonly role: ReviewRole;
  /** Whether plant.yaml asked for two persons when it was recorded. */
  readonly fourEyes: boolean;
}

/** What of a verdict a review goes by. */
export interface ReviewedVerdict {
  readonly status: VerdictStatus;
  readonly findings: readonly Pick<Finding, 'code' | 'layer' | 'severity'>[];
}

/** What the reviews of a reading come to. */
export type Standing =
  | { readonly state: 'none' }
  /** The newest decision needs a second person; `against` are those who said the contrary. */
  | {
      readonly state: 'open';
      readonly decision: ReviewDecision;
      readonly by: readonly string[];
      readonly against: readonly string[];
    }
  | { readonly state: 'decided'; readonly decision: ReviewDecision; readonly by: readonly string[] };

/**
 * What the reviews come to, oldest first. Each person has one voice, the latest. The newest voice counts by itself, or,
 * where two persons are needed, once another person's voice agrees; till then nothing counts that was decided before,
 * so that a disagreement leaves the reading open.
 */
export function standingOf(verdict: ReviewedVerdict, reviews: readonly Review[]): Standing {
  let voices: readonly Review[] = [];
  for (const review of reviews) {
    // An entry of somebody who may not decide this is kept and shown, and has no voice.
    if (!mayDecide(review.role, verdict, review.decision)) continue;
    voices = [...voices.filter((voice) => !isSamePerson(voice, review)), review];
  }
  const newest = voices.at(-1);
  if (newest === undefined) return { state: 'none' };
  const { decision } = newest;
  const agreed = voices.filter((voice) => voice.decision === decision).map(({ by }) => by);
  if (agreed.length >= personsNeeded(verdict, newest)) return { state: 'decided', decision, by: agreed };
  const against = voices.filter((voice) => voice.decision !== decision).map(({ by }) => by);
  return { state: 'open', decision, by: agreed, against };
}

/** Whether a person has still to look at the reading. */
export function isWaiting(verdict: Pick<Verdict, 'status'>, { state }: Standing): boolean {
  return verdict.status === 'APPROVED' ? state === 'open' : state !== 'decided';
}

/** How many persons must agree before the decision counts. */
export function personsNeeded(
  verdict: ReviewedVerdict,
  { decision, fourEyes }: Pick<Review, 'decision' | 'fourEyes'>,
): 1 | 2 {
  return fourEyes || (decision === 'approve' && hasVeto(verdict)) ? 2 : 1;
}

/** The least role that may decide this. */
export function roleNeeded({ status }: Pick<Verdict, 'status'>, decision: ReviewDecision): ReviewRole {
  const isEasy = status === 'FLAGGED' || (status === 'REJECTED' && decision === 'reject');
  return isEasy ? 'operator' : 'engineer';
}

export function mayDecide(role: string, verdict: Pick<Verdict, 'status'>, decision: ReviewDecision): boolean {
  const rank = (name: string): number => (REVIEW_ROLES as readonly string[]).indexOf(name);
  return rank(role) >= rank(roleNeeded(verdict, decision));
}

/** One account is one person, and so is one name on several accounts. */
export function isSamePerson(one: Pick<Review, 'by' | 'account'>, other: Pick<Review, 'by' | 'account'>): boolean {
  return one.account === other.account || nameOf(one) === nameOf(other);
}

function nameOf({ by }: Pick<Review, 'by'>): string {
  return by.normalize('NFKC').trim().toLowerCase();
}

/** Codes of layers other than physics that say that the energy was counted twice or the register is out of order. */
const ORDER_CODES =
  /^VER_(?:COUNTER_|REGISTER_|ENERGY_COUNTED_TWICE|ENERGY_REGISTER_MISMATCH|CLAIM_UNLIKE_REGISTER|DUPLICATE|OVERLAP)/;

/** Whether physics or the order of the register speaks against the reading: no single person overrules that. */
export function hasVeto({ findings }: Pick<ReviewedVerdict, 'findings'>): boolean {
  return findings.some(
    ({ severity, layer, code }) => severity === 'reject' && (layer === 'physics' || ORDER_CODES.test(code)),
  );
}
