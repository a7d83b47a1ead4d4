import type { SyncFault } from '../../target.ts';
import { type Attempt, attemptIntent, readIntents } from './attempt.ts';
import { INTENT_UNREADABLE, signerFailed } from './faults.ts';
import type { HederaSession } from './hedera-session.ts';
import { instantText, type Nanos, nanosOf } from './instant.ts';
import { type MintReference, readMintReference } from './mint-reference.ts';
import type { Mint } from './port.ts';
import { settleAttempt } from './settle-attempt.ts';
import type { MirrorMint } from './token-answers.ts';
import {
  LOST_HISTORY_PENDING,
  MINT_PENDING,
  mintOfOthers,
  mintUnlike,
  supplyUnexplained,
  tokenStatusFault,
} from './token-faults.ts';
import { lookAtToken, type WantedToken } from './token-look.ts';
import { mintAt, nftsOf, ownTransactions } from './token-mirror.ts';
import { transactionIdText } from './transaction-id.ts';

/** One transaction that is to mint, exactly once. */
export interface MintPart {
  /** Reference of the whole part (mint-reference.ts), which the transaction bears as its memo. */
  readonly memo: string;
  readonly what: Mint['what'];
}

/** What is kept of a part's attempts. Durable when each returns. */
export interface MintKeeper {
  readonly intents: () => readonly Uint8Array[];
  keepIntent(intent: Uint8Array): void;
}

/** What the ledger knows of the token's mints. */
export interface KnownMints {
  /** Consensus time of the newest one on the network, of whatever token; before the first undefined, or after a loss when the ledger began. */
  readonly after: Nanos | undefined;
  /** Smallest amounts that were ever minted. */
  readonly supply: number;
  /** When a backup or a salvage last took the store's place; absent: never. */
  readonly lostAt: Nanos | undefined;
  /** The topics that references of this ledger may name. */
  readonly topics: readonly string[];
}

export interface MintParts extends HederaSession {
  /** The most that the network may charge for it, in tinybars. */
  readonly feeMaxTinybars: number;
  readonly token: WantedToken;
  readonly part: MintPart;
  readonly keeper: MintKeeper;
  readonly known: KnownMints;
  /** Why nothing may be signed or sent now: an approval was taken back, the month was corrected. Asked right before. */
  readonly stop: () => SyncFault | undefined;
}

/** A mint as the mirror confirms it. */
export interface MintFacts {
  readonly tokenId: string;
  readonly memo: string;
  readonly transactionId: string;
  readonly consensusTimestamp: string;
  /** Of certificates: their serial numbers, ascending; none for an amount. */
  readonly serials: readonly number[];
  /** Smallest amounts that were minted. */
  readonly units: number;
}

export type MintOutcome =
  | { readonly kind: 'minted'; readonly mint: MintFacts }
  /** The mirror shows mints of this ledger that the ledger does not know: it was restored. */
  | { readonly kind: 'found'; readonly mints: readonly (MintFacts & { readonly reference: MintReference })[] }
  | { readonly kind: 'later'; readonly fault: SyncFault }
  /** A person has to mend something. */
  | { readonly kind: 'held'; readonly fault: SyncFault };

/** The longest that a transaction is valid (180 s), and what a mirror may lag behind another. */
export const LOST_FOR: Nanos = 200_000_000_000n;
const WORDS = { pending: MINT_PENDING, statusFault: tokenStatusFault };

