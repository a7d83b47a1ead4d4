import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Recorder } from '../../core/ledger/recorder.ts';
import { present } from '../../core/model/assert.ts';
import { sleep } from '../../core/model/clock.ts';
import type { JsonObject } from '../../core/model/json.ts';
import { type Random, seededRandom } from '../../core/model/random.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import { openStore } from '../../core/store/open-store.ts';
import type { Batch } from '../../core/sync/batch.ts';
import { enqueue, keptOutbox, listItems } from '../../core/sync/kept-outbox.ts';
import { TargetLane } from '../../core/sync/lane.ts';
import type { Outbox } from '../../core/sync/outbox.ts';
import type { Delivery } from '../../core/sync/target.ts';
import { type HederaTargetParts, hederaTarget } from '../../core/sync/targets/hedera/hedera-target.ts';
import { readHederaReceipt } from '../../core/sync/targets/hedera/receipt.ts';
import { announceSeed } from '../contract/driver-host.ts';
import { SimulatedClock } from '../fault/simulated-clock.ts';
import { HederaNetwork, testHederaKey } from '../fixtures/hedera-network.ts';
import { KeptTopic } from '../fixtures/kept-topic.ts';
import { testGenesis, testRecorder } from '../fixtures/ledger.ts';

const SEED = announceSeed('Hedera lanes');
/** FOREBAY_HEDERA_LIVES=200 for the long run. */
const LIVES = Number(process.env.FOREBAY_HEDERA_LIVES ?? 12);
const START_MS = Date.UTC(2026, 9, 1);
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };
const OPERATOR = '0.0.1001';
const NEVER = new AbortController().signal;
const KEY = testHederaKey('operator');

let folder: string;
let store: WritableStore;
let recorder: Recorder<WritableStore>;
let clock: SimulatedClock;
let random: Random;
let network: HederaNetwork;
let keeper: KeptTopic;
let receipts: JsonObject[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forebay-hedera-lane-'));
  store = openStore(join(folder, 'ledger.db'), { access: 'write' });
  recorder = testRecorder(store);
  recorder.record([testGenesis]);
  clock = new SimulatedClock(START_MS);
  random = seededRandom(SEED);
  network = new HederaNetwork({ clock, random, operatorId: OPERATOR, key: KEY });
  keeper = new KeptTopic();
  receipts = [];
});

afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

