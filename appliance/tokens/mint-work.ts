import type { NewEntry } from '../../core/ledger/entry.ts';
import type { MintedTokens } from '../../core/ledger/mint-entries.ts';
import { present } from '../../core/model/assert.ts';
import type { Log } from '../../core/model/log.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import { hashscanTransaction } from '../../core/sync/hedera-links.ts';
import { type MintPlan, mintedUntil, type PlanPart, partsOf } from '../../core/sync/mint-plan.ts';
import type { SyncFault } from '../../core/sync/target.ts';
import type { HederaSession } from '../../core/sync/targets/hedera/hedera-session.ts';
import { instantIso, nanosOf, parseInstant } from '../../core/sync/targets/hedera/instant.ts';
import { lookAtAccount } from '../../core/sync/targets/hedera/look.ts';
import {
  type MintFacts,
  type MintOutcome,
  type MintPart,
  mintPart,
  settleBegun,
} from '../../core/sync/targets/hedera/mint-delivery.ts';
import { type MintReference, mintReference, readMintReference } from '../../core/sync/targets/hedera/mint-reference.ts';
import type { WantedToken } from '../../core/sync/targets/hedera/token-look.ts';
import { attestationOf, ledgerTrouble } from './attested-month.ts';
import { type BegunPart, begunParts, forgetMintAttempts, keepMintAttempt, mintAttempts } from './kept-mints.ts';
import type { MintBook, MintRecords } from './mint-book.ts';
import { planStandings } from './plan-states.ts';
import { ledgerBegan, plantToken } from './plant-token.ts';
import type { TokenSetup } from './token-setup.ts';

export interface MintWorkParts {
  readonly setup: TokenSetup;
  /** Which every token of this ledger bears. */
  readonly memo: string;
  readonly store: WritableStore;
  readonly book: MintBook;
  readonly record: (entries: readonly NewEntry[], alongside: (write: WritableStore) => void) => unknown;
  readonly log: Log;
}

export type WorkOutcome =
  | { readonly kind: 'done' }
  /** It is tried again soon. */
  | { readonly kind: 'later'; readonly fault: SyncFault }
  /** A person has to mend something; it is looked at again now and then. */
  | { readonly kind: 'held'; readonly fault: SyncFault };

type Step = WorkOutcome | { readonly kind: 'again' };

/** Whether anything is to be settled or minted. */
export function hasMintWork({ store, book, setup }: Pick<MintWorkParts, 'store' | 'book' | 'setup'>): boolean {
  return begunHere(store, setup).length > 0 || approvedPlan(book.read(), setup) !== undefined;
}

function begunHere(store: WritableStore, { network }: TokenSetup): readonly BegunPart[] {
  return begunParts(store).filter((part) => part.network === network);
}

function approvedPlan(records: MintRecords, setup: TokenSetup): MintPlan | undefined {
  return planStandings(records, setup).find(({ state }) => state === 'approved')?.plan;
}

/** Settles what was begun, then mints what is approved, one transaction after another, until all is done or one cannot. */
export async function workOffMints(
  parts: MintWorkParts,
  session: HederaSession,
  signal: AbortSignal,
): Promise<WorkOutcome> {
  const { trouble } = await lookAtAccount(session, undefined, signal);
  if (trouble !== undefined) return { kind: 'later', fault: trouble };
  for (;;) {
    if (signal.aborted) return { kind: 'later', fault: ENDED };
    const step = await nextStep(parts, session, signal);
    if (step.kind !== 'again') return step;
  }
}

export const ENDED: SyncFault = { code: 'SYN_NO_ANSWER', message: 'The appliance ended meanwhile.' };

function nextStep(parts: MintWorkParts, session: HederaSession, signal: AbortSignal): Promise<Step> {
  const [begun] = begunHere(parts.store, parts.setup);
  if (begun !== undefined) return settleOne(parts, session, begun, signal);
  const records = parts.book.read();
  const plan = approvedPlan(records, parts.setup);
  return plan === undefined ? Promise.resolve({ kind: 'done' }) : mintOne(parts, session, { plan, records }, signal);
}