/** Settles what was begun; where nothing of it happened nor can, looks for the same energy at the mirror and mints. */
export async function mintPart(parts: MintParts, signal: AbortSignal): Promise<MintOutcome> {
  const begun = await settleBegun(parts, signal);
  if (begun !== undefined) return begun;
  const checked = await lookForMints(parts, signal);
  if (checked !== undefined) return checked;
  const { operatorId: payerId, validForSeconds, feeMaxTinybars, part, token } = parts;
  const id = { payerId, validStart: parts.nextStart() };
  const { memo, what } = part;
  const request = { ...id, validForSeconds, feeMaxTinybars, kind: 'mint', tokenId: token.tokenId, memo, what } as const;
  const prepared = await parts.port.prepare(request, signal);
  if (prepared.kind === 'failed') return later(signerFailed(prepared.why));
  const stopped = parts.stop();
  if (stopped !== undefined) return later(stopped);
  if (signal.aborted) return later(MINT_PENDING);
  const attempt = { id, validForSeconds, bytes: prepared.bytes };
  parts.keeper.keepIntent(attemptIntent(attempt));
  return (await settle(parts, attempt, signal)) ?? later(MINT_PENDING);
}

/** What became of the attempts that were kept; undefined when none happened nor can happen any more. */
export async function settleBegun(
  parts: Omit<MintParts, 'known'>,
  signal: AbortSignal,
): Promise<MintOutcome | undefined> {
  const attempts = readIntents(parts.keeper.intents());
  if (attempts === undefined) return { kind: 'held', fault: INTENT_UNREADABLE };
  for (const attempt of attempts) {
    const outcome = await settle(parts, attempt, signal);
    if (outcome !== undefined) return outcome;
  }
  return undefined;
}

async function settle(
  parts: Omit<MintParts, 'known'>,
  attempt: Attempt,
  signal: AbortSignal,
): Promise<MintOutcome | undefined> {
  const settled = await settleAttempt(parts, attempt, { ...WORDS, stop: parts.stop }, signal);
  if (settled.kind === 'never') return undefined;
  if (settled.kind === 'later') return later(settled.fault);
  const row = await mintAt(parts.mirror, settled.consensusAt, signal);
  if (row.kind === 'failed') return later(row.fault);
  if (row.kind === 'absent') return later(MINT_PENDING);
  const { tokenId } = parts.token;
  const { id, memo } = row.value;
  if (transactionIdText(id) !== transactionIdText(attempt.id)) return unlike(tokenId, 'another id');
  if (row.value.tokenId !== tokenId) return unlike(tokenId, `it is of ${row.value.tokenId}`);
  if (memo !== parts.part.memo) return unlike(tokenId, `its memo is "${memo.slice(0, 100)}"`);
  const facts = factsOf(row.value, tokenId);
  const wrong = await wrongOf(parts, facts, signal);
  if (wrong !== undefined) return wrong;
  parts.succeeded.delete(facts.transactionId);
  return { kind: 'minted', mint: facts };
}

function factsOf({ id, consensusAt, memo, transfers, serials }: MirrorMint, tokenId: string): MintFacts {
  const own = serials.filter((each) => each.tokenId === tokenId).map(({ serial }) => serial);
  const amount = transfers.filter((each) => each.tokenId === tokenId).reduce((sum, each) => sum + each.amount, 0);
  return {
    tokenId,
    memo,
    transactionId: transactionIdText(id),
    consensusTimestamp: instantText(consensusAt),
    serials: own.toSorted((a, b) => a - b),
    units: own.length > 0 ? own.length : amount,
  };
}

/** Holds what was minted against what was signed, each certificate with its metadata. */
async function wrongOf(
  { mirror, part: { what } }: Pick<MintParts, 'mirror' | 'part'>,
  { tokenId, serials, units }: MintFacts,
  signal: AbortSignal,
): Promise<MintOutcome | undefined> {
  const wanted = what.form === 'nft' ? what.metadata.length : what.amount;
  if (units !== wanted) return unlike(tokenId, `${units} were minted in place of ${wanted}`);
  if (what.form === 'fungible') return undefined;
  const [from = 0] = serials;
  const to = serials.at(-1) ?? 0;
  const nfts = await nftsOf(mirror, tokenId, { from, to }, signal);
  if (nfts.kind === 'failed') return later(nfts.fault);
  const found = nfts.kind === 'found' ? nfts.value : [];
  if (found.length !== wanted) return later(MINT_PENDING);
  const at = found.findIndex(({ metadata }, i) => metadata !== what.metadata[i]);
  return at === -1 ? undefined : unlike(tokenId, `the metadata of serial ${found[at]?.serial}`);
}

