import { createHash } from 'node:crypto';
import { type HederaId, parseHederaId } from '../../../config/hedera-id.ts';
import { present } from '../../../model/assert.ts';
import { type Nanos, secondsOf } from './instant.ts';

/** The only version that networks have used since 2020, and that is computed here. */
export const RUNNING_HASH_VERSION = 3;
/** SHA-384. */
export const RUNNING_HASH_BYTES = 48;

/** What a topic's running hash takes in of a message. */
export interface HashedMessage {
  readonly topicId: string;
  /** From 1. */
  readonly sequence: number;
  readonly consensusAt: Nanos;
  readonly payerId: string;
  readonly message: Uint8Array;
}

/** Before a topic's first message. */
export const FIRST_RUNNING_HASH: Uint8Array = new Uint8Array(RUNNING_HASH_BYTES);

/**
 * The running hash of a topic after `next`, version 3: SHA-384 over the previous one, the version, payer, topic,
 * consensus time, sequence number and the SHA-384 of the message (`TransactionReceipt.topicRunningHash` of the Hedera
 * API). The nodes write these through a Java `ObjectOutputStream`, so its framing (Java Object Serialization
 * Specification, chapter 6) is hashed too: a stream header, each byte array as an object, the numbers as block data.
 */
export function nextRunningHash(previous: Uint8Array, next: HashedMessage): Uint8Array {
  const numbers = numbersOf(next);
  return createHash('sha384')
    .update(STREAM_WITH_FIRST_ARRAY)
    .update(previous)
    .update(Uint8Array.of(BLOCK_DATA, numbers.length))
    .update(numbers)
    .update(SECOND_ARRAY)
    .update(createHash('sha384').update(next.message).digest())
    .digest();
}

function numbersOf({ topicId, sequence, consensusAt, payerId }: HashedMessage): Uint8Array {
  const { seconds, nanos } = secondsOf(consensusAt);
  const fields = [BigInt(RUNNING_HASH_VERSION), ...longsOf(payerId), ...longsOf(topicId), seconds];
  const bytes = Buffer.alloc(8 * fields.length + 4 + 8);
  fields.forEach((field, i) => {
    bytes.writeBigInt64BE(field, 8 * i);
  });
  bytes.writeInt32BE(nanos, 8 * fields.length);
  bytes.writeBigInt64BE(BigInt(sequence), 8 * fields.length + 4);
  return bytes;
}

function longsOf(text: string): readonly bigint[] {
  const { shard, realm, number }: HederaId = present(parseHederaId(text), `the id ${text}`);
  return [shard, realm, number];
}

/** Magic number and version of the stream, then an array of class `[B` of 48 elements. */
const STREAM_WITH_FIRST_ARRAY = Buffer.from('aced0005757200025b42acf317f8060854e0020000787000000030', 'hex');
const BLOCK_DATA = 0x77;
/** Another array of the class that the stream knows by now (handle 0x7e0000), of 48 elements. */
const SECOND_ARRAY = Buffer.from('7571007e000000000030', 'hex');
