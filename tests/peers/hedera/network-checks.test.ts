import {
  AccountBalanceQuery,
  AccountInfoQuery,
  Hbar,
  PrivateKey,
  TokenAssociateTransaction,
  TokenCreateTransaction,
  TokenMintTransaction,
  TokenSupplyType,
  TokenType,
  TopicCreateTransaction,
  TopicInfoQuery,
  TopicMessageSubmitTransaction,
  TopicUpdateTransaction,
  type TransactionId,
} from '@hashgraph/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { announceSeed } from '../../contract/driver-host.ts';
import { type HederaNetwork, startHederaNetwork } from './hedera-network.ts';
import { newOperatorKey } from './operator-key.ts';
import { proto } from './protobufs.ts';
import { createTopic, idStartedAgo, messageFor, OPERATOR_ID, receiptOf, sdkClient } from './sdk-client.ts';

/** What nodes turn away and what fails at consensus, with the real SDK asking. */
const seed = announceSeed('hedera network checks');
const key = newOperatorKey();
const strangerKey = newOperatorKey();
const memberKey = PrivateKey.generateED25519();
const QUICK = { seed, consensusDelayMs: 0, mirrorDelayMs: 0, blockMs: 10 };
let network: HederaNetwork;
let client: ReturnType<typeof sdkClient>;
let topicId: string;

beforeAll(async () => {
  network = await startHederaNetwork({ ...QUICK, operator: { id: OPERATOR_ID, publicKey: key.publicKey } });
  client = sdkClient(network, key);
  topicId = await createTopic(client);
});

afterAll(async () => {
  client.close();
  await network.stop();
});

const statusOf = async (id: TransactionId): Promise<string> => String((await receiptOf(id).execute(client)).status);

describe('turned away by a node', () => {
  it('a signature by another key', async () => {
    const stranger = sdkClient(network, strangerKey);
    await expect(messageFor(topicId, 'x').execute(stranger)).rejects.toThrow('INVALID_SIGNATURE');
    stranger.close();
  });

  it.each([
    ['TRANSACTION_EXPIRED', 50_500, 60],
    ['INVALID_TRANSACTION_START', -60_000, 60],
    ['INVALID_TRANSACTION_DURATION', 3000, 14],
    ['INVALID_TRANSACTION_DURATION', 3000, 181],
  ])('%s: started %i ms ago, for %i s', async (status, agoMs, durationS) => {
    const transaction = messageFor(topicId, 'x', idStartedAgo(agoMs));
    transaction.setTransactionValidDuration(durationS);
    await expect(transaction.execute(client)).rejects.toThrow(status);
  });

  it('takes one to the last second before the buffer of its time box', async () => {
    const transaction = messageFor(topicId, 'x', idStartedAgo(40_000)).setTransactionValidDuration(60);
    expect(await statusOf((await transaction.execute(client)).transactionId)).toBe('SUCCESS');
  });

  it('less than it costs, and more bytes than it may have', async () => {
    const cheap = messageFor(topicId, 'x').setMaxTransactionFee(Hbar.fromTinybars(666_666));
    await expect(cheap.execute(client)).rejects.toThrow('INSUFFICIENT_TX_FEE');
    const long = messageFor(topicId, 'x'.repeat(7000)).setChunkSize(7000);
    await expect(long.execute(client)).rejects.toThrow('TRANSACTION_OVERSIZE');
  });

  it('an account without balance', async () => {
    const operator = { id: OPERATOR_ID, publicKey: key.publicKey, balanceTinybars: 600_000n };
    const poor = await startHederaNetwork({ ...QUICK, operator });
    const poorClient = sdkClient(poor, key);
    await expect(messageFor(topicId, 'x').execute(poorClient)).rejects.toThrow('INSUFFICIENT_PAYER_BALANCE');
    poorClient.close();
    await poor.stop();
  });

  it('anything of a network whose clock is minutes away', async () => {
    const operator = { id: OPERATOR_ID, publicKey: key.publicKey };
    const early = await startHederaNetwork({ ...QUICK, operator, clockAheadMs: -120_000 });
    const earlyClient = sdkClient(early, key);
    await expect(messageFor(topicId, 'x').execute(earlyClient)).rejects.toThrow('INVALID_TRANSACTION_START');
    earlyClient.close();
    await early.stop();
  });
});

