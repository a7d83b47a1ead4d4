import { sign } from 'node:crypto';
import {
  AccountId,
  Client,
  PublicKey,
  Timestamp,
  TopicCreateTransaction,
  TopicMessageSubmitTransaction,
  TransactionId,
  TransactionReceiptQuery,
} from '@hashgraph/sdk';
import type { HederaNetwork } from './hedera-network.ts';
import type { OperatorKey } from './operator-key.ts';

/** How often a receipt is asked for that is sure to come. */
const PATIENCE = 1000;

export const OPERATOR_ID = '0.0.1001';

/** The real SDK's client on a network, with pauses as short as it lets them be and patience with a busy computer. */
export function sdkClient(network: HederaNetwork, key: OperatorKey): Client {
  const client = Client.forNetwork({ ...network.nodes }, { scheduleNetworkUpdate: false });
  client.setRequestTimeout(300_000).setGrpcDeadline(60_000).setMaxAttempts(5).setMinBackoff(10);
  client.setNodeMinBackoff(10).setNodeMaxBackoff(20).setNodeMinReadmitPeriod(10).setNodeMaxReadmitPeriod(50);
  client.setOperatorWith(OPERATOR_ID, PublicKey.fromBytesED25519(key.publicKey), async (bytes) =>
    sign(null, bytes, key.privateKey),
  );
  return client;
}

export const nodeIds = (...numbers: number[]): AccountId[] => numbers.map((number) => new AccountId(number));

/** A transaction id that starts this long ago. */
export function idStartedAgo(agoMs: number): TransactionId {
  const startMs = Date.now() - agoMs;
  const nanos = (startMs % 1000) * 1_000_000 + Math.floor(Math.random() * 1_000_000);
  return TransactionId.withValidStart(
    AccountId.fromString(OPERATOR_ID),
    new Timestamp(Math.floor(startMs / 1000), nanos),
  );
}

/** A message for nodes 3, 4 and 5 in this order, not yet frozen. */
export function messageFor(topicId: string, text: string, id = idStartedAgo(3000)): TopicMessageSubmitTransaction {
  return new TopicMessageSubmitTransaction()
    .setTopicId(topicId)
    .setMessage(text)
    .setTransactionId(id)
    .setNodeAccountIds(nodeIds(3, 4, 5))
    .setMaxBackoff(20);
}

/** Creates a topic without keys on a network that misbehaves in nothing, and gives its id. */
export async function createTopic(client: Client): Promise<string> {
  const response = await new TopicCreateTransaction().setTransactionId(idStartedAgo(3000)).execute(client);
  const receipt = await receiptOf(response.transactionId).setMaxAttempts(PATIENCE).execute(client);
  return String(receipt.topicId);
}

/** Asks any node, and takes whatever status there is. */
export function receiptOf(id: TransactionId): TransactionReceiptQuery {
  return new TransactionReceiptQuery()
    .setTransactionId(id)
    .setNodeAccountIds(nodeIds(4, 5, 6))
    .setValidateStatus(false)
    .setMaxAttempts(5)
    .setMaxBackoff(20);
}
