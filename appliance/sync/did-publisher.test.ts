import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type DeviceKey, deviceKeyFromSeed } from '../../core/ledger/device-key.ts';
import { hederaDid } from '../../core/ledger/did-hedera.ts';
import { KeyInUse } from '../../core/ledger/key-in-use.ts';
import type { Recorder } from '../../core/ledger/recorder.ts';
import { signatureChecker } from '../../core/ledger/verifier-key.ts';
import { sleep } from '../../core/model/clock.ts';
import { seededRandom } from '../../core/model/random.ts';
import { entriesOfKinds } from '../../core/store/entries.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import { openStore } from '../../core/store/open-store.ts';
import type { SyncSession, SyncTarget } from '../../core/sync/target.ts';
import { hederaTarget } from '../../core/sync/targets/hedera/hedera-target.ts';
import { announceSeed } from '../../tests/contract/driver-host.ts';
import { SimulatedClock } from '../../tests/fault/simulated-clock.ts';
import { HederaNetwork, testHederaKey } from '../../tests/fixtures/hedera-network.ts';
import { testGenesis, testKey, testRecorder } from '../../tests/fixtures/ledger.ts';
import { DidPublisher } from './did-publisher.ts';
import { keepDidRotation } from './did-rotation.ts';
import { pendingDid, publishedDid, rootKeyOf } from './kept-did.ts';
import { keptTopic } from './kept-topic.ts';

const SEED = announceSeed('publishing the DID');
const LIVES = 15;
const OPERATOR = '0.0.1001';
const KEY = testHederaKey('operator');
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };
const HOUR_MS = 3_600_000;
const random = seededRandom(SEED);

let folder: string;
let store: WritableStore;
let recorder: Recorder<WritableStore>;
let clock: SimulatedClock;
let network: HederaNetwork;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forebay-did-'));
  store = openStore(join(folder, 'ledger.db'), { access: 'write' });
  recorder = testRecorder(store);
  recorder.record([testGenesis]);
  clock = new SimulatedClock(Date.UTC(2026, 9, 1));
  network = new HederaNetwork({ clock, random, operatorId: OPERATOR, key: KEY });
});

afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const partsOf = () => {
  const record = recorder.record.bind(recorder);
  return { clock, random, log: SILENT, record, keeper: keptTopic({ store, record, use: 'did', log: SILENT }) };
};

function targetOf(): SyncTarget {
  const { record: _, ...parts } = partsOf();
  return hederaTarget({
    ...parts,
    network: 'testnet',
    mirrorUrl: 'https://mirror.example',
    fetch: network.fetch,
    operatorId: OPERATOR,
    plantId: 'DID HP-001',
    ledger: '56475aa7',
    feeMaxTinybars: 100_000_000,
    isDemo: false,
    isMainnet: () => false,
    unconfirmed: () => undefined,
    lostAtMs: () => undefined,
    isHistoryLost: () => false,
    isOpen: () => true,
    open: () => Promise.resolve({ kind: 'open', port: network.port, publicKey: KEY }),
  });
}

function publisher(key: DeviceKey = testKey, more: Partial<SyncTarget> = {}): DidPublisher {
  const { keeper, ...parts } = partsOf();
  return new DidPublisher({
    ...parts,
    store,
    key,
    network: 'testnet',
    target: { ...targetOf(), ...more },
    topicOf: () => keeper.made('testnet'),
  });
}

/** What is on the DID's topic, in order. */
function onTopic(): readonly { message: { operation: string; did: string; event: string }; signature: string }[] {
  return [...network.topics.values()].flatMap(({ messages }) =>
    messages.map(({ message }) => JSON.parse(Buffer.from(message).toString('utf8'))),
  );
}

function isSignedBy(key: DeviceKey, { message, signature }: ReturnType<typeof onTopic>[number]): boolean {
  const bytes = Buffer.from(JSON.stringify(message), 'utf8');
  return signatureChecker(key.publicKey)(bytes, Buffer.from(signature, 'base64'));
}

async function publish(key?: DeviceKey): Promise<DidPublisher> {
  const published = publisher(key);
  published.start();
  await clock.run(untilPublished(published));
  await published.stop();
  return published;
}

async function untilPublished(one: DidPublisher): Promise<void> {
  for (let waitedMs = 0; !one.isPublished() && waitedMs < HOUR_MS; waitedMs += 1000) await sleep(clock, 1000);
}

test('the DID is created on a topic of its own, once, and is an entry with its receipt', async () => {
  await publish();
  const [topicId = ''] = network.topics.keys();
  const did = hederaDid({ network: 'testnet', topicId, publicKey: testKey.publicKey });
  const [envelope, ...more] = onTopic();
  expect(more).toEqual([]);
  expect(envelope?.message).toMatchObject({ operation: 'create', did });
  expect(envelope !== undefined && isSignedBy(testKey, envelope)).toBe(true);
  expect(network.topics.get(topicId)?.memo).toBe('Forebay DID HP-001 56475aa7');
  expect(publishedDid(store, 'testnet')).toMatchObject({ did, topic: topicId, receipt: { sequence: 1 } });
  await publish();
  expect(onTopic()).toHaveLength(1);
  expect([...entriesOfKinds(store, ['did'], { order: 'asc' })]).toHaveLength(1);
});

