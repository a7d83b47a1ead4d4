import type { Nanos } from './instant.ts';
import { instantText } from './instant.ts';
import type { MirrorOutcome } from './mirror.ts';
import type { MadeToken } from './token-maker.ts';
import { type AskingMirror, mirrorToken, ownTransactions } from './token-mirror.ts';
import { transactionIdText } from './transaction-id.ts';

export interface LostToken {
  readonly accountId: string;
  /** The memo that every token of this ledger bears. */
  readonly memo: string;
  /** When the ledger was begun, and up to when the mirror has imported. */
  readonly after: Nanos;
  readonly until: Nanos;
}

/**
 * A token that was made for this very ledger, of which the ledger no longer knows: a backup or a salvage took the store's
 * place. Without it a second token would be made, and the same energy minted on it once more.
 */
export async function findToken(
  mirror: AskingMirror,
  { accountId, memo, after, until }: LostToken,
  signal: AbortSignal,
): Promise<MirrorOutcome<MadeToken>> {
  const made = await ownTransactions(mirror, { accountId, type: 'TOKENCREATION', after, until }, signal);
  if (made.kind === 'failed') return made;
  for (const { id, consensusAt, tokenId } of made.kind === 'found' ? made.value.toReversed() : []) {
    if (tokenId === null) continue;
    const token = await mirrorToken(mirror, tokenId, signal);
    if (token.kind === 'failed') return token;
    if (token.kind === 'absent' || token.value.memo !== memo) continue;
    const facts = { transactionId: transactionIdText(id), consensusTimestamp: instantText(consensusAt) };
    return { kind: 'found', value: { tokenId, ...facts } };
  }
  return { kind: 'absent' };
}
