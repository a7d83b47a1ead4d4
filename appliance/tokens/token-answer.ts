import type { z } from 'zod';
import type { MintedTokens } from '../../core/ledger/mint-entries.ts';
import { Failure } from '../../core/model/failure.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { isPublicNetwork } from '../../core/sync/hedera-links.ts';
import {
  type MintPlan,
  type MonthPosition,
  mintableOf,
  monthPositions,
  PERSONS_NEEDED,
  partsOf,
} from '../../core/sync/mint-plan.ts';
import type { SyncFault } from '../../core/sync/target.ts';
import type { mintSchema, tokensSchema } from '../api/schema/token.ts';
import type { ClosedBy, MintRecords, Recorded } from './mint-book.ts';
import { planFor } from './plan-for.ts';
import { beganAt, type PlanStanding, planStandings, tokenInForce } from './plan-states.ts';
import type { MinterStatus } from './token-minter.ts';
import type { TokenSetup } from './token-setup.ts';

export type TokensAnswer = z.infer<typeof tokensSchema>;
export type MintAnswer = z.infer<typeof mintSchema>;
type MonthAnswer = TokensAnswer['months'][number];
type FaultAnswer = NonNullable<MonthAnswer['fault']>;

const LISTED_MAX = 100;

/** What was closed, proposed, approved and minted, and what may be minted now. */
export function tokensAnswer(
  store: ReadableStore,
  records: MintRecords,
  setup: TokenSetup | undefined,
  work: MinterStatus | undefined,
): TokensAnswer {
  const standings = planStandings(records, setup);
  const here = records.minted.filter(({ network }) => setup === undefined || network === setup.network);
  return {
    setup: setup === undefined ? null : setupAnswer(records, setup),
    work:
      work === undefined ? null : { state: work.state, fault: work.fault === undefined ? null : faultOf(work.fault) },
    minted: {
      energyWh: here.reduce((sum, { fromWh, toWh }) => sum + toWh - fromWh, 0),
      units: here.reduce((sum, { units }) => sum + units, 0),
      mints: here.length,
    },
    months: monthAnswers(store, records, setup, standings),
    plans: standings.slice(-LISTED_MAX).toReversed().map(planAnswer),
    mints: records.minted.slice(-LISTED_MAX).toReversed().map(mintAnswer),
  };
}

function setupAnswer(records: MintRecords, setup: TokenSetup): NonNullable<TokensAnswer['setup']> {
  const { network, form, unit, decimals, unitWh, name, symbol, maxUnits, fees } = setup;
  const token = tokenInForce(records, setup) ?? null;
  const isPublic = isPublicNetwork(network);
  const entry = records.tokens.findLast((each) => each.token === token && each.network === network);
  return {
    network,
    isPublic,
    form,
    unit,
    decimals,
    unitWh,
    name: entry?.name ?? name,
    symbol: entry?.symbol ?? symbol,
    maxUnits: entry?.maxSupply ?? maxUnits ?? null,
    token,
    tokenUrl: token === null || !isPublic ? null : `https://hashscan.io/${network}/token/${token}`,
    keys: entry === undefined ? [] : [...entry.keys],
    persons: PERSONS_NEEDED,
    fees: { ...fees },
  };
}

function monthAnswers(
  store: ReadableStore,
  records: MintRecords,
  setup: TokenSetup | undefined,
  standings: readonly PlanStanding[],
): MonthAnswer[] {
  const positions = monthPositions(records.months);
  const network = setup?.network;
  const minted = records.minted.filter((each) => each.network === network);
  const untilWh = setup === undefined ? 0 : beganAt(records, setup, positions);
  return positions.map((position) => {
    const { month, entry, hash, creditedNetWh, fromWh, toWh } = position;
    const closedBy = (records.months.find((each) => each.month === month) as ClosedBy | undefined)?.by ?? '';
    const mintedWh = minted.reduce((sum, each) => sum + overlap(each, position), 0);
    const carriedWh = setup === undefined ? 0 : mintableOf(position, untilWh, setup.unitWh).carriedWh;
    const common = { month, entry, hash, closedBy, creditedNetWh, fromWh, toWh, mintedWh, carriedWh };
    return { ...common, ...stateOf(store, records, { setup, standings, position, untilWh, mintedWh }) };
  });
}

function overlap(one: { fromWh: number; toWh: number }, other: { fromWh: number; toWh: number }): number {
  return Math.max(0, Math.min(one.toWh, other.toWh) - Math.max(one.fromWh, other.fromWh));
}

interface MonthFacts {
  readonly setup: TokenSetup | undefined;
  readonly standings: readonly PlanStanding[];
  readonly position: MonthPosition;
  readonly untilWh: number;
  readonly mintedWh: number;
}

function stateOf(
  store: ReadableStore,
  records: MintRecords,
  { setup, standings, position, untilWh, mintedWh }: MonthFacts,
): Pick<MonthAnswer, 'state' | 'mintable' | 'fault'> {
  const { month, toWh, creditedNetWh } = position;
  const nothing = { mintable: null, fault: null };
  const open = standings.find(
    ({ plan, state }) => plan.month === month && (state === 'proposed' || state === 'approved'),
  );
  if (open !== undefined) return { state: open.state === 'approved' ? 'approved' : 'proposed', ...nothing };
  if (setup === undefined) return { state: 'left-out', ...nothing };
  if (toWh <= untilWh)
    return { state: creditedNetWh === 0 ? 'nothing' : mintedWh > 0 ? 'minted' : 'left-out', ...nothing };
  const { units } = mintableOf(position, untilWh, setup.unitWh);
  if (units === 0) return { state: mintedWh > 0 ? 'minted' : 'carried', ...nothing };
  try {
    const plan = planFor(store, records, setup, month);
    return { state: 'mintable', mintable: mintableAnswer(plan, records, setup), fault: null };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { state: 'refused', mintable: null, fault: faultOf(error) };
  }
}

function mintableAnswer(plan: MintPlan, records: MintRecords, setup: TokenSetup): NonNullable<MonthAnswer['mintable']> {
  const { fees, form, unitWh } = setup;
  const units = (plan.toWh - plan.fromWh) / unitWh;
  const mintUsd = form === 'nft' ? units * fees.nftUsd : partsOf(plan).length * fees.mintUsd;
  const createUsd = tokenInForce(records, setup) === undefined ? fees.createUsd : 0;
  return {
    plan: plan.id,
    fromWh: plan.fromWh,
    toWh: plan.toWh,
    units,
    costUsd: Math.round((mintUsd + createUsd) * 1e6) / 1e6,
  };
}

function planAnswer({ plan, state, reason, voices, units, mintedUnits }: PlanStanding): TokensAnswer['plans'][number] {
  const { id, month, monthEntry, fromWh, toWh, form, network } = plan;
  const approvals = voices.map(({ index, at, by, account }) => ({ index, at, by, account }));
  const common = { id, month, monthEntry, fromWh, toWh, units, mintedUnits, form, network };
  return { ...common, state, reason: reason ?? null, approvals };
}

export function mintAnswer(mint: Recorded<MintedTokens>): MintAnswer {
  const { index, plan, month, fromWh, toWh, units, serials, network, token, topic, sequence, reference } = mint;
  const { transactionId, consensusAt, hashscan } = mint;
  const facts = { index, plan, month, fromWh, toWh, units, serials: [...serials], network, token, topic, sequence };
  return { ...facts, reference, transactionId, consensusAt, hashscanUrl: hashscan };
}

function faultOf({ code, message, hint }: SyncFault | Failure): FaultAnswer {
  return { code, message, hint: hint ?? null };
}
