import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openHedera } from '../../appliance/sync/open-hedera.ts';
import { systemClock } from '../../appliance/system-clock.ts';
import type { HederaConfig, PlantConfig } from '../../core/config/plant.ts';
import type { Recorder } from '../../core/ledger/recorder.ts';
import { seededRandom } from '../../core/model/random.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import { openStore } from '../../core/store/open-store.ts';
import type { Batch } from '../../core/sync/batch.ts';
import { enqueue, keptOutbox } from '../../core/sync/kept-outbox.ts';
import { TargetLane } from '../../core/sync/lane.ts';
import type { Outbox } from '../../core/sync/outbox.ts';
import { announceSeed } from '../contract/driver-host.ts';
import { testGenesis, testKey, testRecorder } from '../fixtures/ledger.ts';
import type { Fault } from './hedera/fault-script.ts';
import { type HederaNetwork, type HederaNetworkOptions, startHederaNetwork } from './hedera/hedera-network.ts';
import { until } from './until.ts';

const SEED = announceSeed('Hedera over the real wire');
const OPERATOR = '0.0.1001';
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const RAW = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
const KEY_TEXT = String(privateKey.export({ format: 'pem', type: 'pkcs8' }));
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

let folder: string;
let store: WritableStore;
let recorder: Recorder<WritableStore>;
let network: HederaNetwork;
let lane: TargetLane | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forebay-hedera-'));
  store = openStore(join(folder, 'ledger.db'), { access: 'write' });
  recorder = testRecorder(store);
  recorder.record([testGenesis]);
});

afterEach(async () => {
  await lane?.stop();
  lane = undefined;
  await network.stop();
  store.close();
  rmSync(folder, { recursive: true });
});

function outbox(): Outbox {
  return keptOutbox({
    store,
    recordReceipt: (body, alongside) => {
      const index = recorder.head().size;
      recorder.record([{ kind: 'receipt', body }], (write) => alongside(write, index));
    },
  });
}

function seal(count: number): readonly Batch[] {
  return Array.from({ length: count }, (_, number) => {
    const index = recorder.head().size;
    const message = JSON.stringify({ forebay: 1, number, filling: 'x'.repeat(350) });
    const id = createHash('sha256').update(message).digest('hex');
    const batch = { index, id, message, first: index - 1, end: index, size: index };
    const body = { v: 1, id, message, first: batch.first, end: index, size: index, targets: ['hedera'] };
    recorder.record([{ kind: 'batch', body }], (write) => enqueue(write, batch, systemClock.wallMs(), ['hedera']));
    return batch;
  });
}

async function begin(options: Partial<HederaNetworkOptions> = {}): Promise<void> {
  network = await startHederaNetwork({ seed: SEED, operator: { id: OPERATOR, publicKey: RAW }, ...options });
}

function deliver(more: Partial<HederaConfig> = {}): TargetLane {
  const hedera: HederaConfig = {
    nodes: network.nodes,
    mirror: network.mirrorUrl,
    operatorId: OPERATOR,
    operatorKeyFile: 'hedera.key',
    ...more,
  };
  const parts = { store, clock: systemClock, random: seededRandom(SEED), log: SILENT, key: testKey };
  const target = openHedera(
    {
      ...parts,
      config: { plant: { id: 'HP-001' }, sync: { hedera } } as PlantConfig,
      head: () => recorder.head(),
      record: (entries, alongside) => recorder.record(entries, alongside),
      secrets: { read: () => ({ kind: 'secret', text: KEY_TEXT }) },
      environment: {},
    },
    hedera,
  );
  lane = new TargetLane({ ...parts, target, outbox: outbox() });
  lane.start();
  return lane;
}

function texts(): readonly string[] {
  return [...network.topics.values()].flatMap(({ messages }) =>
    messages.map(({ message }) => Buffer.from(message).toString('utf8')),
  );
}

test('a week of hourly batches goes out through the real SDK, each once, on a topic that is made for it', async () => {
  await begin();
  const batches = seal(168);
  deliver();
  await until(
    () => outbox().counts('hedera').delivered,
    (count) => count === batches.length,
  );
  expect([...texts()].sort()).toEqual(batches.map(({ message }) => message).sort());
  expect(network.topics.size).toBe(1);
  const entries = store.all<{ kind: string }>("SELECT kind FROM entries WHERE kind = 'topic'");
  expect(entries).toHaveLength(1);
});

test("nothing goes to nodes in one's own network whose mirror shows that they are the mainnet's", async () => {
  await begin();
  // As the SDK's own address book of the mainnet has it.
  network.state.addressBook = [{ accountId: '0.0.4', host: '35.186.191.247', certificateHash: 'ab'.repeat(48) }];
  seal(1);
  const begun = deliver();
  await until(
    () => begun.status().fault?.code,
    (code) => code === 'SYN_HEDERA_MAINNET_UNCONFIRMED',
  );
  expect(network.transactions).toEqual([]);
  // Demonstration data is never confirmed for it.
  begun.wake(true);
  await until(
    () => outbox().counts('hedera').parked,
    (count) => count === 1,
  );
  expect([network.transactions.length, network.topics.size]).toEqual([0, 0]);
});

/** Those that an attempt gets over by itself; after the others it takes the two minutes until its id can happen no more. */
const QUICK_FAULTS: readonly Fault[] = [
  'busy',
  'platform-transaction-not-created',
  'platform-not-active',
  'invalid-node-account',
  'grpc-resource-exhausted',
  'grpc-unavailable',
  'rst-stream',
  'accepted-reset',
  'accepted-unavailable',
  'accepted-busy',
  'accepted-unparsable',
  'receipt-unknown',
  'receipt-status-only',
  'mirror-stale-replica',
  'mirror-404',
  'mirror-429',
  'mirror-500',
  'mirror-html',
];
/** FOREBAY_HEDERA_FAULTS=0.05 for every fault that the network knows, which takes some minutes. */
const SHARE = Number(process.env.FOREBAY_HEDERA_FAULTS ?? 0);

test('with nodes and mirror failing in turn, each message arrives once, and no second topic is made', async () => {
  await begin({ faults: SHARE > 0 ? SHARE : Object.fromEntries(QUICK_FAULTS.map((fault) => [fault, 0.06])) });
  const batches = seal(40);
  const begun = deliver();
  const arrived = async (): Promise<number> => {
    await new Promise((resolve) => setTimeout(resolve, 200));
    outbox().hurry(['hedera']);
    begun.wake(true);
    return outbox().counts('hedera').delivered;
  };
  for (let look = 0; look < 50 && (await arrived()) < batches.length; look += 1);
  network.calm();
  for (let look = 0; look < 1200 && (await arrived()) < batches.length; look += 1);
  expect([...texts()].sort()).toEqual(batches.map(({ message }) => message).sort());
  expect(network.topics.size).toBe(1);
}, 300_000);
