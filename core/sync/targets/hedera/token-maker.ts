import type { SyncFault } from '../../target.ts';
import { type Attempt, attemptIntent, readIntents } from './attempt.ts';
import { INTENT_UNREADABLE, signerFailed } from './faults.ts';
import type { HederaSession } from './hedera-session.ts';
import { instantText } from './instant.ts';
import type { NewToken } from './port.ts';
import { settleAttempt } from './settle-attempt.ts';
import { TOKEN_PENDING, tokenStatusFault } from './token-faults.ts';
import { transactionIdText } from './transaction-id.ts';

/** A token that was made for this plant. */
export interface MadeToken {
  readonly tokenId: string;
  readonly transactionId: string;
  readonly consensusTimestamp: string;
}

/** What is kept of the plant's token, so that a crash never makes a second one. Durable when each returns. */
export interface TokenKeeper {
  readonly intents: () => readonly Uint8Array[];
  keepIntent(intent: Uint8Array): void;
  /** None of what was kept happened or can happen. */
  forget(): void;
  /** Records the token as an entry and drops what was kept, in one write. */
  record(token: MadeToken): void;
}

export interface TokenMakerParts extends HederaSession {
  readonly keeper: TokenKeeper;
  readonly token: NewToken;
  /** The most that the network may charge for it, in tinybars. */
  readonly feeMaxTinybars: number;
}

export type TokenOutcome =
  | { readonly kind: 'token'; readonly tokenId: string }
  | { readonly kind: 'later'; readonly fault: SyncFault };

const WORDS = { pending: TOKEN_PENDING, statusFault: tokenStatusFault };

/** Makes the plant's token, or finds the one whose making a crash interrupted. */
export async function makeToken(parts: TokenMakerParts, signal: AbortSignal): Promise<TokenOutcome> {
  const { keeper } = parts;
  const attempts = readIntents(keeper.intents());
  if (attempts === undefined) return later(INTENT_UNREADABLE);
  for (const attempt of attempts) {
    const outcome = await settle(parts, attempt, signal);
    if (outcome !== 'never') return outcome;
  }
  if (attempts.length > 0) keeper.forget();
  const { operatorId: payerId, validForSeconds, feeMaxTinybars, token } = parts;
  const id = { payerId, validStart: parts.nextStart() };
  const request = { ...id, validForSeconds, feeMaxTinybars, ...token, kind: 'token' } as const;
  const prepared = await parts.port.prepare(request, signal);
  if (prepared.kind === 'failed') return later(signerFailed(prepared.why));
  if (signal.aborted) return later(TOKEN_PENDING);
  const attempt = { id, validForSeconds, bytes: prepared.bytes };
  keeper.keepIntent(attemptIntent(attempt));
  const outcome = await settle(parts, attempt, signal);
  return outcome === 'never' ? later(TOKEN_PENDING) : outcome;
}

async function settle(parts: TokenMakerParts, attempt: Attempt, signal: AbortSignal): Promise<TokenOutcome | 'never'> {
  const settled = await settleAttempt(parts, attempt, WORDS, signal);
  if (settled.kind === 'later') return later(settled.fault);
  if (settled.kind === 'never') return 'never';
  const { entityId: tokenId, consensusAt } = settled;
  if (tokenId === undefined) return later(TOKEN_PENDING);
  if (signal.aborted) return later(TOKEN_PENDING);
  const transactionId = transactionIdText(attempt.id);
  parts.keeper.record({ tokenId, transactionId, consensusTimestamp: instantText(consensusAt) });
  return { kind: 'token', tokenId };
}

function later(fault: SyncFault): TokenOutcome {
  return { kind: 'later', fault };
}
