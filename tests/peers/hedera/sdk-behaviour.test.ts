import { Status, Transaction } from '@hashgraph/sdk';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { announceSeed } from '../../contract/driver-host.ts';
import { until } from '../until.ts';
import { transactionIdText } from './entity-id.ts';
import type { Fault } from './fault-script.ts';
import { askFor, type HederaNetwork, startHederaNetwork } from './hedera-network.ts';
import { newOperatorKey } from './operator-key.ts';
import { createTopic, messageFor, OPERATOR_ID, receiptOf, sdkClient } from './sdk-client.ts';

/**
 * The real SDK against the stand-in: both must behave as the SDK is known to behave, else nothing that is tried against the
 * stand-in says anything about the network.
 */
const seed = announceSeed('sdk behaviour');
const key = newOperatorKey();
/** For a node that never answers. */
const HASTY_MS = 1000;
let network: HederaNetwork;
let client: ReturnType<typeof sdkClient>;
let topicId: string;

beforeAll(async () => {
  network = await startHederaNetwork({
    seed,
    operator: { id: OPERATOR_ID, publicKey: key.publicKey },
    consensusDelayMs: 0,
    mirrorDelayMs: 0,
    blockMs: 10,
  });
  client = sdkClient(network, key);
  topicId = await createTopic(client);
});

beforeEach(() => {
  client.close();
  client = sdkClient(network, key);
});

afterAll(async () => {
  client.close();
  await network.stop();
});

const onTopic = (text: string): number =>
  network.topics.get(topicId)?.messages.filter(({ message }) => Buffer.from(message).toString() === text).length ?? 0;

async function send(text: string): Promise<{ nodeId: string }> {
  const response = await messageFor(topicId, text).execute(client);
  return { nodeId: String(response.nodeId) };
}

describe('turned away by a node', () => {
  const RETRIED: readonly Fault[] = [
    'busy',
    'platform-transaction-not-created',
    'platform-not-active',
    'unknown',
    'invalid-node-account',
  ];

  it.each(RETRIED)('%s: the SDK goes on to the next node with the same id', async (fault) => {
    askFor(network, fault, 2);
    expect(await send(fault)).toEqual({ nodeId: '0.0.5' });
    expect(onTopic(fault)).toBe(1);
  });

  it('BUSY throughout: the SDK gives up', async () => {
    askFor(network, 'busy', 5);
    await expect(send('always busy')).rejects.toThrow(/max attempts of 5 was reached.*BUSY/);
    expect(onTopic('always busy')).toBe(0);
  });

  it.each<Fault>(['transaction-expired', 'invalid-transaction-start'])('%s: the SDK throws at once', async (fault) => {
    askFor(network, fault);
    await expect(send(fault)).rejects.toThrow(fault.toUpperCase().replaceAll('-', '_'));
    expect(onTopic(fault)).toBe(0);
  });
});

describe('a status of gRPC', () => {
  it.each<Fault>(['grpc-deadline-exceeded', 'grpc-resource-exhausted', 'grpc-unavailable', 'grpc-17', 'rst-stream'])(
    '%s: the SDK goes on to the next node',
    async (fault) => {
      askFor(network, fault);
      expect(await send(fault)).toEqual({ nodeId: '0.0.4' });
      expect(onTopic(fault)).toBe(1);
    },
  );

  it.each<Fault>(['grpc-cancelled', 'grpc-unknown', 'grpc-internal'])('%s: the SDK throws', async (fault) => {
    askFor(network, fault);
    await expect(send(fault)).rejects.toThrow('scripted fault');
    expect(onTopic(fault)).toBe(0);
  });
});

