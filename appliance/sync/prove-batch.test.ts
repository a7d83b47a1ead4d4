import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { present } from '../../core/model/assert.ts';
import { seededRandom } from '../../core/model/random.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import { openStore } from '../../core/store/open-store.ts';
import { batchAt } from '../../core/sync/sealed-batches.ts';
import { MirrorClient } from '../../core/sync/targets/hedera/mirror.ts';
import { type HederaReceiptFacts, hederaReceipt } from '../../core/sync/targets/hedera/receipt.ts';
import { benchReading } from '../../tests/bench/ledger-readings.ts';
import { SimulatedClock } from '../../tests/fault/simulated-clock.ts';
import { sealBatch } from '../../tests/fixtures/batch-sealing.ts';
import { HederaNetwork, testHederaKey } from '../../tests/fixtures/hedera-network.ts';
import { testGenesis, testKey, testRecorder } from '../../tests/fixtures/ledger.ts';
import { SealedLedger } from '../../tests/fixtures/sealed-ledger.ts';
import { batchProver } from './batch-prover.ts';
import { type BatchProof, proveBatch } from './prove-batch.ts';

const OPERATOR = '0.0.1001';
const READING = 4;

let store: WritableStore;
let clock: SimulatedClock;
let network: HederaNetwork;
let ledger: SealedLedger;
let batch: number;
let topicId: string;
let mirror: MirrorClient;

beforeEach(async () => {
  store = openStore(':memory:', { access: 'write' });
  clock = new SimulatedClock(Date.UTC(2026, 9, 1));
  const key = testHederaKey('operator');
  network = new HederaNetwork({ clock, random: seededRandom(1), operatorId: OPERATOR, key });
  mirror = new MirrorClient({ url: 'https://mirror.example', fetch: network.fetch, clock });
  topicId = network.addTopic(key, 'a plant');
  const recorder = testRecorder(store);
  recorder.record([testGenesis]);
  recorder.record(Array.from({ length: 12 }, (_, n) => benchReading(n, testKey)));
  batch = sealBatch({ store, key: testKey, recorder, targets: ['hedera'] });
  ledger = new SealedLedger(store, recorder);
  network.post(topicId, OPERATOR, Buffer.from('of somebody else'));
  network.post(topicId, OPERATOR, Buffer.from(messageOf(batch)));
  await pass(60_000);
});
afterEach(() => store.close());

async function pass(ms: number): Promise<void> {
  await clock.run(new Promise<void>((resolve) => clock.after(ms, resolve)));
}

const messageOf = (index: number): string => present(batchAt(store, index), 'the batch').message;

/** The receipt that the target gives for message `sequence`, with a lie. */
function receive(lie: Partial<HederaReceiptFacts> = {}, sequence = 2): void {
  const message = present(network.topics.get(topicId)?.messages[sequence - 1], 'the message on the topic');
  const { consensusAt, runningHash, validStart, payerId } = message;
  const facts = { network: 'testnet', topicId, sequence, consensusAt, runningHash } as const;
  ledger.deliver('hedera', batch, hederaReceipt({ ...facts, transactionId: { payerId, validStart }, ...lie }));
}

function prove(reading?: number): Promise<BatchProof> {
  const parts = { store, nowMs: clock.wallMs(), mirrorOf: () => mirror };
  return clock.run(proveBatch(parts, present(batchAt(store, batch), 'the batch'), reading));
}

const outcomes = ({ steps }: BatchProof): unknown =>
  Object.fromEntries(steps.map(({ step, outcome }) => [step, outcome]));

const HELD = {
  fetched: 'holds',
  place: 'holds',
  content: 'holds',
  payer: 'holds',
  'running-hash': 'holds',
  signature: 'holds',
  statement: 'holds',
  period: 'holds',
  root: 'holds',
  entries: 'holds',
};

test('everything of a batch and of a reading in it holds, and each step says what was held against what', async () => {
  receive();
  const proof = await prove(READING);
  expect(outcomes(proof)).toEqual({ ...HELD, reading: 'holds' });
  expect(proof).toMatchObject({
    batch,
    reading: READING,
    outcome: 'holds',
    mirrorUrl: 'https://mirror.example',
    messageUrl: `https://mirror.example/api/v1/topics/${topicId}/messages/2`,
    hashscanUrl: expect.stringContaining('https://hashscan.io/testnet/transaction/0.0.1001@'),
    laterDecision: null,
  });
  const said = proof.steps.map(({ sentence }) => sentence).join(' ');
  expect(said).toContain('byte for byte');
  expect(said).toContain(`number 2 of topic ${topicId}`);
  expect(said).toContain(`Each of the ${batch} entries of the run`);
  expect(outcomes(await prove())).toEqual(HELD);
});