describe('at consensus', () => {
  it('fails a message that is too long, and one to a topic that is not there, and charges for it', async () => {
    const before = network.state.accounts.get(OPERATOR_ID)?.balance ?? 0n;
    const long = await messageFor(topicId, 'x'.repeat(1025)).setChunkSize(2000).execute(client);
    expect(await statusOf(long.transactionId)).toBe('MESSAGE_SIZE_TOO_LARGE');
    const nowhere = await messageFor('0.0.4', 'x').execute(client);
    expect(await statusOf(nowhere.transactionId)).toBe('INVALID_TOPIC_ID');
    // 0.0008 USD each at 12 cents for an hbar, and 0.00000068 USD for each byte over 100.
    const after = network.state.accounts.get(OPERATOR_ID)?.balance ?? 0n;
    expect(before - after).toBe(666_667n + 524_167n + 666_667n);
  });

  it('asks for the submit key of a topic, and for its admin key to change that', async () => {
    const keyed = new TopicCreateTransaction().setSubmitKey(memberKey).setAdminKey(memberKey).setTopicMemo('keyed');
    const created = await (await keyed.freezeWith(client).sign(memberKey)).execute(client);
    const id = String((await receiptOf(created.transactionId).execute(client)).topicId);
    const unsigned = await messageFor(id, 'x').execute(client);
    expect(await statusOf(unsigned.transactionId)).toBe('INVALID_SIGNATURE');
    const signed = await (await messageFor(id, 'x').freezeWith(client).sign(memberKey)).execute(client);
    expect(await statusOf(signed.transactionId)).toBe('SUCCESS');
    const change = new TopicUpdateTransaction().setTopicId(id).setTopicMemo('changed').freezeWith(client);
    const changed = await (await change.sign(memberKey)).execute(client);
    expect(await statusOf(changed.transactionId)).toBe('SUCCESS');
    const info = await new TopicInfoQuery().setTopicId(id).execute(client);
    expect([info.topicMemo, Number(info.sequenceNumber)]).toEqual(['changed', 1]);
  });

  it('takes long messages in chunks, each with the id of the first', async () => {
    const chunked = new TopicMessageSubmitTransaction().setTopicId(topicId).setMessage('y'.repeat(2500));
    const responses = await chunked.executeAll(client);
    const messages = network.topics.get(topicId)?.messages.slice(-3) ?? [];
    expect(responses).toHaveLength(3);
    expect(messages.map(({ chunk }) => chunk?.number)).toEqual([1, 2, 3]);
    expect(new Set(messages.map(({ chunk }) => chunk?.initialTransactionId))).toEqual(
      new Set([messages[0]?.transactionId]),
    );
  });

  it('takes an id that a second node has not heard of, and records it as a paid duplicate', async () => {
    const before = network.transactions.length;
    network.stall();
    network.faults.next('accepted-unavailable');
    const { transactionId } = await messageFor(topicId, 'once').execute(client);
    network.resume();
    expect(network.transactions.slice(before).map(({ effect, charged }) => [effect.status, charged])).toEqual([
      ['SUCCESS', 666_667n],
      ['DUPLICATE_TRANSACTION', 83_334n],
    ]);
    const receipt = await receiptOf(transactionId).setIncludeDuplicates(true).execute(client);
    expect([String(receipt.status), receipt.duplicates.map(({ status }) => String(status))]).toEqual([
      'SUCCESS',
      ['DUPLICATE_TRANSACTION'],
    ]);
    const path = `${network.mirrorUrl}/api/v1/transactions/${network.transactions.at(-1)?.id}`;
    await expect
      .poll(async () => ((await (await fetch(path)).json()) as { transactions?: { result: string }[] }).transactions)
      .toMatchObject([{ result: 'SUCCESS' }, { result: 'DUPLICATE_TRANSACTION' }]);
  });
});