/** What a crash or a silent network left open, whether its plan still holds or not. */
async function settleOne(
  parts: MintWorkParts,
  session: HederaSession,
  begun: BegunPart,
  signal: AbortSignal,
): Promise<Step> {
  const { setup, book } = parts;
  const standing = planStandings(book.read(), setup).find(({ plan }) => plan.id === begun.plan);
  const reference = readMintReference(begun.reference);
  if (standing === undefined || reference === undefined) return { kind: 'held', fault: UNREADABLE };
  const { plan } = standing;
  const { form, unitWh } = plan;
  const token = { tokenId: begun.token, form, decimals: setup.decimals, isOwn: true };
  const mint = {
    ...minting(parts, session, begun),
    token,
    part: partFor(reference, unitWh, form),
    stop: () => stopOf(parts, plan),
  };
  const outcome = await settleBegun(mint, signal);
  if (signal.aborted) return { kind: 'later', fault: ENDED };
  if (outcome !== undefined) return settled(parts, { plan, begun, reference }, outcome);
  // None of it happened nor can: another id is safe from here on, if the plan still holds.
  parts.store.write(() => forgetMintAttempts(parts.store, begun));
  return { kind: 'again' };
}

const UNREADABLE: SyncFault = {
  code: 'TOK_ATTEMPT_UNREADABLE',
  message: 'What was kept of a mint cannot be read, so whether it happened is not known.',
  hint: 'nothing more is minted: run "forebay ledger fsck", and use the newest version of Forebay that ever ran here',
};

async function mintOne(
  parts: MintWorkParts,
  session: HederaSession,
  { plan, records }: { readonly plan: MintPlan; readonly records: MintRecords },
  signal: AbortSignal,
): Promise<Step> {
  const { store } = parts;
  const { month, monthEntry, monthHash, form, unitWh, network } = plan;
  const damage = ledgerTrouble(store, monthEntry);
  if (damage !== undefined) return { kind: 'held', fault: damage };
  const attested = attestationOf(store, { month, entry: monthEntry }, network);
  if ('code' in attested) return { kind: 'held', fault: attested };
  const found = await plantToken({ ...parts, session }, records, signal);
  if (found.kind !== 'token') return found;
  const { wanted: token } = found;
  const next = nextPart(plan, records);
  const reference = referenceOf(attested, plan, next);
  const begun: BegunPart = {
    plan: plan.id,
    part: next.number,
    network,
    token: token.tokenId,
    monthHash,
    fromWh: next.fromWh,
    toWh: next.toWh,
    reference: mintReference(reference),
  };
  const mint = {
    ...minting(parts, session, begun),
    token,
    part: partFor(reference, unitWh, form),
    known: knownOf(store, records, { token, topicId: attested.topicId, network }),
    stop: () => stopOf(parts, plan),
  };
  const outcome = await mintPart(mint, signal);
  if (signal.aborted) return { kind: 'later', fault: ENDED };
  return settled(parts, { plan, begun, reference }, outcome);
}

function stopOf({ book, setup }: MintWorkParts, { id }: MintPlan): SyncFault | undefined {
  return approvedPlan(book.read(), setup)?.id === id ? undefined : NO_LONGER;
}

const NO_LONGER: SyncFault = {
  code: 'TOK_PLAN_EXPIRED',
  message: 'The mint is approved no longer: its month was corrected, or somebody took an approval back.',
  hint: 'look at the month again, and propose anew',
};

/** The part that comes next: everything before it is minted. */
function nextPart(plan: MintPlan, { minted }: MintRecords): PlanPart {
  const fromWh = Math.max(plan.fromWh, mintedUntil(minted, plan.network));
  return present(
    partsOf(plan).find((part) => part.fromWh === fromWh),
    `the part of the plan that begins at ${fromWh} Wh`,
  );
}

function referenceOf(
  { topicId, sequence }: { readonly topicId: string; readonly sequence: number },
  { monthEntry: entry, monthHash: hash }: MintPlan,
  { fromWh, toWh }: PlanPart,
): MintReference {
  return { topicId, sequence, entry, hash, fromWh, wh: toWh - fromWh };
}