function outbox(): Outbox {
  return keptOutbox({
    store,
    recordReceipt: (body, alongside) => {
      const index = recorder.head().size;
      recorder.record([{ kind: 'receipt', body }], (write) => alongside(write, index));
      receipts.push(body);
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

function partsOf(): HederaTargetParts {
  return {
    network: 'testnet',
    mirrorUrl: 'https://mirror.example',
    fetch: network.fetch,
    operatorId: OPERATOR,
    plantId: 'HP-001',
    ledger: '56475aa7',
    feeMaxTinybars: 100_000_000,
    isDemo: false,
    isMainnet: () => false,
    unconfirmed: () => undefined,
    lostAtMs: () => undefined,
    keeper,
    isHistoryLost: () => false,
    isOpen: () => true,
    clock,
    random,
    log: SILENT,
    open: () => Promise.resolve({ kind: 'open', port: network.port, publicKey: KEY }),
  };
}

function deliveryOf(batch: Batch): Delivery {
  return { batch, intents: [], keepIntent: () => Promise.resolve() };
}

function laneOf(more: Partial<HederaTargetParts> = {}): TargetLane {
  const target = hederaTarget({ ...partsOf(), ...more });
  const lane = new TargetLane({ target, outbox: outbox(), clock, random, log: SILENT });
  lane.start();
  return lane;
}

async function pass(ms: number): Promise<void> {
  await clock.run(new Promise<void>((resolve) => clock.after(ms, resolve)));
}

/** How often the message of each batch is on the plant's topic. */
function arrivals(batches: readonly Batch[], topicId = keeper.made('testnet') ?? ''): readonly number[] {
  const texts = network.topics.get(topicId)?.messages.map(({ message }) => Buffer.from(message).toString('utf8')) ?? [];
  return batches.map(({ message }) => texts.filter((text) => text === message).length);
}

test('every message arrives once, and one topic is made, through faults, link cuts, mirrors that lag and crashes', async () => {
  network.faultShare = 0.1;
  const batches: Batch[] = [];
  for (let life = 0; life < LIVES; life += 1) {
    const lane = laneOf();
    for (let step = 0; step < 4; step += 1) {
      for (let count = 0; count < 4; count += 1) batches.push(sealOne(batches.length));
      network.isLinkUp = random.next() < 0.75;
      lane.wake(true);
      await pass(random.next() < 0.5 ? 3000 * random.next() : 90_000 * random.next());
    }
    if (random.next() < 0.4) await clock.run(lane.stop());
    else lane.abandon();
  }
  network.isLinkUp = true;
  network.faultShare = 0;
  const lane = laneOf();
  await pass(7_200_000);
  expect(outbox().counts('hedera')).toMatchObject({ waiting: 0, sending: 0, unknown: 0, parked: 0 });
  await clock.run(lane.stop());
  expect(arrivals(batches)).toEqual(batches.map(() => 1));
  expect(keeper.topics).toHaveLength(1);
  expect([...network.topics.keys()]).toEqual([keeper.made('testnet')]);
  // Each receipt names the very message that is on the topic.
  const messages = [...network.topics.values()].flatMap((topic) => topic.messages);
  for (const { receipt, id } of receipts) {
    const facts = readHederaReceipt(receipt);
    const message = messages.find(({ sequence }) => sequence === facts?.sequence);
    expect(
      createHash('sha256')
        .update(message?.message ?? '')
        .digest('hex'),
    ).toBe(id);
    expect(Buffer.from(message?.runningHash ?? []).equals(facts?.runningHash ?? Buffer.of())).toBe(true);
    expect(facts?.transactionId.validStart).toBe(message?.validStart);
  }
  expect(receipts).toHaveLength(batches.length);
});

test('a backlog of 168 batches drains in seconds, with a handful of questions to the mirror', async () => {
  const batches = Array.from({ length: 168 }, (_, number) => sealOne(number));
  const lane = laneOf();
  const begunMs = clock.wallMs();
  while (outbox().counts('hedera').delivered < batches.length) await pass(250);
  expect(clock.wallMs() - begunMs).toBeLessThan(30_000);
  expect(network.requests.length).toBeLessThan(100);
  await clock.run(lane.stop());
  expect(arrivals(batches)).toEqual(batches.map(() => 1));
});

test('a store that was restored from a backup asks the topic before it sends what may be there already', async () => {
  const batches = [sealOne(0), sealOne(1)];
  const first = laneOf();
  await pass(60_000);
  await clock.run(first.stop());
  // The backup was made before the delivery: nothing in it says that anything was sent.
  store.run(`UPDATE deliveries SET state = 'unknown', receipt_idx = NULL`);
  store.run('DELETE FROM delivery_intents');
  batches.push(sealOne(2));
  const lane = laneOf({ isHistoryLost: () => true });
  await pass(1_200_000);
  await clock.run(lane.stop());
  expect(outbox().counts('hedera').delivered).toBe(3);
  expect(arrivals(batches)).toEqual([1, 1, 1]);
});

/** What a person has to mend: nothing is sent meanwhile, nothing is lost, and it goes out once it is mended. */
const TROUBLES: readonly {
  readonly what: string;
  readonly code: string;
  readonly begin: () => Partial<HederaTargetParts>;
  readonly mend?: () => void;
}[] = [
  {
    what: "a key that is not the account's",
    code: 'SYN_HEDERA_KEY_WRONG',
    begin: () => {
      network.accountKey = testHederaKey('another');
      return {};
    },
    mend: () => {
      network.accountKey = KEY;
    },
  },
  { what: 'an account of another network', code: 'SYN_HEDERA_ACCOUNT_UNKNOWN', begin: () => ({ operatorId: '0.0.7' }) },
  {
    what: 'an account of several keys',
    code: 'SYN_HEDERA_KEY_COMPOUND',
    begin: () => {
      network.accountKey = { type: 'ProtobufEncoded' as 'ED25519', hex: 'aa' };
      return {};
    },
    mend: () => {
      network.accountKey = KEY;
    },
  },
  {
    what: 'an account without balance',
    code: 'SYN_HEDERA_BALANCE_EMPTY',
    begin: () => {
      network.balanceTinybars = 0;
      return {};
    },
    mend: () => {
      network.balanceTinybars = 5_000_000_000;
    },
  },
  { what: 'a topic that is not there', code: 'SYN_HEDERA_TOPIC_UNKNOWN', begin: () => ({ topicId: '0.0.9' }) },
  {
    what: "somebody else's topic",
    code: 'SYN_HEDERA_TOPIC_FOREIGN',
    begin: () => ({ topicId: network.addTopic(testHederaKey('another')) }),
  },
  {
    what: 'a topic without a submit key',
    code: 'SYN_HEDERA_TOPIC_OPEN',
    begin: () => ({ topicId: network.addTopic(null) }),
  },
  {
    what: 'a topic that was deleted',
    code: 'SYN_HEDERA_TOPIC_DELETED',
    begin: () => {
      const topicId = network.addTopic(KEY);
      const topic = network.topics.get(topicId);
      if (topic !== undefined) topic.isDeleted = true;
      return { topicId };
    },
  },
  {
    what: 'a clock that is two minutes ahead',
    code: 'SYN_HEDERA_CLOCK',
    begin: () => {
      network.clockOffsetMs = 120_000;
      return {};
    },
    mend: () => {
      network.clockOffsetMs = 0;
    },
  },
  {
    what: 'a clock that is two minutes behind',
    code: 'SYN_HEDERA_CLOCK',
    begin: () => {
      network.clockOffsetMs = -120_000;
      return {};
    },
    mend: () => {
      network.clockOffsetMs = 0;
    },
  },
  {
    what: 'a fee above the ceiling',
    code: 'SYN_HEDERA_FEE_CEILING',
    begin: () => {
      network.refuseWith = 'INSUFFICIENT_TX_FEE';
      return { topicId: network.addTopic(KEY) };
    },
    mend: () => {
      network.refuseWith = undefined;
    },
  },
  {
    what: 'a log-in page in place of the mirror',
    code: 'SYN_HEDERA_MIRROR_FOREIGN',
    begin: () => {
      network.portal = () => new Response('<html>Please log in</html>', { headers: { 'content-type': 'text/html' } });
      return {};
    },
    mend: () => {
      network.portal = undefined;
    },
  },
  {
    what: 'a mirror that changes what was said',
    code: 'SYN_HEDERA_MIRROR_FALSE',
    begin: () => {
      network.falsify = (message) => ({ ...message, payerId: '0.0.6' });
      return { topicId: network.addTopic(KEY) };
    },
    mend: () => {
      network.falsify = undefined;
    },
  },
  {
    what: 'nodes that cannot be reached while the mirror can',
    code: 'SYN_HEDERA_NODES_UNREACHABLE',
    begin: () => {
      const port = {
        ...network.port,
        send: async () => ({ kind: 'unanswered', why: 'closed by a firewall' }) as const,
      };
      return { topicId: network.addTopic(KEY), open: () => Promise.resolve({ kind: 'open', port, publicKey: KEY }) };
    },
  },
];

test.each(TROUBLES)('$what: it waits with $code, and nothing is lost', async ({ code, begin, mend }) => {
  const more = begin();
  const batches = [sealOne(0), sealOne(1)];
  const lane = laneOf(more);
  await pass(60_000);
  expect(lane.status().fault?.code).toBe(code);
  expect(outbox().counts('hedera')).toMatchObject({ delivered: 0, parked: 0 });
  mend?.();
  await pass(3_600_000);
  await clock.run(lane.stop());
  const topicId = more.topicId ?? keeper.made('testnet');
  expect(arrivals(batches, topicId)).toEqual(batches.map(() => (mend === undefined ? 0 : 1)));
  const open = mend === undefined ? batches.length : 0;
  const { waiting, unknown, sending, delivered } = outbox().counts('hedera');
  expect({ open: waiting + unknown + sending, delivered }).toEqual({ open, delivered: batches.length - open });
});

test('demonstration data is refused for the mainnet before anybody is asked, and no topic is made', async () => {
  sealOne(0);
  const lane = laneOf({ isMainnet: () => true, isDemo: true });
  await pass(600_000);
  await clock.run(lane.stop());
  expect(listItems(store, 'hedera', 'parked')[0]?.fault?.code).toBe('SYN_HEDERA_DEMO');
  expect({ topics: network.topics.size, requests: network.requests.length, sends: network.sends }).toEqual({
    topics: 0,
    requests: 0,
    sends: 0,
  });
});

test('a delivery that is given up while all wait for the same look spoils it for none of the others', async () => {
  const topicId = network.addTopic(KEY);
  let isSlow = false;
  const fetch: HederaTargetParts['fetch'] = async (url, init) => {
    if (isSlow) await sleep(clock, 2000, init.signal);
    return network.fetch(url, init);
  };
  const target = hederaTarget({ ...partsOf(), fetch, topicId });
  const connected = await clock.run(target.connect(NEVER));
  if (connected.kind !== 'connected') throw new Error(connected.fault.message);
  // The next look is due.
  await pass(61_000);
  isSlow = true;
  const giveUp = new AbortController();
  const first = connected.session.deliver(deliveryOf(sealOne(0)), giveUp.signal);
  const second = connected.session.deliver(deliveryOf(sealOne(1)), NEVER);
  clock.after(500, () => giveUp.abort());
  expect(await clock.run(first)).toMatchObject({ kind: 'later', fault: { code: 'SYN_NO_ANSWER' } });
  expect((await clock.run(second)).kind).toBe('delivered');
  await connected.session.close();
});

test('a key that is changed while the appliance runs is found once it is put in place, without a restart', async () => {
  const topicId = network.addTopic(KEY);
  const topic = present(network.topics.get(topicId), 'the topic');
  let inPlace = KEY;
  const open: HederaTargetParts['open'] = async () => ({ kind: 'open', port: network.port, publicKey: inPlace });
  const lane = laneOf({ topicId, open });
  const batches = [sealOne(0)];
  lane.wake();
  await pass(60_000);
  const other = testHederaKey('another');
  network.accountKey = other;
  network.signer = other;
  Object.assign(topic, { submitKey: other });
  batches.push(sealOne(1));
  await pass(600_000);
  lane.wake();
  await pass(1_800_000);
  expect(lane.status().fault?.code).toBe('SYN_HEDERA_KEY_WRONG');
  inPlace = other;
  await pass(3_600_000);
  await clock.run(lane.stop());
  expect(arrivals(batches, topicId)).toEqual([1, 1]);
  expect(outbox().counts('hedera')).toMatchObject({ delivered: 2, waiting: 0, unknown: 0 });
});

test('a message that fails at consensus is paid for once in a while, and arrives once when it can', async () => {
  const topicId = network.addTopic(KEY);
  network.failWith = 'INVALID_SIGNATURE';
  const batch = sealOne(0);
  const lane = laneOf({ topicId });
  await pass(1_800_000);
  expect(lane.status().fault?.code).toBe('SYN_HEDERA_KEY_WRONG');
  expect(network.rows.filter(({ result }) => result === 'INVALID_SIGNATURE').length).toBeLessThan(16);
  network.failWith = undefined;
  await pass(1_800_000);
  await clock.run(lane.stop());
  expect(arrivals([batch], topicId)).toEqual([1]);
});

test('demonstration data is parked, too, where the network shows only after connecting that it is the mainnet', async () => {
  sealOne(0);
  let looks = 0;
  const isMainnet = (): boolean => {
    looks += 1;
    return looks > 1;
  };
  const lane = laneOf({ isMainnet, isDemo: true, topicId: network.addTopic(KEY) });
  await pass(60_000);
  await clock.run(lane.stop());
  expect(listItems(store, 'hedera', 'parked')[0]?.fault?.code).toBe('SYN_HEDERA_DEMO');
  expect(network.sends).toBe(0);
});

test('a message that no topic takes is parked', async () => {
  const batch = sealOne(0);
  store.run('UPDATE batches SET message = ? WHERE idx = ?', 'x'.repeat(1025), batch.index);
  const lane = laneOf();
  await pass(60_000);
  await clock.run(lane.stop());
  expect(listItems(store, 'hedera', 'parked')[0]?.fault?.code).toBe('SYN_HEDERA_TOO_LARGE');
});

test('a low balance is said before it is empty, and holds nothing up', async () => {
  network.balanceTinybars = 20_000_000;
  const batch = sealOne(0);
  const lane = laneOf();
  await pass(60_000);
  await clock.run(lane.stop());
  expect(lane.status().notice?.code).toBe('SYN_HEDERA_BALANCE_LOW');
  expect(arrivals([batch])).toEqual([1]);
});

test('with the link down for hours nothing is signed in vain', async () => {
  network.isLinkUp = false;
  for (let number = 0; number < 20; number += 1) sealOne(number);
  const lane = laneOf();
  await pass(6 * 3_600_000);
  await clock.run(lane.stop());
  expect(network.sends).toBe(0);
  expect(store.get<{ count: number }>('SELECT count(*) AS count FROM delivery_intents')?.count).toBe(0);
  expect(keeper.intents()).toEqual([]);
});

test('what a stranger writes to the topic, even the same words, is never taken for ours', async () => {
  const topicId = network.addTopic(null);
  const batch = sealOne(0);
  network.isLinkUp = false;
  const lane = laneOf({ network: 'private', topicId });
  await pass(1000);
  network.isLinkUp = true;
  network.refuseWith = 'BUSY';
  lane.wake(true);
  await pass(5000);
  network.post(topicId, '0.0.666', Buffer.from(batch.message));
  await pass(60_000);
  expect(outbox().counts('hedera').delivered).toBe(0);
  network.refuseWith = undefined;
  await pass(600_000);
  await clock.run(lane.stop());
  expect(lane.status().notice?.code).toBe('SYN_HEDERA_TOPIC_OPEN');
  const payers = network.topics.get(topicId)?.messages.map(({ payerId }) => payerId);
  expect(payers).toEqual(['0.0.666', OPERATOR]);
  expect(readHederaReceipt(receipts[0]?.receipt)?.sequence).toBe(2);
});

test('what is on a former topic counts there, and is not sent to the one that plant.yaml names since', async () => {
  const [former, later] = [network.addTopic(KEY), network.addTopic(KEY)];
  const batch = sealOne(0);
  const before = laneOf({ topicId: former });
  for (let look = 0; look < 100 && network.sends === 0; look += 1) await pass(100);
  before.abandon();
  await pass(60_000);
  const lane = laneOf({ topicId: later });
  await pass(600_000);
  await clock.run(lane.stop());
  expect([arrivals([batch], former), arrivals([batch], later)]).toEqual([[1], [0]]);
  expect(readHederaReceipt(receipts[0]?.receipt)?.topicId).toBe(former);
});
