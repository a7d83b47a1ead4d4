import { linkedAbort } from '../../../model/linked-abort.ts';
import { MESSAGE_BYTES_MAX } from '../../attestation.ts';
import type { Batch } from '../../batch.ts';
import type { Delivered, DeliverOutcome, Delivery, LocateOutcome, SyncFault, Unknown } from '../../target.ts';
import { agreedWord } from './agreed-word.ts';
import { type Attempt, attemptIntent, mayBeSent, readIntents } from './attempt.ts';
import { confirmedMessage } from './confirm-message.ts';
import {
  DEMO_ON_MAINNET,
  INTENT_UNREADABLE,
  isPassing,
  messageTooLarge,
  mirrorsDiffer,
  NOT_CONFIRMED,
  signerFailed,
  statusFault,
  unansweredFault,
} from './faults.ts';
import type { Nanos } from './instant.ts';
import type { MirrorClient } from './mirror.ts';
import { hederaReceipt } from './receipt.ts';
import type { SessionParts } from './session-parts.ts';
import type { Seen, TopicFollower } from './topic-follower.ts';
import { type TransactionId, transactionIdText } from './transaction-id.ts';

export interface DeliveryParts extends SessionParts {
  readonly topic: string;
  readonly follower: TopicFollower;
  /** Everything that is on the topic by the word of the mirror, read once when it is first needed. */
  readonly history: (mirror: MirrorClient, signal: AbortSignal) => Promise<TopicFollower | SyncFault>;
  /** When this session began, on our clock. */
  readonly begunAt: Nanos;
}

/** After the last sending it is waited so long for the mirror before the lane goes on to others. */
const CONFIRM_MS = 45_000;
/** After a node took it, the mirror is given so long before the nodes are asked what became of it. */
const PATIENCE_MS = 12_000;
/** After no answer, or one that says "later", another node is tried so soon. */
const RETRY_MS = 2000;
const SENDS_MAX = 6;

/** Signs, keeps and sends the message of the batch, and waits until the mirror shows it. */
export async function deliverMessage(
  parts: DeliveryParts,
  delivery: Delivery,
  signal: AbortSignal,
): Promise<DeliverOutcome> {
  const message = Buffer.from(delivery.batch.message, 'utf8');
  if (message.length > MESSAGE_BYTES_MAX) {
    return { kind: 'refused', fault: messageTooLarge(message.length, MESSAGE_BYTES_MAX) };
  }
  if (parts.isDemo && parts.isMainnet()) return { kind: 'refused', fault: DEMO_ON_MAINNET };
  if (delivery.intents.length > 0 || parts.isHistoryLost(delivery.batch.index)) {
    const found = await locateMessage(parts, delivery, signal);
    if (found.kind !== 'absent') return found;
  }
  const { operatorId: payerId, validForSeconds, feeMaxTinybars, topic: topicId } = parts;
  const id = { payerId, validStart: parts.nextStart() };
  const request = { ...id, validForSeconds, feeMaxTinybars, topicId, message, kind: 'message' } as const;
  const prepared = await parts.port.prepare(request, signal);
  if (prepared.kind === 'failed') return { kind: 'later', fault: signerFailed(prepared.why) };
  // Whoever gave this delivery up may have begun another: from here on nothing new is sent.
  if (signal.aborted) return unknown(NOT_CONFIRMED);
  const attempt = { id, validForSeconds, bytes: prepared.bytes };
  await delivery.keepIntent(attemptIntent(attempt));
  return follow(parts, message, attempt, signal);
}

/** Whether an earlier attempt arrived. `absent` only where the mirror proves that none did nor ever will. */
export async function locateMessage(
  parts: DeliveryParts,
  { batch, intents }: Delivery,
  signal: AbortSignal,
): Promise<LocateOutcome> {
  const attempts = readIntents(intents);
  if (attempts === undefined) return unknown(INTENT_UNREADABLE);
  const message = Buffer.from(batch.message, 'utf8');
  for (const attempt of attempts) {
    const outcome = await settled(parts, message, attempt, signal);
    if (outcome !== 'never') return outcome;
  }
  return parts.isHistoryLost(batch.index) ? fromHistory(parts, batch, signal) : { kind: 'absent' };
}

