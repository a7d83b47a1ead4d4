import { instantText, type Nanos } from './instant.ts';
import type { MirrorClient, MirrorOutcome } from './mirror.ts';
import {
  type MirrorMint,
  type MirrorNft,
  type MirrorToken,
  mintsAnswer,
  nftsAnswer,
  relationsAnswer,
  tokenAnswer,
} from './token-answers.ts';

/** What of a mirror tokens ask for. */
export type AskingMirror = Pick<MirrorClient, 'get'>;

const PAGE = 100;

export function mirrorToken(
  mirror: AskingMirror,
  tokenId: string,
  signal?: AbortSignal,
): Promise<MirrorOutcome<MirrorToken>> {
  return mirror.get(`/tokens/${tokenId}`, tokenAnswer, signal);
}

/** Whether the account holds the token, may, and is not kept from it; `absent` where it is not associated. */
export async function tokenRelation(
  mirror: AskingMirror,
  accountId: string,
  tokenId: string,
  signal?: AbortSignal,
): Promise<MirrorOutcome<{ readonly isFrozen: boolean; readonly isRevoked: boolean }>> {
  const outcome = await mirror.get(`/accounts/${accountId}/tokens?token.id=${tokenId}`, relationsAnswer, signal);
  if (outcome.kind !== 'found') return outcome;
  const row = outcome.value.tokens.find((each) => each.tokenId === tokenId);
  return row === undefined ? { kind: 'absent' } : { kind: 'found', value: row };
}

/** The mint that came to consensus at this very moment, or `absent`. */
export async function mintAt(
  mirror: AskingMirror,
  consensusAt: Nanos,
  signal?: AbortSignal,
): Promise<MirrorOutcome<MirrorMint>> {
  const outcome = await mirror.get(`/transactions?timestamp=${instantText(consensusAt)}`, mintsAnswer, signal);
  if (outcome.kind !== 'found') return outcome;
  const row = outcome.value.transactions.find((each) => each.consensusAt === consensusAt && isMint(each));
  return row === undefined ? { kind: 'absent' } : { kind: 'found', value: row };
}

export interface OwnTransactions {
  readonly accountId: string;
  readonly type: 'TOKENMINT' | 'TOKENCREATION';
  /** Only those after this consensus time, and up to that one. */
  readonly after: Nanos;
  readonly until: Nanos;
}

/** A mirror answers for 60 days at most, whatever it is asked (`maxTransactionsTimestampRange`), and says nothing of the rest. */
const SPAN: Nanos = 30n * 86_400_000_000_000n;

/** Every transaction of this type that the account paid for and that succeeded, oldest first. */
export async function ownTransactions(
  mirror: AskingMirror,
  { accountId, type, after, until }: OwnTransactions,
  signal?: AbortSignal,
): Promise<MirrorOutcome<readonly MirrorMint[]>> {
  const found: MirrorMint[] = [];
  let from = after;
  while (from < until) {
    const to = from + SPAN < until ? from + SPAN : until;
    const query = new URLSearchParams({ 'account.id': accountId, transactiontype: type, result: 'success' });
    query.set('order', 'asc');
    query.set('limit', String(PAGE));
    query.append('timestamp', `gt:${instantText(from)}`);
    query.append('timestamp', `lte:${instantText(to)}`);
    const outcome = await mirror.get(`/transactions?${query}`, mintsAnswer, signal);
    if (outcome.kind === 'failed') return outcome;
    const rows = outcome.kind === 'found' ? outcome.value.transactions : [];
    found.push(...rows.filter(({ name, result }) => name === type && result === 'SUCCESS'));
    const last = rows.at(-1)?.consensusAt ?? to;
    from = rows.length < PAGE || last <= from ? to : last;
  }
  return { kind: 'found', value: found };
}

/** The certificates with these serial numbers, ascending; fewer where the mirror lacks some. */
export async function nftsOf(
  mirror: AskingMirror,
  tokenId: string,
  { from, to }: { readonly from: number; readonly to: number },
  signal?: AbortSignal,
): Promise<MirrorOutcome<readonly MirrorNft[]>> {
  const query = `limit=${PAGE}&order=asc&serialnumber=gte:${from}&serialnumber=lte:${to}`;
  const outcome = await mirror.get(`/tokens/${tokenId}/nfts?${query}`, nftsAnswer, signal);
  return outcome.kind === 'found' ? { kind: 'found', value: outcome.value.nfts } : outcome;
}

function isMint({ name, result }: MirrorMint): boolean {
  return name === 'TOKENMINT' && result === 'SUCCESS';
}