/** What the network is asked to mint: each certificate names its own stretch, an amount stands for the whole of it. */
export function partFor(reference: MintReference, unitWh: number, form: 'nft' | 'fungible'): MintPart {
  const memo = mintReference(reference);
  const units = Math.round(reference.wh / unitWh);
  if (form === 'fungible') return { memo, what: { form, amount: units } };
  const metadata = Array.from({ length: units }, (_, i) =>
    mintReference({ ...reference, fromWh: reference.fromWh + i * unitWh, wh: unitWh }),
  );
  return { memo, what: { form, metadata } };
}

function minting({ store, setup }: MintWorkParts, session: HederaSession, begun: BegunPart) {
  return {
    ...session,
    feeMaxTinybars: setup.mintFeeMaxTinybars,
    keeper: {
      intents: () => mintAttempts(store, begun),
      keepIntent: (intent: Uint8Array) => store.write(() => keepMintAttempt(store, begun, intent)),
    },
  };
}

function knownOf(
  store: WritableStore,
  { minted, lostAtMs }: MintRecords,
  { token, topicId, network }: { readonly token: WantedToken; readonly topicId: string; readonly network: string },
) {
  const here = minted.filter((each) => each.network === network);
  const newest = here.reduce<bigint | undefined>((latest, { consensusTimestamp }) => {
    const at = parseInstant(consensusTimestamp);
    return at === undefined || (latest !== undefined && at <= latest) ? latest : at;
  }, undefined);
  const lostAt = lostAtMs === undefined ? undefined : nanosOf(lostAtMs);
  return {
    after: newest ?? (lostAt === undefined ? undefined : ledgerBegan(store)),
    supply: here.reduce((sum, each) => sum + (each.token === token.tokenId ? each.units : 0), 0),
    topics: [...new Set([topicId, ...here.map(({ topic }) => topic)])],
    lostAt,
  };
}

interface Settling {
  readonly plan: MintPlan;
  readonly begun: BegunPart;
  readonly reference: MintReference;
}

function settled(
  { record, setup, log }: MintWorkParts,
  { plan, begun, reference }: Settling,
  outcome: MintOutcome,
): Step {
  if (outcome.kind === 'later' || outcome.kind === 'held') return outcome;
  if (outcome.kind === 'minted') {
    const { id, month, monthHash, form, unitWh, network } = plan;
    const facts = { plan: id, month, monthHash, form, unitWh, network };
    record([mintedEntry(outcome.mint, reference, facts)], (write) => forgetMintAttempts(write, begun));
    log.info({ tokenId: outcome.mint.tokenId, month, units: outcome.mint.units }, 'Certificates were minted');
    return { kind: 'again' };
  }
  const entries = outcome.mints.map(({ reference: seen, ...mint }) => {
    // As the mint itself says: plant.yaml may have named another kind and unit then.
    const form = mint.serials.length > 0 ? 'nft' : 'fungible';
    const unitWh = seen.wh / mint.units;
    return mintedEntry(mint, seen, {
      ...{ plan: null, month: null, monthHash: seen.hash, form, unitWh },
      network: setup.network,
    });
  });
  log.warn({ mints: entries.length }, 'The mirror shows mints that a lost ledger had made; they are recorded');
  record(entries, () => undefined);
  return { kind: 'again' };
}

function mintedEntry(
  mint: MintFacts,
  { topicId: topic, sequence, entry: monthEntry, fromWh, wh }: MintReference,
  facts: Pick<MintedTokens, 'plan' | 'month' | 'monthHash' | 'form' | 'unitWh' | 'network'>,
): NewEntry {
  const { tokenId: token, units, serials, memo: reference, transactionId, consensusTimestamp } = mint;
  const at = present(parseInstant(consensusTimestamp), 'the time of consensus');
  const body: MintedTokens = {
    v: 1,
    ...facts,
    monthEntry,
    fromWh,
    toWh: fromWh + wh,
    token,
    units,
    serials: [...serials],
    reference,
    topic,
    sequence,
    transactionId,
    consensusTimestamp,
    consensusAt: instantIso(at),
    hashscan: hashscanTransaction(facts.network, transactionId),
  };
  return { kind: 'token-minted', body: { ...body } };
}
