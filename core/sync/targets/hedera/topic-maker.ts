import type { SyncFault } from '../../target.ts';
import { type Attempt, attemptIntent, readIntents } from './attempt.ts';
import { INTENT_UNREADABLE, signerFailed, statusFault, TOPIC_PENDING } from './faults.ts';
import { findTopic } from './find-topic.ts';
import { instantText } from './instant.ts';
import type { SessionParts } from './session-parts.ts';
import { settleAttempt } from './settle-attempt.ts';
import { transactionIdText } from './transaction-id.ts';

/** A topic that was made for this plant. */
export interface MadeTopic {
  readonly network: string;
  readonly topicId: string;
  readonly memo: string;
  readonly transactionId: string;
  readonly consensusTimestamp: string;
  /** It was found on the mirror, since what was kept of its making is gone. */
  readonly isFound?: true;
}

/** What is kept of the plant's topic, so that a crash never makes a second one. Durable when each returns. */
export interface TopicKeeper {
  /** The topic that was made on the network, as the ledger has it. */
  made(network: string): string | undefined;
  readonly intents: () => readonly Uint8Array[];
  keepIntent(intent: Uint8Array): void;
  /** None of what was kept happened or can happen. */
  forget(): void;
  /** Records the topic as an entry and drops what was kept, in one write. */
  record(topic: MadeTopic): void;
}

export type TopicOutcome =
  | { readonly kind: 'topic'; readonly topicId: string }
  | { readonly kind: 'later'; readonly fault: SyncFault };

/** A topic costs about as much as a dozen messages; the ceiling is that many times the one of a message. */
const FEE_TIMES = 20;

/** Makes the plant's topic with our key as its submit key, or finds the one that was made before. */
export async function makeTopic(parts: SessionParts, signal: AbortSignal): Promise<TopicOutcome> {
  const { keeper } = parts;
  const attempts = readIntents(keeper.intents());
  if (attempts === undefined) return later(INTENT_UNREADABLE);
  for (const attempt of attempts) {
    const outcome = await settle(parts, attempt, signal);
    if (outcome !== 'never') return outcome;
  }
  if (attempts.length > 0) keeper.forget();
  const found = await findTopic(parts, signal);
  if (found.kind === 'later') return found;
  if (signal.aborted) return later(TOPIC_PENDING);
  if (found.kind === 'found') {
    keeper.record({ ...found.topic, isFound: true });
    return { kind: 'topic', topicId: found.topic.topicId };
  }
  const attempt = await prepare(parts, signal);
  if ('code' in attempt) return later(attempt);
  if (signal.aborted) return later(TOPIC_PENDING);
  keeper.keepIntent(attemptIntent(attempt));
  const outcome = await settle(parts, attempt, signal);
  return outcome === 'never' ? later(TOPIC_PENDING) : outcome;
}

async function prepare(parts: SessionParts, signal: AbortSignal): Promise<Attempt | SyncFault> {
  const { operatorId, validForSeconds, feeMaxTinybars, topicMemo } = parts;
  const id = { payerId: operatorId, validStart: parts.nextStart() };
  const common = { ...id, validForSeconds, feeMaxTinybars: FEE_TIMES * feeMaxTinybars };
  const prepared = await parts.port.prepare({ ...common, kind: 'topic', memo: topicMemo }, signal);
  return prepared.kind === 'failed' ? signerFailed(prepared.why) : { id, validForSeconds, bytes: prepared.bytes };
}

async function settle(parts: SessionParts, attempt: Attempt, signal: AbortSignal): Promise<TopicOutcome | 'never'> {
  const settled = await settleAttempt(parts, attempt, WORDS, signal);
  if (settled.kind === 'never') return 'never';
  if (settled.kind === 'later') return later(settled.fault);
  const { entityId: topicId, consensusAt } = settled;
  if (topicId === undefined) return later(TOPIC_PENDING);
  const consensusTimestamp = instantText(consensusAt);
  const facts = { network: parts.network, topicId, memo: parts.topicMemo, consensusTimestamp };
  parts.keeper.record({ ...facts, transactionId: transactionIdText(attempt.id) });
  return { kind: 'topic', topicId };
}

const WORDS = { pending: TOPIC_PENDING, statusFault };

function later(fault: SyncFault): TopicOutcome {
  return { kind: 'later', fault };
}
