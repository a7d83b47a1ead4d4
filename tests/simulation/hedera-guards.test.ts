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

test('nothing is asked, signed or made on the mainnet before a person confirmed it', async () => {
  let unconfirmed: typeof UNCONFIRMED | undefined = UNCONFIRMED;
  const batches = [sealOne(0), sealOne(1)];
  const lane = laneOf({ isMainnet: () => true, unconfirmed: () => unconfirmed });
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
});

test('what is no mainnet needs no confirmation', async () => {
  const batch = sealOne(0);
  const lane = laneOf({ unconfirmed: () => UNCONFIRMED });
  await pass(60_000);
  await clock.run(lane.stop());
  expect(arrivals([batch])).toEqual([1]);
});

/** What a life before a restore did: a topic and a message, of which the store that is left knows nothing. */
async function formerLife(): Promise<void> {
  const lane = laneOf();
  sealOne(0);
  lane.wake();
  await pass(60_000);
  await clock.run(lane.stop());
  expect(network.topics.size).toBe(1);
  keeper = new KeptTopic();
}

test('after a restore from before its topic was made, the topic is found again, and none is made', async () => {
  await formerLife();
  const lostMs = clock.wallMs();
  const batch = sealOne(1);
  const lane = laneOf({ lostAtMs: () => lostMs });
  await pass(100_000);
  expect(lane.status().fault?.code).toBe('SYN_HEDERA_TOPIC_UNCERTAIN');
  expect(arrivals([batch])).toEqual([0]);
  await pass(1_800_000);
  await clock.run(lane.stop());
  expect(arrivals([batch])).toEqual([1]);
  expect(network.topics.size).toBe(1);
  expect(keeper.topics).toMatchObject([{ topicId: '0.0.5005', memo: 'Forebay HP-001 56475aa7', isFound: true }]);
});

test('a topic that came to be just before the restore is waited for while the mirror is behind', async () => {
  network = new HederaNetwork({ clock, random, operatorId: OPERATOR, key: KEY, mirrorDelayMs: 120_000 });
  const former = laneOf();
  sealOne(0);
  former.wake();
  for (let look = 0; look < 100 && network.sends === 0; look += 1) await pass(100);
  former.abandon();
  keeper = new KeptTopic();
  const lostMs = clock.wallMs();
  const batch = sealOne(1);
  const lane = laneOf({ lostAtMs: () => lostMs });
  await pass(3_600_000);
  await clock.run(lane.stop());
  expect(network.topics.size).toBe(1);
  expect(arrivals([batch])).toEqual([1]);
});

test.each([
  ['without a restore', undefined],
  ['after one', 0],
])('with several topics of the ledger, %s, a person names the one: none is made', async (_when, lostMs) => {
  await formerLife();
  network.rows.push({
    id: `${OPERATOR}@1790000000.000000001`,
    at: 1_790_000_003_000_000_000n,
    result: 'SUCCESS',
    name: 'CONSENSUSCREATETOPIC',
    entityId: network.addTopic(KEY, 'Forebay HP-001 56475aa7'),
  });
  const batch = sealOne(1);
  const lane = laneOf({ lostAtMs: () => lostMs });
  await pass(1_800_000);
  expect(lane.status().fault).toMatchObject({ code: 'SYN_HEDERA_TOPICS_SEVERAL' });
  expect(lane.status().fault?.message).toContain('0.0.5006, 0.0.5005');
  await clock.run(lane.stop());
  expect([network.topics.size, arrivals([batch])]).toEqual([2, [0]]);
  const named = laneOf({ topicId: '0.0.5005' });
  await pass(1_800_000);
  await clock.run(named.stop());
  expect(arrivals([batch])).toEqual([1]);
});

