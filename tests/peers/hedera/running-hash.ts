import { createHash } from 'node:crypto';
import { NANOS_PER_SECOND, partsOf } from './entity-id.ts';

export const RUNNING_HASH_VERSION = 3;

/**
 * The stream header of Java's object serialization, then the class description of `byte[]` and the array's tag.
 * Java Object Serialization Specification, 6.4.
 */
const FIRST_ARRAY = Buffer.from('aced0005757200025b42acf317f8060854e00200007870', 'hex');
/** A block of 76 bytes of plain values follows. */
const BLOCK_OF_VALUES = Buffer.from([0x77, 76]);
/** One more `byte[]`, its class named by reference. */
const NEXT_ARRAY = Buffer.from('7571007e0000', 'hex');

export interface HashedMessage {
  readonly payer: string;
  readonly topicId: string;
  readonly consensusNs: bigint;
  /** Of this message, counted from 1. */
  readonly sequenceNumber: number;
  readonly message: Uint8Array;
}

/**
 * The running hash of a topic, version 3, after one more message. The list in the API's `ConsensusTopicInfo` names the
 * values; the network hashes them inside Java's serialization stream, which the list leaves out
 * (hiero-consensus-node, ConsensusSubmitMessageHandler.updateRunningHashAndSequenceNumber).
 */
export function nextRunningHash(previous: Uint8Array, next: HashedMessage): Buffer {
  const message = createHash('sha384').update(next.message).digest();
  return createHash('sha384')
    .update(FIRST_ARRAY)
    .update(uint32(previous.length))
    .update(previous)
    .update(BLOCK_OF_VALUES)
    .update(uint64(RUNNING_HASH_VERSION))
    .update(idBytes(next.payer))
    .update(idBytes(next.topicId))
    .update(uint64(next.consensusNs / NANOS_PER_SECOND))
    .update(uint32(Number(next.consensusNs % NANOS_PER_SECOND)))
    .update(uint64(next.sequenceNumber))
    .update(NEXT_ARRAY)
    .update(uint32(message.length))
    .update(message)
    .digest();
}

/** The running hash of a topic without a message. */
export function firstRunningHash(): Buffer {
  return Buffer.alloc(48);
}

function idBytes(id: string): Buffer {
  return Buffer.concat(partsOf(id).map((part) => uint64(BigInt(part))));
}

function uint64(value: bigint | number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