describe('accepted, and the reply is lost', () => {
  it.each<Fault>(['accepted-reset', 'accepted-hang', 'accepted-unavailable', 'accepted-busy'])(
    '%s: the SDK throws DUPLICATE_TRANSACTION although the message is on the topic',
    async (fault) => {
      if (fault === 'accepted-hang') client.setGrpcDeadline(HASTY_MS);
      askFor(network, fault);
      await expect(send(fault)).rejects.toThrow('DUPLICATE_TRANSACTION');
      expect(onTopic(fault)).toBe(1);
    },
  );

  it('a reply that does not parse: the SDK throws what protobufjs threw', async () => {
    askFor(network, 'accepted-unparsable');
    await expect(send('unparsable')).rejects.toThrow(RangeError);
    expect(onTopic('unparsable')).toBe(1);
  });

  it('the same bytes again have no second effect', async () => {
    const transaction = await (await messageFor(topicId, 'again').freezeWith(client)).signWithOperator(client);
    const bytes = transaction.toBytes();
    await Transaction.fromBytes(bytes).execute(client);
    await expect(Transaction.fromBytes(bytes).execute(client)).rejects.toThrow('DUPLICATE_TRANSACTION');
    expect(onTopic('again')).toBe(1);
  });
});

describe('receipts', () => {
  it.each<Fault>(['receipt-unknown', 'receipt-not-found'])('%s: polled, and given up without a word', async (fault) => {
    const { transactionId } = await messageFor(topicId, fault).execute(client);
    askFor(network, fault, 5);
    await expect(receiptOf(transactionId).execute(client)).rejects.toThrow(/max attempts of 5/);
    expect(String((await receiptOf(transactionId).execute(client)).status)).toBe('SUCCESS');
  });

  it('with a status only: sequence number 0 and no hash', async () => {
    const { transactionId } = await messageFor(topicId, 'bare').execute(client);
    askFor(network, 'receipt-status-only');
    const bare = await receiptOf(transactionId).execute(client);
    expect([String(bare.status), Number(bare.topicSequenceNumber), bare.topicRunningHash?.length]).toEqual([
      'SUCCESS',
      0,
      0,
    ]);
    expect(Number((await receiptOf(transactionId).execute(client)).topicSequenceNumber)).toBeGreaterThan(0);
  });

  it('that lie: the SDK believes them, and only the mirror tells', async () => {
    askFor(network, 'receipt-lies');
    const { transactionId } = await messageFor(topicId, 'never was').execute(client);
    const receipt = await receiptOf(transactionId).execute(client);
    expect([receipt.status, receipt.topicRunningHash?.length]).toEqual([Status.Success, 48]);
    expect(onTopic('never was')).toBe(0);
    const start = transactionId.validStart;
    const startNs = BigInt(String(start?.seconds)) * 1_000_000_000n + BigInt(String(start?.nanos));
    const answer = await fetch(`${network.mirrorUrl}/api/v1/transactions/${transactionIdText(OPERATOR_ID, startNs)}`);
    expect(answer.status).toBe(404);
  });

  it('THROTTLED_AT_CONSENSUS: response.getReceipt sends it again under another id', async () => {
    askFor(network, 'throttled-at-consensus');
    const response = await messageFor(topicId, 'throttled').execute(client);
    const before = network.transactions.length;
    expect(String((await response.getReceipt(client)).status)).toBe('SUCCESS');
    const added = network.transactions.slice(before - 1).map(({ id, effect }) => [id, effect.status]);
    expect(added.map(([, status]) => status)).toEqual(['THROTTLED_AT_CONSENSUS', 'SUCCESS']);
    expect(added[0]?.[0]).not.toBe(added[1]?.[0]);
  });

  it('of a node that died after it took the transaction: another node has it', async () => {
    askFor(network, 'node-dies-after-accepting');
    const response = await messageFor(topicId, 'orphan').execute(client);
    await until(
      () => network.isUp('0.0.3'),
      (isUp) => !isUp,
    );
    // It would come back by itself, before a busy computer has asked.
    network.cut('0.0.3');
    client.setGrpcDeadline(HASTY_MS);
    await expect(response.getReceipt(client)).rejects.toThrow();
    expect(String((await receiptOf(response.transactionId).execute(client)).status)).toBe('SUCCESS');
    network.restore();
  });
});

it('does not hear of a black-holed node again until the deadline, and asks the next one', async () => {
  client.setGrpcDeadline(HASTY_MS);
  network.blackHole('0.0.3');
  expect(await send('around the hole')).toEqual({ nodeId: '0.0.4' });
  network.restore('0.0.3');
  network.cut('0.0.3');
  expect(await send('around the cut')).toEqual({ nodeId: '0.0.4' });
  network.restore('0.0.3');
  expect(onTopic('around the cut')).toBe(1);
});
