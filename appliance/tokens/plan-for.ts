import { readEntry } from '../../core/store/entries.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { type MintPlan, mintableOf, monthPositions, planOf } from '../../core/sync/mint-plan.ts';
import { attestationOf, ledgerTrouble } from './attested-month.ts';
import { begunParts } from './kept-mints.ts';
import type { MintRecords } from './mint-book.ts';
import { beganAt, planStandings, tokenInForce } from './plan-states.ts';
import { demoTokens, monthOpen, monthOrder, nothingToMint, planOpen, refusalOf, underWay } from './token-refusals.ts';
import type { TokenSetup } from './token-setup.ts';

/** What may be minted up to the end of the month, now. @throws Failure `TOK_...` with what is in the way */
export function planFor(store: ReadableStore, records: MintRecords, setup: TokenSetup, month: string): MintPlan {
  const { unitWh, form, network } = setup;
  if (isDemo(store)) throw demoTokens();
  const positions = monthPositions(records.months);
  const closed = positions.find((each) => each.month === month);
  if (closed === undefined) throw monthOpen(month);
  if (closed.isDemo) throw demoTokens();
  const fromWh = beganAt(records, setup, positions);
  const earlier = positions.find((each) => each.month < month && mintableOf(each, fromWh, unitWh).units > 0);
  if (earlier !== undefined) throw monthOrder(month, earlier.month);
  const { toWh, units, carriedWh } = mintableOf(closed, fromWh, unitWh);
  if (units === 0) throw nothingToMint(month, carriedWh, unitWh);
  if (begunParts(store).some((part) => part.network === network)) throw underWay();
  const open = planStandings(records, setup).find(({ state }) => state === 'proposed' || state === 'approved');
  if (open !== undefined) throw planOpen(open.plan.month, open.plan.id);
  const token = tokenInForce(records, setup) ?? null;
  const { entry: monthEntry, hash: monthHash } = closed;
  const plan = planOf({ month, monthEntry, monthHash, fromWh, toWh, unitWh, form, network, token });
  refuseUnproven(store, plan, setup);
  return plan;
}

/** What does not say that it is a plant's passes for a demonstration. */
export function isDemo(store: ReadableStore): boolean {
  return readEntry(store, 0)?.body.origin !== 'plant';
}

/** @throws Failure where the ledger does not bear the month out, or the topic does not attest it yet */
export function refuseUnproven(
  store: ReadableStore,
  { month, monthEntry: entry }: MintPlan,
  { network }: TokenSetup,
): void {
  const damage = ledgerTrouble(store, entry);
  if (damage !== undefined) throw refusalOf(damage);
  const attested = attestationOf(store, { month, entry }, network);
  if ('code' in attested) throw refusalOf(attested);
}
