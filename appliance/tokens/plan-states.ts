import type { MintApproval } from '../../core/ledger/mint-entries.ts';
import {
  expiredBecause,
  type MintPlan,
  type MonthPosition,
  mintedUntil,
  monthPositions,
  PERSONS_NEEDED,
  planOf,
  standingVoices,
} from '../../core/sync/mint-plan.ts';
import type { MintRecords, Recorded } from './mint-book.ts';
import type { TokenSetup } from './token-setup.ts';

export const PLAN_STATES = ['proposed', 'approved', 'minted', 'withdrawn', 'expired'] as const;

/** A mint that somebody proposed, as it stands. */
export interface PlanStanding {
  readonly plan: MintPlan;
  /** `approved`: it is being minted, or waits for that. */
  readonly state: (typeof PLAN_STATES)[number];
  /** Why it is expired, as a sentence. */
  readonly reason: string | undefined;
  /** Whose approval stands. */
  readonly voices: readonly Recorded<MintApproval>[];
  /** Smallest amounts, in all and minted so far. */
  readonly units: number;
  readonly mintedUnits: number;
}

/** The token that is minted now: the one of plant.yaml, else the newest of the ledger that is as plant.yaml says. */
export function tokenInForce({ tokens }: Pick<MintRecords, 'tokens'>, setup: TokenSetup): string | undefined {
  if (setup.token !== undefined) return setup.token;
  const own = tokens.findLast(
    ({ event, network, form, unitWh, name, symbol }) =>
      event !== 'taken' &&
      network === setup.network &&
      form === setup.form &&
      unitWh === setup.unitWh &&
      name === setup.name &&
      symbol === setup.symbol,
  );
  return own?.token;
}

/**
 * Up to where nothing more is to be minted: what was, or what lies before the first month that plant.yaml names. When what
 * lies before it is corrected, all later months shift by that; what was minted for them shifts along and stays minted.
 */
export function beganAt(records: MintRecords, setup: TokenSetup, positions: readonly MonthPosition[]): number {
  const { firstMonth, network } = setup;
  const untilWh = mintedUntil(records.minted, network);
  if (firstMonth === undefined) return untilWh;
  const beforeWh = positions.findLast(({ month }) => month < firstMonth)?.toWh ?? 0;
  // A mint that a lost ledger had made may be of any month, so that it counts for these.
  const since = records.minted.filter(
    (each) => each.network === network && (each.month === null || each.month >= firstMonth),
  );
  return Math.max(untilWh, beforeWh + since.reduce((sum, { fromWh, toWh }) => sum + toWh - fromWh, 0));
}

/** Every plan that was ever proposed, oldest first. `setup` is undefined while plant.yaml says nothing of certificates. */
export function planStandings(records: MintRecords, setup: TokenSetup | undefined): readonly PlanStanding[] {
  const positions = monthPositions(records.months);
  const minted = Map.groupBy(records.minted, ({ plan }) => plan);
  const standings: PlanStanding[] = [];
  for (const [id, approvals] of Map.groupBy(records.approvals, ({ plan }) => plan)) {
    const [first] = approvals;
    const plan = first === undefined ? undefined : planOf(first);
    // Where the facts do not give the id that is stated, nobody approved what they say.
    if (plan?.id !== id) continue;
    const voices = standingVoices(approvals);
    const units = Math.round((plan.toWh - plan.fromWh) / plan.unitWh);
    const mintedUnits = (minted.get(id) ?? []).reduce((sum, each) => sum + each.units, 0);
    const standing = { plan, voices, units, mintedUnits };
    standings.push({ ...standing, ...stateOf(standing, { records, positions, setup }) });
  }
  return standings;
}

interface Around {
  readonly records: MintRecords;
  readonly positions: readonly MonthPosition[];
  readonly setup: TokenSetup | undefined;
}

function stateOf(
  { plan, voices, units, mintedUnits }: Omit<PlanStanding, 'state' | 'reason'>,
  { records, positions, setup }: Around,
): Pick<PlanStanding, 'state' | 'reason'> {
  if (mintedUnits >= units) return { state: 'minted', reason: undefined };
  const [voice] = voices;
  if (voice === undefined) return { state: 'withdrawn', reason: undefined };
  const reason =
    expiredBecause(plan, { positions, minted: records.minted, approvedFrom: voice.index }) ??
    unlikeSetup(plan, records, setup);
  if (reason !== undefined) return { state: 'expired', reason: `It holds no longer: ${reason}.` };
  return { state: voices.length >= PERSONS_NEEDED ? 'approved' : 'proposed', reason: undefined };
}

function unlikeSetup(plan: MintPlan, records: MintRecords, setup: TokenSetup | undefined): string | undefined {
  if (setup === undefined) return 'plant.yaml says nothing of certificates any more';
  const { network, form, unitWh } = setup;
  const isSame = plan.network === network && plan.form === form && plan.unitWh === unitWh;
  if (!isSame) return 'plant.yaml names another network, kind or unit now';
  const token = tokenInForce(records, setup);
  return plan.token !== null && plan.token !== token ? 'plant.yaml names another token now' : undefined;
}