test.each([
  ['another ledger or that was deleted', OPERATOR],
  ['another account, which such a mirror gives as well', '0.0.666'],
])('a topic of %s is not taken for this one', async (_whose, given) => {
  const ofOthers = [
    { memo: 'Forebay HP-001 11111111', payer: OPERATOR, isDeleted: false },
    { memo: 'Forebay HP-001 56475aa7', payer: '0.0.666', isDeleted: false },
    { memo: 'Forebay HP-001 56475aa7', payer: OPERATOR, isDeleted: true },
  ];
  for (const [at, { memo, payer, isDeleted }] of ofOthers.entries()) {
    const entityId = network.addTopic(KEY, memo);
    Object.assign(network.topics.get(entityId) ?? {}, { isDeleted });
    const id = `${payer}@179000000${at}.000000001`;
    network.rows.push({
      id,
      at: 1_790_000_003_000_000_000n,
      result: 'SUCCESS',
      name: 'CONSENSUSCREATETOPIC',
      entityId,
    });
  }
  // A mirror that does not know what it is asked for gives the rows of others, too.
  const fetch: HederaTargetParts['fetch'] = (url, init) =>
    network.fetch(url.replace('account.id=0.0.1001', `account.id=${given}`), init);
  const batch = sealOne(0);
  const lane = laneOf({ fetch });
  await pass(60_000);
  await clock.run(lane.stop());
  expect(arrivals([batch])).toEqual([1]);
  expect(keeper.topics).toMatchObject([{ topicId: '0.0.5008' }]);
});

test('a mirror that gives 60 days at a time is asked on through its empty pages', async () => {
  await formerLife();
  const pages: string[] = [];
  const fetch: HederaTargetParts['fetch'] = async (url, init) => {
    const { pathname, search } = new URL(url);
    if (pathname !== '/api/v1/transactions' || pages.push(search) > 3) return network.fetch(url, init);
    const next = `${pathname}${search}&timestamp=lt:${pages.length}`;
    return Response.json({ transactions: [], links: { next } });
  };
  const batch = sealOne(1);
  const lane = laneOf({ fetch });
  await pass(60_000);
  await clock.run(lane.stop());
  expect(pages.length).toBe(4);
  expect([network.topics.size, arrivals([batch])]).toEqual([1, [1]]);
});

/** A mirror that shows nothing of what was sent, and goes on telling its time. */
function hiding(url: string): boolean {
  return /\/(?:transactions\/|topics\/[\d.]+\/messages)/.test(url) && url.startsWith('https://mirror.example/');
}

async function through(url: string, init: Parameters<HederaTargetParts['fetch']>[1], isLying: boolean) {
  if (!isLying || !hiding(url)) return network.fetch(url, init);
  return url.includes('/transactions/')
    ? Response.json({ _status: { messages: [{ message: 'Not found' }] } }, { status: 404 })
    : Response.json({ messages: [] });
}

const MUTE: HederaTargetParts['open'] = async () => ({
  kind: 'open',
  port: { ...network.port, ask: async () => ({ kind: 'unknown' }) },
  publicKey: KEY,
});

test.each([
  ['a node said that it succeeded', {}, 'SYN_HEDERA_NODE_CONTRADICTS'],
  ['a second mirror has it', { open: MUTE, secondMirrorUrl: 'https://second.example' }, 'SYN_HEDERA_MIRRORS_DIFFER'],
] as const)('what a mirror denies is not sent again where %s', async (_who, more, code) => {
  let isLying = true;
  const batch = sealOne(0);
  const topicId = network.addTopic(KEY);
  const lane = laneOf({ ...more, topicId, fetch: (url, init) => through(url, init, isLying) });
  await pass(240_000);
  expect(lane.status().fault?.code).toBe(code);
  expect(arrivals([batch])).toEqual([1]);
  isLying = false;
  await pass(1_800_000);
  await clock.run(lane.stop());
  expect(arrivals([batch])).toEqual([1]);
  expect(outbox().counts('hedera').delivered).toBe(1);
});