async function settled(
  parts: DeliveryParts,
  message: Uint8Array,
  attempt: Attempt,
  signal: AbortSignal,
): Promise<Delivered | Unknown | 'never'> {
  const seen = parts.follower.seen(message);
  if (seen !== undefined) return delivered(parts, seen, attempt, signal);
  const word = await agreedWord(parts, parts.topic, attempt, signal);
  if (word.kind === 'failed') return unknown(word.fault);
  if (word.kind === 'never') return 'never';
  if (word.kind === 'happened') return confirmed(parts, message, attempt, word.consensusAt, signal);
  if (mayBeSent(attempt, parts.clock.wallMs())) return follow(parts, message, attempt, signal);
  const [status] = word.statuses;
  return unknown(status === undefined ? NOT_CONFIRMED : statusFault(status));
}

/** Holds what reached consensus then against what was to be sent. */
async function confirmed(
  parts: DeliveryParts,
  message: Uint8Array,
  attempt: Attempt,
  consensusAt: Nanos,
  signal: AbortSignal,
): Promise<Delivered | Unknown | 'never'> {
  const { mirror } = parts;
  const at = await mirror.messageAt(consensusAt, signal);
  if (at.kind === 'failed') return unknown(at.fault);
  if (at.kind === 'absent') return unknown(NOT_CONFIRMED);
  if (!Buffer.from(at.value.message).equals(message))
    return borneByAnother(parts, message, attempt, consensusAt, signal);
  // On the topic that was in force then: a later change of plant.yaml sends nothing a second time.
  const found = await confirmedMessage(mirror, at.value.topicId, at.value.sequence, signal);
  if (found.kind === 'failed') return unknown(found.fault);
  return found.kind === 'absent' ? unknown(NOT_CONFIRMED) : delivered(parts, found.value, attempt, signal);
}

/**
 * Another transaction bears our id, so ours cannot happen any more: by the word of both mirrors, since another id is made
 * upon it, as with whatever never happened.
 */
async function borneByAnother(
  { mirror, second }: DeliveryParts,
  message: Uint8Array,
  { id }: Attempt,
  consensusAt: Nanos,
  signal: AbortSignal,
): Promise<Unknown | 'never'> {
  if (second === undefined) return 'never';
  const at = await second.messageAt(consensusAt, signal);
  if (at.kind === 'failed') return unknown(at.fault);
  if (at.kind === 'absent') return unknown(NOT_CONFIRMED);
  if (!Buffer.from(at.value.message).equals(message)) return 'never';
  return unknown(mirrorsDiffer(`transaction ${transactionIdText(id)}`, second.url, mirror.url));
}

/** Sends the same bytes while they are valid, and waits for the message on the mirror's topic meanwhile. */
async function follow(
  parts: DeliveryParts,
  message: Uint8Array,
  attempt: Attempt,
  signal: AbortSignal,
): Promise<Delivered | Unknown> {
  const ending = linkedAbort(signal);
  const ended = ending.signal;
  const arriving = parts.follower.waitFor(message, ended);
  try {
    let sent: Sent = { fault: NOT_CONFIRMED, isTaken: true, isLast: true };
    for (let sends = 0; sends < SENDS_MAX && mayBeSent(attempt, parts.clock.wallMs()); sends += 1) {
      if (ended.aborted) break;
      sent = await sendOnce(parts, attempt, ended);
      if (sent.isLast) break;
      const seen = await within(parts, arriving, sent.isTaken ? PATIENCE_MS : RETRY_MS, ended);
      if (seen !== undefined) return delivered(parts, seen, attempt, signal);
      const word = sent.isTaken && !ended.aborted ? await ask(parts, attempt, ended) : undefined;
      if (word === undefined) continue;
      sent = word;
      break;
    }
    const seen = await within(parts, arriving, sent.isTaken ? CONFIRM_MS : RETRY_MS, ended);
    if (seen !== undefined) return delivered(parts, seen, attempt, signal);
    return unknown(sent.isTaken ? (parts.follower.fault ?? sent.fault) : sent.fault);
  } finally {
    ending.abort();
  }
}

/** What came of handing the bytes to nodes. */
interface Sent {
  readonly fault: SyncFault;
  /** A node took it, now or before. */
  readonly isTaken: boolean;
  /** Another sending would come to the same. */
  readonly isLast: boolean;
}