describe('what the mirror has otherwise than the ledger', () => {
  test.each<[string, Partial<HederaReceiptFacts>, Record<string, string>]>([
    ['the time', { consensusAt: 5n }, { place: 'differs' }],
    ['the running hash', { runningHash: Buffer.alloc(48, 1) }, { 'running-hash': 'differs' }],
    [
      'who sent it',
      { transactionId: { payerId: OPERATOR, validStart: 7n } },
      { payer: expect.stringMatching(/differs|not-there/) },
    ],
  ])('%s', async (_, lie, differing) => {
    receive(lie);
    const proof = await prove();
    expect(outcomes(proof)).toEqual({ ...HELD, ...differing });
    expect(proof.outcome).toMatch(/differs|not-there/);
    expect(proof.summary).toMatch(/not proven/i);
  });

  test('another message in its place', async () => {
    receive({}, 1);
    const proof = await prove();
    expect(outcomes(proof)).toEqual({ ...HELD, content: 'differs' });
    expect(proof.steps.find(({ step }) => step === 'content')?.sentence).toContain('from byte 1 on');
  });

  test('a mirror that changed the message and not the running hash', async () => {
    receive();
    network.falsify = (message) => (message.sequence === 2 ? { ...message, message: Buffer.from('x') } : message);
    expect(outcomes(await prove())).toEqual({ ...HELD, content: 'differs', 'running-hash': 'differs' });
  });
});

describe('what the ledger has otherwise than it was sealed', () => {
  test.each([
    [
      'an entry',
      "UPDATE entries SET bytes = CAST(bytes || ' ' AS BLOB) WHERE idx = 4",
      { entries: 'differs', reading: 'differs' },
    ],
    ['the tree', 'UPDATE nodes SET hash = zeroblob(32)', { root: 'differs', entries: 'differs', reading: 'differs' }],
  ])('%s', async (_, sql, differing) => {
    receive();
    for (const { name } of store.all<{ name: string }>(
      "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name IN ('entries', 'nodes')",
    )) {
      store.run(`DROP TRIGGER "${name}"`);
    }
    store.run(sql);
    expect(outcomes(await prove(READING))).toEqual({ ...HELD, ...differing });
  });

  test('a reading of another batch', async () => {
    receive();
    expect(outcomes(await prove(batch))).toEqual({ ...HELD, reading: 'differs' });
  });

  test('a message that another key signed, sent and recorded as it is', async () => {
    const forged = messageOf(batch).replace(/"sig":"../, '"sig":"AA');
    store.run('UPDATE batches SET message = ? WHERE idx = ?', forged, batch);
    network.post(topicId, OPERATOR, Buffer.from(forged));
    await pass(10_000);
    receive({}, 3);
    expect(outcomes(await prove())).toEqual({ ...HELD, signature: 'differs', statement: 'differs' });
  });
});

describe('what cannot be looked at is not called wrong', () => {
  test('the link is down', async () => {
    receive();
    network.isLinkUp = false;
    const proof = await prove();
    expect(proof).toMatchObject({
      outcome: 'not-reached',
      summary: expect.stringContaining('says nothing against it'),
    });
    expect(outcomes(proof)).toMatchObject({ fetched: 'not-reached', root: 'holds', entries: 'holds' });
  });

  test('the mirror lags behind, and later it should have it', async () => {
    receive({ sequence: 3, consensusAt: BigInt(clock.wallMs() + 30_000) * 1_000_000n });
    expect((await prove()).steps[0]).toMatchObject({
      outcome: 'not-there',
      sentence: expect.stringContaining('Ask again later'),
    });
    await pass(60_000);
    expect((await prove()).steps[0]).toMatchObject({
      outcome: 'not-there',
      sentence: expect.stringContaining('and should'),
    });
  });

  test('nothing was delivered yet, or no public target was due', async () => {
    const proof = await prove();
    expect(proof).toMatchObject({ outcome: 'not-there', mirrorUrl: null, messageUrl: null, hashscanUrl: null });
    expect(proof.steps[0]?.sentence).toContain('the delivery is waiting');
    const own = ledger.seal(0, 2, ['file'], messageOf(batch).replace('"', ' "'));
    const parts = { store, nowMs: clock.wallMs(), mirrorOf: () => mirror };
    const ofFile = await clock.run(proveBatch(parts, present(batchAt(store, own), 'it')));
    expect(ofFile.steps[0]).toMatchObject({
      outcome: 'not-checked',
      sentence: expect.stringContaining('not sealed for Hedera'),
    });
  });

  test('a network of its own whose mirror nobody names', async () => {
    receive({ network: 'private' });
    const secrets = { read: () => ({ kind: 'secret', text: '' }) as const };
    const prover = batchProver({ config: {}, store, clock, environment: {}, secrets });
    const proof = await clock.run(prover({ batch }));
    expect(proof).toMatchObject({ outcome: 'not-checked', mirrorUrl: null });
    expect(proof.steps[0]?.sentence).toContain('sync.hedera.mirror');
    await expect(prover({ batch: 3 })).rejects.toMatchObject({ code: 'SYN_NO_BATCH' });
    await expect(prover({ reading: batch + 7 })).rejects.toMatchObject({ code: 'SYN_NOT_SEALED' });
  });
});
