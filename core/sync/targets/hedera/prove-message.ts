import type { ProofStep } from '../../proof-step.ts';
import { contradiction, runningHashBefore } from './confirm-message.ts';
import { instantIso } from './instant.ts';
import type { MirrorClient } from './mirror.ts';
import type { MirrorMessage } from './mirror-answers.ts';
import type { HederaReceiptFacts } from './receipt.ts';
import { transactionIdText } from './transaction-id.ts';

/** What of a mirror a proof asks for. */
export type ProvingMirror = Pick<MirrorClient, 'url' | 'message' | 'transaction' | 'time'>;

export interface ClaimedMessage {
  /** What the ledger says that it sent. */
  readonly message: Uint8Array;
  /** What the ledger says of where it stands. */
  readonly receipt: HederaReceiptFacts;
}

/**
 * Holds a message, as the ledger says that it was sent, against a mirror: that it stands there at this place and time, byte
 * for byte, paid for by this transaction, and that the running hash of the topic follows from it. Never throws for what a
 * network or a mirror does.
 */
export async function proveMessage(
  mirror: ProvingMirror,
  claimed: ClaimedMessage,
  signal?: AbortSignal,
): Promise<readonly ProofStep[]> {
  const { topicId, sequence } = claimed.receipt;
  const found = await mirror.message(topicId, sequence, signal);
  const what = `message ${sequence} of topic ${topicId}`;
  if (found.kind === 'failed') {
    const { message, hint } = found.fault;
    return [
      {
        step: 'fetched',
        outcome: 'not-reached',
        sentence: `${message}${hint === undefined ? '' : ` ${sentenceOf(hint)}`}`,
      },
    ];
  }
  if (found.kind === 'absent') return [await absentStep(mirror, claimed.receipt, what, signal)];
  const seen = found.value;
  return [
    {
      step: 'fetched',
      outcome: 'holds',
      sentence: `The mirror ${mirror.url} gave ${what}, ${seen.message.length} bytes.`,
    },
    placeStep(seen, claimed.receipt),
    contentStep(seen.message, claimed.message),
    await payerStep(mirror, seen, claimed.receipt, signal),
    await runningHashStep(mirror, seen, claimed.receipt, signal),
  ];
}

/** A mirror lags behind the network: that it lacks a message says something only once it has taken in what came after. */
async function absentStep(
  mirror: ProvingMirror,
  { topicId, consensusAt }: HederaReceiptFacts,
  what: string,
  signal: AbortSignal | undefined,
): Promise<ProofStep> {
  const time = await mirror.time(topicId, signal);
  const reached = time.kind === 'found' ? time.value.importedUntil : undefined;
  const due = instantIso(consensusAt);
  const at = `The receipt says that it came to consensus at ${due}`;
  const until =
    reached === undefined
      ? `how far the mirror has come it does not say`
      : `the mirror has taken in what happened until ${instantIso(reached)}`;
  const isLate = reached !== undefined && reached > consensusAt;
  const sentence = isLate
    ? `The mirror ${mirror.url} does not have ${what}, and should: ${lower(at)}, and ${until}.`
    : `The mirror ${mirror.url} does not have ${what} yet: ${lower(at)}, and ${until}. Ask again later.`;
  return { step: 'fetched', outcome: 'not-there', sentence };
}

function placeStep(seen: MirrorMessage, receipt: HederaReceiptFacts): ProofStep {
  const isHere = seen.topicId === receipt.topicId && seen.sequence === receipt.sequence;
  const isThen = seen.consensusAt === receipt.consensusAt;
  const place = `number ${seen.sequence} of topic ${seen.topicId}, at ${instantIso(seen.consensusAt)}`;
  return isHere && isThen
    ? { step: 'place', outcome: 'holds', sentence: `It stands where and when the receipt says: ${place}.` }
    : {
        step: 'place',
        outcome: 'differs',
        sentence: `It stands at ${place}; the receipt says number ${receipt.sequence} of topic ${receipt.topicId}, at ${instantIso(receipt.consensusAt)}.`,
      };
}

function contentStep(seen: Uint8Array, claimed: Uint8Array): ProofStep {
  if (Buffer.from(seen).equals(claimed)) {
    const sentence = `Its ${seen.length} bytes are those of the message that the batch records, byte for byte.`;
    return { step: 'content', outcome: 'holds', sentence };
  }
  const at = seen.findIndex((byte, i) => byte !== claimed[i]);
  const where = at === -1 ? `after ${Math.min(seen.length, claimed.length)} bytes` : `from byte ${at + 1} on`;
  const sentence = `Its ${seen.length} bytes differ ${where} from the ${claimed.length} bytes of the message that the batch records.`;
  return { step: 'content', outcome: 'differs', sentence };
}

/** By the message itself where the mirror says so, else by the transaction's own rows. */
async function payerStep(
  mirror: ProvingMirror,
  seen: MirrorMessage,
  receipt: HederaReceiptFacts,
  signal: AbortSignal | undefined,
): Promise<ProofStep> {
  const step = 'payer';
  const claimed = transactionIdText(receipt.transactionId);
  if ('transactionId' in seen && seen.transactionId !== undefined) {
    const stated = transactionIdText(seen.transactionId);
    return stated === claimed
      ? { step, outcome: 'holds', sentence: `It was sent by the transaction of the receipt, ${claimed}.` }
      : { step, outcome: 'differs', sentence: `It was sent by ${stated}; the receipt says ${claimed}.` };
  }
  const rows = await mirror.transaction(receipt.transactionId, signal);
  if (rows.kind === 'failed') return { step, outcome: 'not-reached', sentence: rows.fault.message };
  if (rows.kind === 'absent') {
    return { step, outcome: 'not-there', sentence: `The mirror does not have the transaction ${claimed}.` };
  }
  const done = rows.value.find(({ result, isOwn }) => result === 'SUCCESS' && isOwn);
  if (done === undefined) {
    return { step, outcome: 'differs', sentence: `The transaction ${claimed} did nothing: ${rows.value[0]?.result}.` };
  }
  return done.consensusAt === seen.consensusAt
    ? {
        step,
        outcome: 'holds',
        sentence: `The transaction of the receipt, ${claimed}, came to consensus at that very moment.`,
      }
    : {
        step,
        outcome: 'differs',
        sentence: `The transaction ${claimed} came to consensus at ${instantIso(done.consensusAt)}.`,
      };
}

async function runningHashStep(
  mirror: ProvingMirror,
  seen: MirrorMessage,
  receipt: HederaReceiptFacts,
  signal: AbortSignal | undefined,
): Promise<ProofStep> {
  const step = 'running-hash';
  const before = await runningHashBefore(mirror, receipt.topicId, receipt.sequence, signal);
  if (before.kind === 'failed') return { step, outcome: 'not-reached', sentence: before.fault.message };
  const hash = before.kind === 'found' ? before.value : undefined;
  const asked = { topicId: receipt.topicId, sequence: receipt.sequence };
  const fault = contradiction(mirror.url, asked, seen, hash);
  if (fault !== undefined) return { step, outcome: 'differs', sentence: fault.message };
  if (!Buffer.from(seen.runningHash).equals(receipt.runningHash)) {
    const sentence = 'The running hash of the topic follows from the message, and is another than the receipt says.';
    return { step, outcome: 'differs', sentence };
  }
  const sentence =
    'The running hash of the topic, computed again from the message before and from this one, is what the mirror and the receipt say.';
  return { step, outcome: 'holds', sentence };
}

function sentenceOf(hint: string): string {
  return `${hint.charAt(0).toUpperCase()}${hint.slice(1)}.`;
}

function lower(text: string): string {
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
}