async function sendOnce({ port }: DeliveryParts, { bytes }: Attempt, signal: AbortSignal): Promise<Sent> {
  const sent = await port.send(bytes, signal);
  switch (sent.kind) {
    case 'accepted':
    case 'duplicate':
      return { fault: NOT_CONFIRMED, isTaken: true, isLast: false };
    case 'unanswered':
      return { fault: unansweredFault(sent), isTaken: false, isLast: false };
    case 'refused':
      return { fault: statusFault(sent.status), isTaken: false, isLast: !isPassing(sent.status) };
  }
}

/** What a node says of the id, where that ends the sending. */
async function ask(
  { port, succeeded }: DeliveryParts,
  { id }: Attempt,
  signal: AbortSignal,
): Promise<Sent | undefined> {
  const asked = await port.ask(transactionIdText(id), signal);
  if (asked.kind === 'known' && asked.status === 'SUCCESS') succeeded.add(transactionIdText(id));
  if (asked.kind !== 'known' || isPassing(asked.status)) return undefined;
  const isTaken = asked.status === 'SUCCESS' || asked.status === 'DUPLICATE_TRANSACTION';
  return { fault: isTaken ? NOT_CONFIRMED : statusFault(asked.status), isTaken, isLast: true };
}

/** What comes of `work` within the time, or undefined. */
async function within<T>(
  { pause }: SessionParts,
  work: Promise<T>,
  ms: number,
  signal: AbortSignal,
): Promise<T | undefined> {
  const over = linkedAbort(signal);
  try {
    return await Promise.race([work, pause(ms, over.signal).then(() => undefined)]);
  } finally {
    over.abort();
  }
}

/**
 * Where the store was replaced by an older one, what was kept of attempts may be gone with it: then the whole topic is
 * read. Its absence is proven once the mirror has imported past all that could have been sent before this session began.
 */
async function fromHistory(parts: DeliveryParts, batch: Batch, signal: AbortSignal): Promise<LocateOutcome> {
  const { mirror, second, topic } = parts;
  const message = Buffer.from(batch.message, 'utf8');
  const found = await inHistory(parts, mirror, message, signal);
  if (found !== 'absent') return 'code' in found ? unknown(found) : delivered(parts, found, undefined, signal);
  const other = second === undefined ? 'absent' : await inHistory(parts, second, message, signal);
  if (second === undefined || other === 'absent') return { kind: 'absent' };
  return unknown(
    'code' in other ? other : mirrorsDiffer(`message ${other.sequence} of ${topic}`, mirror.url, second.url),
  );
}

async function inHistory(
  parts: DeliveryParts,
  mirror: MirrorClient,
  message: Uint8Array,
  signal: AbortSignal,
): Promise<Seen | SyncFault | 'absent'> {
  const time = await mirror.time(parts.topic, signal);
  if (time.kind === 'failed') return time.fault;
  const history = await parts.history(mirror, signal);
  if ('code' in history) return history;
  const fault = await history.readOn(signal);
  if (fault !== undefined) return fault;
  const seen = history.seen(message);
  if (seen !== undefined) return seen;
  const isOver = time.kind === 'found' && time.value.importedUntil > parts.begunAt + VALID_MAX;
  return isOver ? 'absent' : NOT_CONFIRMED;
}

/** The longest that a transaction is valid (180 s), and what a mirror may lag behind another. */
const VALID_MAX = 200_000_000_000n;

async function delivered(
  parts: DeliveryParts,
  { topicId, sequence, consensusAt, runningHash, transactionId }: Seen,
  attempt: Attempt | undefined,
  signal: AbortSignal,
): Promise<Delivered | Unknown> {
  const id = transactionId ?? attempt?.id ?? (await idAt(parts, consensusAt, signal));
  if ('code' in id) return unknown(id);
  parts.succeeded.delete(transactionIdText(id));
  const facts = { network: parts.network, topicId, sequence, consensusAt, runningHash, transactionId: id };
  return { kind: 'delivered', receipt: hederaReceipt(facts) };
}

/** Older mirrors do not say with a message by which transaction it came. */
async function idAt({ mirror }: SessionParts, at: Nanos, signal: AbortSignal): Promise<TransactionId | SyncFault> {
  const rows = await mirror.transactionAt(at, signal);
  if (rows.kind === 'failed') return rows.fault;
  return rows.kind === 'found' ? rows.value.id : NOT_CONFIRMED;
}

function unknown(fault: SyncFault): Unknown {
  return { kind: 'unknown', fault };
}