describe('tokens', () => {
  it('mints NFTs up to their supply, each with its metadata', async () => {
    const create = new TokenCreateTransaction()
      .setTokenName('Renewable energy')
      .setTokenSymbol('HREC')
      .setTokenType(TokenType.NonFungibleUnique)
      .setSupplyType(TokenSupplyType.Finite)
      .setMaxSupply(2)
      .setTreasuryAccountId(OPERATOR_ID)
      .setSupplyKey(memberKey);
    const created = await create.execute(client);
    const tokenId = String((await receiptOf(created.transactionId).execute(client)).tokenId);
    const mint = async (...metadata: string[]): Promise<TransactionId> => {
      const transaction = new TokenMintTransaction()
        .setTokenId(tokenId)
        .setMetadata(metadata.map((m) => Buffer.from(m)));
      return (await (await transaction.freezeWith(client).sign(memberKey)).execute(client)).transactionId;
    };
    const receipt = await receiptOf(await mint('one', 'two')).execute(client);
    expect([receipt.serials.map(Number), Number(receipt.totalSupply)]).toEqual([[1, 2], 2]);
    expect(await statusOf(await mint('three'))).toBe('TOKEN_MAX_SUPPLY_REACHED');
    const unsigned = await new TokenMintTransaction()
      .setTokenId(tokenId)
      .setMetadata([Buffer.from('x')])
      .execute(client);
    expect(await statusOf(unsigned.transactionId)).toBe('INVALID_SIGNATURE');
    const associated = await new TokenAssociateTransaction()
      .setAccountId(OPERATOR_ID)
      .setTokenIds([tokenId])
      .execute(client);
    expect(await statusOf(associated.transactionId)).toBe('TOKEN_ALREADY_ASSOCIATED_TO_ACCOUNT');
  });

  it('mints amounts of a fungible one', async () => {
    const create = new TokenCreateTransaction()
      .setTokenName('Energy')
      .setTokenSymbol('WH')
      .setTreasuryAccountId(OPERATOR_ID)
      .setInitialSupply(5)
      .setSupplyKey(memberKey);
    const tokenId = String((await receiptOf((await create.execute(client)).transactionId).execute(client)).tokenId);
    const mint = new TokenMintTransaction().setTokenId(tokenId).setAmount(37).freezeWith(client);
    const minted = await (await mint.sign(memberKey)).execute(client);
    expect(Number((await receiptOf(minted.transactionId).execute(client)).totalSupply)).toBe(42);
  });
});

it('serves an account with a secp256k1 key, and the queries that cost', async () => {
  const ecdsa = PrivateKey.generateECDSA();
  const publicKey = proto.Key.encode({ ECDSASecp256k1: ecdsa.publicKey.toBytesRaw() }).finish();
  const other = await startHederaNetwork({ ...QUICK, operator: { id: OPERATOR_ID, publicKey } });
  const otherClient = sdkClient(other, key);
  otherClient.setOperator(OPERATOR_ID, ecdsa);
  expect(await createTopic(otherClient)).toBe('0.0.5005');
  const info = await new AccountInfoQuery().setAccountId(OPERATOR_ID).execute(otherClient);
  expect(info.key?.toString()).toBe(ecdsa.publicKey.toString());
  const balance = await new AccountBalanceQuery().setAccountId(OPERATOR_ID).execute(otherClient);
  // Topic 0.01 USD; query 0.0001 USD, of which the SDK offers a tenth more, and as much for the transfer that pays it.
  expect(BigInt(String(balance.hbars.toTinybars()))).toBe(100_000_000_000n - 8_333_334n - 91_667n - 83_334n);
  otherClient.setOperator(OPERATOR_ID, PrivateKey.generateECDSA());
  await expect(messageFor('0.0.5005', 'x').execute(otherClient)).rejects.toThrow('INVALID_SIGNATURE');
  otherClient.close();
  await other.stop();
});