test('crashes and faults at any moment leave one topic and one message', async () => {
  network.faultShare = 0.1;
  for (let life = 0; life < LIVES; life += 1) {
    const crashing = publisher();
    crashing.start();
    await clock.run(sleep(clock, Math.floor(20_000 * random.next())));
    crashing.crash();
  }
  const last = await publish();
  expect(last.isPublished()).toBe(true);
  expect(onTopic()).toHaveLength(1);
  expect(network.topics.size).toBe(1);
});

test('a change of the key gives the same DID another root key, signed by the old one', async () => {
  await publish();
  const before = publishedDid(store, 'testnet');
  const newKey = deviceKeyFromSeed(Buffer.alloc(32, 10), 'HP-001');
  store.write(() => keepDidRotation(store, { oldKey: testKey, newKey, at: '2026-10-02T00:00:00.000Z' }));
  await publish(newKey);
  const [, update, ...more] = onTopic();
  expect(more).toEqual([]);
  expect(update?.message).toMatchObject({ operation: 'update', did: before?.did });
  expect(update !== undefined && isSignedBy(testKey, update)).toBe(true);
  expect(Buffer.from(update?.message.event ?? '', 'base64').toString()).toContain(
    publishedDid(store, 'testnet')?.owner,
  );
  expect(publishedDid(store, 'testnet')?.did).toBe(before?.did);
});

test('after the loss of a key the next one has a DID of its own, on the same topic', async () => {
  await publish();
  const newKey = deviceKeyFromSeed(Buffer.alloc(32, 11), 'HP-001');
  await publish(newKey);
  expect(network.topics.size).toBe(1);
  expect(onTopic().map(({ message }) => message.operation)).toEqual(['create', 'create']);
  expect(new Set(onTopic().map(({ message }) => message.did)).size).toBe(2);
});

test('a target that throws, or hangs when the appliance ends, costs the DID alone', async () => {
  const throwing = publisher(testKey, { connect: () => Promise.reject(new Error('torn')) });
  throwing.start();
  await clock.run(sleep(clock, 1000));
  await clock.run(throwing.stop());
  expect(throwing.fault).toEqual({ code: 'SYN_TARGET_FAILED', message: 'torn' });
  const hanging = publisher(testKey, { connect: () => new Promise(() => undefined) });
  hanging.start();
  await clock.run(hanging.stop());
  expect(onTopic()).toEqual([]);
});

test('a key that changes just before its DID is sent sends nothing: the next key has its own', async () => {
  const key = new KeyInUse(testKey);
  const newKey = deviceKeyFromSeed(Buffer.alloc(32, 13), 'HP-001');
  let changes = 0;
  const deliverAfterChange = (session: SyncSession): SyncSession => ({
    locate: session.locate.bind(session),
    close: session.close.bind(session),
    deliver: (delivery, signal) => {
      if (changes === 0) {
        changes += 1;
        store.write(() => keepDidRotation(store, { oldKey: testKey, newKey, at: '2026-10-02T00:00:00.000Z' }));
        key.becomes(newKey);
      }
      return session.deliver(delivery, signal);
    },
  });
  const inner = targetOf();
  const changing = publisher(key, {
    connect: async (signal) => {
      const connected = await inner.connect(signal);
      if (connected.kind !== 'connected') return connected;
      return { kind: 'connected', session: deliverAfterChange(connected.session) };
    },
  });
  changing.start();
  await clock.run(untilPublished(changing));
  await changing.stop();
  expect(changes).toBe(1);
  expect(onTopic().map((envelope) => isSignedBy(newKey, envelope))).toEqual([true]);
  expect(publishedDid(store, 'testnet')?.owner).toBe(rootKeyOf(newKey.publicKey));
  expect(pendingDid(store)).toBeUndefined();
});

test('what was never sent for a key that is gone is not published any more', async () => {
  network.isLinkUp = false;
  const stuck = publisher();
  stuck.start();
  await clock.run(sleep(clock, 60_000));
  await clock.run(stuck.stop());
  expect(stuck.fault?.code).toMatch(/^SYN_/);
  const newKey = deviceKeyFromSeed(Buffer.alloc(32, 12), 'HP-001');
  store.write(() => keepDidRotation(store, { oldKey: testKey, newKey, at: '2026-10-02T00:00:00.000Z' }));
  expect(pendingDid(store)).toBeUndefined();
  network.isLinkUp = true;
  await publish(newKey);
  expect(onTopic().map((envelope) => isSignedBy(newKey, envelope))).toEqual([true]);
});