test('a receipt for what never reached consensus holds a message up for minutes, and nobody has to do anything', async () => {
  const batch = sealOne(0);
  network.failWith = 'INVALID_SIGNATURE';
  const ask = async () => ({ kind: 'known', status: 'SUCCESS' }) as const;
  const open: HederaTargetParts['open'] = async () => ({
    kind: 'open',
    port: { ...network.port, ask },
    publicKey: KEY,
  });
  const lane = laneOf({ open, topicId: network.addTopic(KEY) });
  await pass(60_000);
  network.failWith = undefined;
  await pass(180_000);
  expect([lane.status().fault?.code, arrivals([batch])]).toEqual(['SYN_HEDERA_NODE_CONTRADICTS', [0]]);
  await pass(600_000);
  await clock.run(lane.stop());
  expect(arrivals([batch])).toEqual([1]);
});

test('what a mirror shows with other bytes is not sent again where a second mirror shows ours', async () => {
  let isLying = true;
  const batch = sealOne(0);
  const lane = laneOf({
    topicId: network.addTopic(KEY),
    secondMirrorUrl: 'https://second.example',
    fetch: async (url, init) => {
      if (!isLying || !url.startsWith('https://mirror.example/')) return network.fetch(url, init);
      if (/topics\/[\d.]+\/messages/.test(url)) return Response.json({ messages: [] });
      const answer = await network.fetch(url, init);
      if (!url.includes('/topics/messages/')) return answer;
      return Response.json({ ...((await answer.json()) as object), message: Buffer.from('other').toString('base64') });
    },
  });
  await pass(3_600_000);
  expect(arrivals([batch])).toEqual([1]);
  expect(lane.status().fault?.code).toBe('SYN_HEDERA_MIRRORS_DIFFER');
  isLying = false;
  await pass(1_800_000);
  await clock.run(lane.stop());
  expect(arrivals([batch])).toEqual([1]);
  expect(outbox().counts('hedera').delivered).toBe(1);
});

test('one mirror that lies alone, while no node says anything, is believed: what docs/sync.md says remains', async () => {
  const batch = sealOne(0);
  const lane = laneOf({
    open: MUTE,
    topicId: network.addTopic(KEY),
    fetch: (url, init) => through(url, init, true),
  });
  await pass(3_600_000);
  await clock.run(lane.stop());
  expect(arrivals([batch])[0]).toBeGreaterThan(1);
});

test('what never happened is sent under another id once both mirrors say so, and not while one of them is away', async () => {
  let isSecondAway = true;
  const batch = sealOne(0);
  network.failWith = 'INVALID_SIGNATURE';
  const fetch: HederaTargetParts['fetch'] = async (url, init) => {
    if (isSecondAway && url.startsWith('https://second.example/')) throw new TypeError('fetch failed');
    return network.fetch(url, init);
  };
  const lane = laneOf({ topicId: network.addTopic(KEY), fetch, secondMirrorUrl: 'https://second.example' });
  await pass(120_000);
  network.failWith = undefined;
  await pass(3_600_000);
  expect(arrivals([batch])).toEqual([0]);
  expect(lane.status().fault?.message).toContain('second.example');
  isSecondAway = false;
  await pass(1_800_000);
  await clock.run(lane.stop());
  expect(arrivals([batch])).toEqual([1]);
});

test.each(['a message', 'the making of a topic'])(
  'nodes that are intercepted have their own words, at %s',
  async (what) => {
    const send = async () => ({ kind: 'unanswered', why: 'x', intercepted: '192.0.2.7:50212' }) as const;
    const named = what === 'a message' ? { topicId: network.addTopic(KEY) } : {};
    sealOne(0);
    const lane = laneOf({
      ...named,
      open: async () => ({ kind: 'open', port: { ...network.port, send }, publicKey: KEY }),
    });
    await pass(60_000);
    await clock.run(lane.stop());
    expect(lane.status().fault).toMatchObject({ code: 'SYN_HEDERA_NODE_TLS' });
    expect(lane.status().fault?.message).toContain('192.0.2.7:50212');
  },
);
