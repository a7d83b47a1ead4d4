import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Recorder } from '../../core/ledger/recorder.ts';
import { type Random, seededRandom } from '../../core/model/random.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import { openStore } from '../../core/store/open-store.ts';
import type { Batch } from '../../core/sync/batch.ts';
import { enqueue, keptOutbox, listItems } from '../../core/sync/kept-outbox.ts';
import { TargetLane } from '../../core/sync/lane.ts';
import type { Outbox } from '../../core/sync/outbox.ts';
import { type HederaTargetParts, hederaTarget } from '../../core/sync/targets/hedera/hedera-target.ts';
import { announceSeed } from '../contract/driver-host.ts';
import { SimulatedClock } from '../fault/simulated-clock.ts';
import { HederaNetwork, testHederaKey } from '../fixtures/hedera-network.ts';
import { KeptTopic } from '../fixtures/kept-topic.ts';
import { testGenesis, testRecorder } from '../fixtures/ledger.ts';

const SEED = announceSeed('guards of Hedera');
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };
const OPERATOR = '0.0.1001';
const KEY = testHederaKey('operator');

let store: WritableStore;
let recorder: Recorder<WritableStore>;
let clock: SimulatedClock;
let random: Random;
let network: HederaNetwork;
let keeper: KeptTopic;

beforeEach(() => {
  store = openStore(':memory:', { access: 'write' });
  recorder = testRecorder(store);
  recorder.record([testGenesis]);
  clock = new SimulatedClock(Date.UTC(2026, 9, 1));
  random = seededRandom(SEED);
  network = new HederaNetwork({ clock, random, operatorId: OPERATOR, key: KEY });
  keeper = new KeptTopic();
});

afterEach(() => store.close());

function outbox(): Outbox {
  return keptOutbox({
    store,
    recordReceipt: (body, alongside) => {
      const index = recorder.head().size;
      recorder.record([{ kind: 'receipt', body }], (write) => alongside(write, index));
    },
  });
}

function sealOne(number: number): Batch {
  const index = recorder.head().size;
  const message = JSON.stringify({ forebay: 1, number });
  const id = createHash('sha256').update(message).digest('hex');
  const batch = { index, id, message, first: index - 1, end: index, size: index };
  const body = { v: 1, id, message, first: batch.first, end: index, size: index, targets: ['hedera'] };
  recorder.record([{ kind: 'batch', body }], (write) => enqueue(write, batch, clock.wallMs(), ['hedera']));
  return batch;
}

function laneOf(more: Partial<HederaTargetParts> = {}): TargetLane {
  const target = hederaTarget({
    network: 'testnet',
    mirrorUrl: 'https://mirror.example',
    fetch: network.fetch,
    operatorId: OPERATOR,
    plantId: 'HP-001',
    feeMaxTinybars: 100_000_000,
    isDemo: false,
    unconfirmed: () => undefined,
    keeper,
    isHistoryLost: () => false,
    isOpen: () => true,
    clock,
    random,
    log: SILENT,
    open: () => Promise.resolve({ kind: 'open', port: network.port, publicKey: KEY }),
    ...more,
  });
  const lane = new TargetLane({ target, outbox: outbox(), clock, random, log: SILENT });
  lane.start();
  return lane;
}

async function pass(ms: number): Promise<void> {
  await clock.run(new Promise<void>((resolve) => clock.after(ms, resolve)));
}

function arrivals(batches: readonly Batch[]): readonly number[] {
  const texts = [...network.topics.values()].flatMap(({ messages }) =>
    messages.map(({ message }) => Buffer.from(message).toString('utf8')),
  );
  return batches.map(({ message }) => texts.filter((text) => text === message).length);
}

const UNCONFIRMED = { code: 'SYN_TEST_UNCONFIRMED', message: 'Nobody confirmed it.' };

test.each([
  ['by its name', { network: 'mainnet' }],
  ['by its mirror', { network: 'private', mirrorUrl: 'https://mainnet.mirrornode.hedera.com' }],
] as const)(
  'nothing is asked, signed or made on the mainnet, %s, before a person confirmed it',
  async (_how, where) => {
    let unconfirmed: typeof UNCONFIRMED | undefined = UNCONFIRMED;
    const batches = [sealOne(0), sealOne(1)];
    const lane = laneOf({ ...where, unconfirmed: () => unconfirmed });
    await pass(3_600_000);
    expect(lane.status().fault).toEqual(UNCONFIRMED);
    const { requests, sends, topics } = network;
    expect([requests.length, sends, topics.size, keeper.intents().length]).toEqual([0, 0, 0, 0]);
    expect(listItems(store, 'hedera', 'waiting')).toHaveLength(2);
    unconfirmed = undefined;
    lane.wake(true);
    await pass(600_000);
    await clock.run(lane.stop());
    expect(arrivals(batches)).toEqual([1, 1]);
  },
);

test('what is no mainnet needs no confirmation', async () => {
  const batch = sealOne(0);
  const lane = laneOf({ unconfirmed: () => UNCONFIRMED });
  await pass(60_000);
  await clock.run(lane.stop());
  expect(arrivals([batch])).toEqual([1]);
});
