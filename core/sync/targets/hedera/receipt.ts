import { z } from 'zod';
import type { JsonObject } from '../../../model/json.ts';
import { instantIso, instantText, type Nanos, parseInstant } from './instant.ts';
import { RUNNING_HASH_BYTES } from './running-hash.ts';
import { parseTransactionId, type TransactionId, transactionIdText } from './transaction-id.ts';

/** The networks that everybody can look into, and `private` for nodes of one's own. */
export const RECEIPT_NETWORKS = ['mainnet', 'testnet', 'previewnet', 'private'] as const;
export type ReceiptNetwork = (typeof RECEIPT_NETWORKS)[number];

export interface HederaReceiptFacts {
  readonly network: ReceiptNetwork;
  readonly topicId: string;
  readonly sequence: number;
  readonly consensusAt: Nanos;
  /** Of the topic after the message, 48 bytes. */
  readonly runningHash: Uint8Array;
  readonly transactionId: TransactionId;
}

/** The body of a receipt of this target, as it stands in a `receipt` entry. Binding: docs/sync.md. */
export function hederaReceipt(facts: HederaReceiptFacts): JsonObject {
  const transactionId = transactionIdText(facts.transactionId);
  return {
    network: facts.network,
    topic: facts.topicId,
    sequence: facts.sequence,
    consensusTimestamp: instantText(facts.consensusAt),
    consensusAt: instantIso(facts.consensusAt),
    runningHash: Buffer.from(facts.runningHash).toString('base64'),
    runningHashVersion: 3,
    transactionId,
    hashscan: hashscanUrl(facts.network, transactionId),
  };
}

/** The transaction in HashScan, the public explorer; null for nodes of one's own, which it does not know. */
function hashscanUrl(network: ReceiptNetwork, transactionId: string): string | null {
  return network === 'private' ? null : `https://hashscan.io/${network}/transaction/${transactionId}`;
}

const receiptSchema = z.looseObject({
  network: z.enum(RECEIPT_NETWORKS),
  topic: z.string(),
  sequence: z.int().min(1),
  consensusTimestamp: z.string(),
  runningHash: z.string(),
  transactionId: z.string(),
});

/** What a receipt of this target says; undefined when the body has not its form. */
export function readHederaReceipt(body: unknown): HederaReceiptFacts | undefined {
  const read = receiptSchema.safeParse(body);
  if (!read.success) return undefined;
  const { network, topic, sequence, consensusTimestamp, runningHash: text, transactionId: id } = read.data;
  const consensusAt = parseInstant(consensusTimestamp);
  const transactionId = parseTransactionId(id);
  const runningHash = Buffer.from(text, 'base64');
  if (consensusAt === undefined || transactionId === undefined) return undefined;
  if (runningHash.length !== RUNNING_HASH_BYTES) return undefined;
  return { network, topicId: topic, sequence, consensusAt, runningHash, transactionId };
}
