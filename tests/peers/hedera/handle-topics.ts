import { accountIdOf, bigintOf, topicIdOf, transactionIdOf } from './entity-id.ts';
import type { Effect, NetworkState, Topic } from './network-state.ts';
import type { ParsedTransaction } from './parse-transaction.ts';
import type { CreateTopicProto, SubmitMessageProto, UpdateTopicProto } from './protobufs.ts';
import { firstRunningHash, nextRunningHash } from './running-hash.ts';
import { isSignedBy } from './signatures.ts';

/** `consensus.message.maxBytesAllowed`. */
const MESSAGE_BYTES_MAX = 1024;
const MEMO_BYTES_MAX = 100;

export function createTopic(
  state: NetworkState,
  transaction: ParsedTransaction,
  op: CreateTopicProto,
  nowNs: bigint,
): Effect {
  if (Buffer.byteLength(op.memo) > MEMO_BYTES_MAX) return { status: 'MEMO_TOO_LONG' };
  if (op.adminKey && !isSigned(transaction, op.adminKey)) return { status: 'INVALID_SIGNATURE' };
  const topic: Topic = {
    id: state.newEntityId(),
    memo: op.memo,
    adminKey: op.adminKey,
    submitKey: op.submitKey,
    autoRenewAccount: accountIdOf(op.autoRenewAccount) ?? null,
    autoRenewS: Number(bigintOf(op.autoRenewPeriod?.seconds)),
    createdNs: nowNs,
    changedNs: nowNs,
    runningHash: firstRunningHash(),
    messages: [],
  };
  state.topics.set(topic.id, topic);
  return { status: 'SUCCESS', topicId: topic.id };
}

export function updateTopic(
  state: NetworkState,
  transaction: ParsedTransaction,
  op: UpdateTopicProto,
  nowNs: bigint,
): Effect {
  const topic = state.topics.get(topicIdOf(op.topicID) ?? '');
  if (topic === undefined) return { status: 'INVALID_TOPIC_ID' };
  if (topic.adminKey === null) return { status: 'UNAUTHORIZED' };
  if (!isSigned(transaction, topic.adminKey)) return { status: 'INVALID_SIGNATURE' };
  if (op.adminKey && !isSigned(transaction, op.adminKey)) return { status: 'INVALID_SIGNATURE' };
  topic.memo = op.memo?.value ?? topic.memo;
  topic.adminKey = op.adminKey ?? topic.adminKey;
  topic.submitKey = op.submitKey ?? topic.submitKey;
  topic.changedNs = nowNs;
  return { status: 'SUCCESS', topicId: topic.id };
}

export function submitMessage(
  state: NetworkState,
  transaction: ParsedTransaction,
  op: SubmitMessageProto,
  nowNs: bigint,
): Effect {
  const topic = state.topics.get(topicIdOf(op.topicID) ?? '');
  if (topic === undefined) return { status: 'INVALID_TOPIC_ID' };
  if (op.message.length === 0) return { status: 'INVALID_TOPIC_MESSAGE' };
  if (op.message.length > MESSAGE_BYTES_MAX) return { status: 'MESSAGE_SIZE_TOO_LARGE' };
  if (topic.submitKey !== null && !isSigned(transaction, topic.submitKey)) return { status: 'INVALID_SIGNATURE' };
  const wrong = judgeChunk(transaction, op);
  if (wrong !== undefined) return { status: wrong };
  const sequenceNumber = topic.messages.length + 1;
  topic.runningHash = nextRunningHash(topic.runningHash, {
    payer: transaction.payer,
    topicId: topic.id,
    consensusNs: nowNs,
    sequenceNumber,
    message: op.message,
  });
  topic.messages.push({
    sequenceNumber,
    consensusNs: nowNs,
    message: op.message,
    payer: transaction.payer,
    runningHash: topic.runningHash,
    transactionId: transaction.id,
    chunk: op.chunkInfo && {
      initialTransactionId: transactionIdOf(op.chunkInfo.initialTransactionID) ?? '',
      number: op.chunkInfo.number,
      total: op.chunkInfo.total,
    },
  });
  return { status: 'SUCCESS', topicId: topic.id, sequenceNumber, runningHash: topic.runningHash };
}

function judgeChunk({ id, payer }: ParsedTransaction, { chunkInfo }: SubmitMessageProto): string | undefined {
  if (chunkInfo === null) return undefined;
  if (chunkInfo.number < 1 || chunkInfo.number > chunkInfo.total) return 'INVALID_CHUNK_NUMBER';
  const isOwn = accountIdOf(chunkInfo.initialTransactionID?.accountID) === payer;
  const isFirst = transactionIdOf(chunkInfo.initialTransactionID) === id;
  return isOwn && (chunkInfo.number > 1 || isFirst) ? undefined : 'INVALID_CHUNK_TRANSACTION_ID';
}

function isSigned({ signatures, bodyBytes }: ParsedTransaction, key: Parameters<typeof isSignedBy>[0]): boolean {
  return isSignedBy(key, signatures, bodyBytes);
}