/**
 * Before anything is signed anew every mirror is asked what the token holds: whether it takes this mint, and whether it was
 * minted for this ledger beyond what the ledger knows. @returns what keeps the mint from being made
 */
async function lookForMints(parts: MintParts, signal: AbortSignal): Promise<MintOutcome | undefined> {
  for (const mirror of [parts.mirror, ...(parts.second === undefined ? [] : [parts.second])]) {
    const outcome = await lookAtOne({ ...parts, mirror }, signal);
    if (outcome !== undefined) return outcome;
  }
  return undefined;
}

async function lookAtOne(parts: MintParts, signal: AbortSignal): Promise<MintOutcome | undefined> {
  const { mirror, known, part, token } = parts;
  const time = await mirror.time(undefined, signal);
  if (time.kind === 'failed') return later(time.fault);
  const units = part.what.form === 'nft' ? part.what.metadata.length : part.what.amount;
  const look = await lookAtToken(parts, token, units, signal);
  if (look.kind === 'trouble') return isPassing(look.fault) ? later(look.fault) : { kind: 'held', fault: look.fault };
  const until = time.kind === 'found' ? time.value.importedUntil : nanosOf(parts.clock.wallMs());
  if (known.lostAt !== undefined && until <= known.lostAt + LOST_FOR) return later(LOST_HISTORY_PENDING);
  const after = known.after ?? look.token.createdAt - 1n;
  const range = { accountId: parts.operatorId, type: 'TOKENMINT', after, until } as const;
  const mints = await ownTransactions(mirror, range, signal);
  if (mints.kind === 'failed') return later(mints.fault);
  const rows = mints.kind === 'found' ? mints.value : [];
  return unknownMints(token.tokenId, known, rows) ?? unexplained(token.tokenId, look.token.totalSupply - known.supply);
}

/** A ledger that was lost may have minted on another token than plant.yaml names since. */
function unknownMints(
  token: string,
  { topics, lostAt }: KnownMints,
  rows: readonly MirrorMint[],
): MintOutcome | undefined {
  const mints = [];
  for (const row of rows) {
    const reference = readMintReference(row.memo);
    const isOurs = reference !== undefined && topics.includes(reference.topicId);
    const { tokenId } = row;
    if (tokenId === null || (tokenId !== token && !isOurs)) continue;
    // What bears our reference and was not minted by a ledger that was lost was minted beside Forebay.
    if (!isOurs || lostAt === undefined || row.consensusAt > lostAt + LOST_FOR) {
      return { kind: 'held', fault: mintOfOthers(tokenId, row.memo) };
    }
    const facts = factsOf(row, tokenId);
    if (!isWhole(facts.units, reference.wh)) return unlike(tokenId, `${facts.units} are for ${reference.wh} Wh`);
    mints.push({ ...facts, reference });
  }
  return mints.length === 0 ? undefined : { kind: 'found', mints };
}

function isWhole(units: number, wh: number): boolean {
  return units > 0 && wh % units === 0;
}

function unexplained(tokenId: string, beyond: number): MintOutcome | undefined {
  return beyond > 0 ? { kind: 'held', fault: supplyUnexplained(tokenId, beyond) } : undefined;
}

/** What ends by itself, without a person. */
function isPassing({ code }: SyncFault): boolean {
  return code.startsWith('SYN_') || code === 'TOK_TOKEN_PENDING';
}

function later(fault: SyncFault): MintOutcome {
  return { kind: 'later', fault };
}

function unlike(tokenId: string, why: string): MintOutcome {
  return { kind: 'held', fault: mintUnlike(tokenId, why) };
}
