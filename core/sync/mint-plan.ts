import { createHash } from 'node:crypto';
import type { MintApproval, MintedTokens, MintPlanFacts } from '../ledger/mint-entries.ts';
import { isSamePerson } from '../verification/review.ts';

/** The close in force of a month. */
export interface ClosedMonth {
  readonly month: string;
  /** Index and leaf hash (hexadecimal) of its entry. */
  readonly entry: number;
  readonly hash: string;
  readonly isDemo: boolean;
  readonly creditedNetWh: number;
}

/** A closed month with where its energy lies among that of all of them. */
export interface MonthPosition extends ClosedMonth {
  readonly fromWh: number;
  readonly toWh: number;
}

export interface MintPlan extends MintPlanFacts {
  /** SHA-256 over the canonical form of the facts, hexadecimal. */
  readonly id: string;
}

/** What of a plan is minted in one transaction. */
export interface PlanPart {
  readonly number: number;
  readonly fromWh: number;
  readonly toWh: number;
  /** Smallest amounts. */
  readonly units: number;
}

/** The network mints at most so many certificates at once (`tokens.nfts.maxBatchSizeMint`). */
const CERTIFICATES_AT_ONCE = 10;
/** Two different persons stand for every mint. */
export const PERSONS_NEEDED = 2;

/** The months one after another, as their energy is counted. */
export function monthPositions(closed: readonly ClosedMonth[]): readonly MonthPosition[] {
  let toWh = 0;
  return closed
    .toSorted((a, b) => (a.month < b.month ? -1 : 1))
    .map((month) => {
      const fromWh = toWh;
      toWh += month.creditedNetWh;
      return { ...month, fromWh, toWh };
    });
}

/** Up to where the energy is minted on the network: everything before counts as minted, for nothing is minted out of order. */
export function mintedUntil(minted: readonly Pick<MintedTokens, 'network' | 'toWh'>[], network: string): number {
  return minted.reduce((most, each) => (each.network === network ? Math.max(most, each.toWh) : most), 0);
}

/** What is left to mint up to the end of a month. */
export interface Mintable {
  readonly fromWh: number;
  /** The end of the last whole amount; `fromWh` where there is none. */
  readonly toWh: number;
  readonly units: number;
  /** Energy of the month's end and before that is no whole amount yet: it is minted with a later month. */
  readonly carriedWh: number;
}

/** Whole amounts only: what is below one is carried on, never rounded up. */
export function mintableOf(month: Pick<MonthPosition, 'toWh'>, untilWh: number, unitWh: number): Mintable {
  const leftWh = Math.max(0, month.toWh - untilWh);
  const units = Math.floor(leftWh / unitWh);
  return { fromWh: untilWh, toWh: untilWh + units * unitWh, units, carriedWh: leftWh - units * unitWh };
}

export function planOf(facts: MintPlanFacts): MintPlan {
  const { form, fromWh, month, monthEntry, monthHash, network, toWh, token, unitWh } = facts;
  // In the order of RFC 8785: these are texts of ASCII, whole numbers and null, of which JSON has one form.
  const canonical = JSON.stringify({ form, fromWh, month, monthEntry, monthHash, network, toWh, token, unitWh });
  const id = createHash('sha256').update(canonical, 'utf8').digest('hex');
  return { id, form, fromWh, month, monthEntry, monthHash, network, toWh, token, unitWh };
}

/** The transactions that mint the plan, in their order. */
export function partsOf({ fromWh, toWh, unitWh, form }: MintPlanFacts): readonly PlanPart[] {
  const units = Math.round((toWh - fromWh) / unitWh);
  const most = form === 'nft' ? CERTIFICATES_AT_ONCE : units;
  return Array.from({ length: Math.ceil(units / most) }, (_, number) => {
    const first = number * most;
    const count = Math.min(most, units - first);
    const begin = fromWh + first * unitWh;
    return { number, fromWh: begin, toWh: begin + count * unitWh, units: count };
  });
}

export type Voice = Pick<MintApproval, 'decision' | 'by' | 'account'>;

/** Whose approval of a plan stands, by all that was said of it, oldest first. One person has one voice. */
export function standingVoices<V extends Voice>(voices: readonly V[]): readonly V[] {
  let standing: readonly V[] = [];
  for (const voice of voices) {
    if (voice.decision === 'withdraw') standing = [];
    else if (!standing.some((other) => isSamePerson(other, voice))) standing = [...standing, voice];
  }
  return standing;
}

export interface PlanState {
  readonly positions: readonly MonthPosition[];
  readonly minted: readonly Pick<MintedTokens, 'network' | 'toWh'>[];
  /** Index of the entry of the first approval that stands. */
  readonly approvedFrom: number;
}

/**
 * Why a plan holds no longer, as the end of a sentence: its month was corrected, other energy was minted meanwhile, or what
 * is closed has become less. Undefined while it holds.
 */
export function expiredBecause(plan: MintPlan, { positions, minted, approvedFrom }: PlanState): string | undefined {
  const at = positions.findIndex(({ month }) => month === plan.month);
  const month = positions[at];
  if (month?.entry !== plan.monthEntry || month.hash !== plan.monthHash) return `${plan.month} was corrected`;
  const later = positions.slice(0, at).find(({ entry }) => entry > approvedFrom);
  if (later !== undefined) return `${later.month} was corrected`;
  const untilWh = mintedUntil(minted, plan.network);
  // Parts of it are minted in their order, so that it goes on where one of them begins.
  const fromWh = Math.max(untilWh, plan.fromWh);
  if (!partsOf(plan).some((part) => part.fromWh === fromWh)) return 'other energy was minted meanwhile';
  return plan.toWh > month.toWh ? 'less is closed than it names' : undefined;
}
