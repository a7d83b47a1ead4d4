import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { HederaThread } from '../../appliance/sync/hedera-thread.ts';
import { keptBook } from '../../appliance/sync/node-books.ts';
import { openHedera } from '../../appliance/sync/open-hedera.ts';
import { readOperatorKey } from '../../appliance/sync/operator-key.ts';
import { systemClock } from '../../appliance/system-clock.ts';
import type { HederaConfig, PlantConfig } from '../../core/config/plant.ts';
import { present } from '../../core/model/assert.ts';
import { seededRandom } from '../../core/model/random.ts';
import { writeNote } from '../../core/store/notes.ts';
import { openStore } from '../../core/store/open-store.ts';
import { nanosOf } from '../../core/sync/targets/hedera/instant.ts';
import type { BookNode } from '../../core/sync/targets/hedera/node-book.ts';
import type { SendOutcome } from '../../core/sync/targets/hedera/port.ts';
import type { SdkOptions } from '../../core/sync/targets/hedera/sdk-port.ts';
import { testGenesis, testKey, testRecorder } from '../fixtures/ledger.ts';
import { TestAuthority } from './certificates.ts';
import { ConnectProxy, type ProxyRoute } from './hedera/connect-proxy.ts';
import type { ServerCertificate } from './hedera/grpc-server.ts';
import { type HederaNetwork, startHederaNetwork } from './hedera/hedera-network.ts';
import { until } from './until.ts';

const OPERATOR = '0.0.1001';
const [KEY] = (() => {
  const read = readOperatorKey(`302e020100300506032b657004220420${'5c'.repeat(32)}`);
  if ('code' in read) throw new Error(read.code);
  return read;
})();
const NEVER = new AbortController().signal;
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };
const ACCOUNTS = ['0.0.3', '0.0.4', '0.0.5'];

let authority: TestAuthority;
let certificate: ServerCertificate;
let ofInterceptor: ServerCertificate;
const closings: (() => Promise<unknown>)[] = [];

beforeAll(() => {
  authority = new TestAuthority();
  const make = (name: string): ServerCertificate => {
    const { cert, key } = authority.selfSigned(name, 'IP:127.0.0.1');
    return { cert: authority.text(cert), key: authority.text(key) };
  };
  certificate = make('node');
  ofInterceptor = make('interceptor');
});
afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close();
});
afterAll(() => rmSync(authority.folder, { recursive: true }));

async function networkOf(tls: ServerCertificate): Promise<HederaNetwork> {
  const operator = { id: OPERATOR, publicKey: Buffer.from(KEY.publicKey.hex, 'hex') };
  const network = await startHederaNetwork({ seed: 1, nodes: ACCOUNTS.length, operator, tls });
  closings.push(() => network.stop());
  return network;
}

function portOf(network: HederaNetwork, accountId: string): number {
  const [address] = Object.entries(network.nodes).find(([, id]) => id === accountId) ?? [];
  return Number(present(address, accountId).split(':')[1]);
}

/** The book of a network whose nodes have addresses that only a proxy can lead to. */
function bookOf(tls: ServerCertificate): readonly BookNode[] {
  // As address books have it: over the PEM text as openssl writes it, with the line's end behind its last line.
  const certificateHash = createHash('sha384').update(tls.cert).digest('hex');
  return ACCOUNTS.map((accountId) => ({ accountId, hosts: [hostOf(accountId)], certificateHash }));
}

function hostOf(accountId: string): string {
  return `192.0.2.${accountId.split('.')[2]}`;
}

async function makeTopic(
  options: Partial<SdkOptions>,
  environment: Readonly<Record<string, string>> = {},
  signal = NEVER,
): Promise<SendOutcome> {
  const thread = new HederaThread({
    data: () => ({ network: 'testnet', transport: 'tls', operatorId: OPERATOR, firstNode: 0, ...KEY, ...options }),
    environment: { no_proxy: '', ...environment },
    clock: systemClock,
    log: SILENT,
  });
  closings.push(() => thread.close());
  const validStart = nanosOf(Date.now() - 5000);
  const common = { payerId: OPERATOR, validStart, validForSeconds: 120, feeMaxTinybars: 2_000_000_000 };
  const prepared = await thread.prepare({ ...common, kind: 'topic', memo: 'over TLS' }, NEVER);
  if (prepared.kind === 'failed') throw new Error(prepared.why);
  return thread.send(prepared.bytes, signal);
}

interface Proxied {
  readonly book?: readonly BookNode[];
  readonly user?: string;
  /** So many calls to the proxy are enough; the SDK would go on trying. */
  readonly callsMax?: number;
}

async function proxied(route: ProxyRoute, { book = bookOf(certificate), user = '', callsMax }: Proxied = {}) {
  const enough = new AbortController();
  const proxy = new ConnectProxy((call, count) => {
    if (proxy.calls.length === callsMax) enough.abort();
    return route(call, count);
  });
  const address = await proxy.listen();
  closings.push(() => proxy.close());
  const sent = await makeTopic({ book }, { grpc_proxy: `http://${user}${address}` }, enough.signal);
  return { sent, calls: proxy.calls };
}

/** The account that a call to a host of the book is for. */
function accountOf(target: string): string {
  return `0.0.${/^192\.0\.2\.(\d+):50212$/.exec(target)?.[1] ?? target}`;
}

test('the SDK speaks TLS to nodes whose certificate has the hash of the address book', async () => {
  const network = await networkOf(certificate);
  const sent = await makeTopic({ network: network.nodes, book: bookOf(certificate) });
  expect(sent).toEqual({ kind: 'accepted' });
});

test('a node without a certificate in the address book is not spoken to over TLS', async () => {
  const network = await networkOf(certificate);
  const book = bookOf(certificate).map(({ certificateHash: _, ...node }) => node);
  const sent = await makeTopic({ network: network.nodes, book });
  expect(sent).toMatchObject({ kind: 'unanswered', why: expect.stringContaining('has no certificate of') });
  expect(network.transactions).toEqual([]);
});

test('over a proxy by HTTP CONNECT it does so too, with the name and password of the proxy', async () => {
  const network = await networkOf(certificate);
  const { sent, calls } = await proxied(({ target }) => portOf(network, accountOf(target)), {
    user: 'plant:s%20ecret@',
  });
  expect(sent).toEqual({ kind: 'accepted' });
  // Once for the certificate and once for the messages.
  expect(calls.length).toBeGreaterThanOrEqual(2);
  for (const { target, authorization } of calls) {
    expect(target).toMatch(/^192\.0\.2\.[345]:50212$/);
    expect(Buffer.from(authorization?.replace('Basic ', '') ?? '', 'base64').toString()).toBe('plant:s ecret');
  }
});

test('what intercepts TLS is refused and named, and is given nothing', async () => {
  const interceptor = await networkOf(ofInterceptor);
  const { sent } = await proxied(({ target }) => portOf(interceptor, accountOf(target)));
  expect(sent).toMatchObject({ kind: 'unanswered', intercepted: expect.stringMatching(/^192\.0\.2\.[345]:50212$/) });
  expect(interceptor.transactions).toEqual([]);
});

test('an interceptor that shows the true certificate first is given nothing, either', async () => {
  const [network, interceptor] = [await networkOf(certificate), await networkOf(ofInterceptor)];
  const { sent, calls } = await proxied(
    ({ target }, count) => portOf(count === 1 ? network : interceptor, accountOf(target)),
    { callsMax: 4 },
  );
  expect(sent.kind).toBe('unanswered');
  // More than the first call of each: the interceptor was connected to.
  expect(calls.length).toBeGreaterThan(new Set(calls.map(({ target }) => target)).size);
  expect([network.transactions, interceptor.transactions]).toEqual([[], []]);
});

test('with one node intercepted another one takes it', async () => {
  const [network, interceptor] = [await networkOf(certificate), await networkOf(ofInterceptor)];
  const bad = { account: '' };
  const { sent } = await proxied(({ target }) => {
    // Whichever is asked first.
    bad.account ||= accountOf(target);
    return portOf(accountOf(target) === bad.account ? interceptor : network, accountOf(target));
  });
  expect(sent).toEqual({ kind: 'accepted' });
  expect(interceptor.transactions).toEqual([]);
});

test('a proxy that lets nothing through is named', async () => {
  const { sent } = await proxied(() => 'refuse');
  expect(sent).toMatchObject({
    kind: 'unanswered',
    why: expect.stringMatching(/by the proxy 127\.0\.0\.1:\d+: it answers 403/),
  });
});

test('a plant behind a proxy delivers over TLS by the address book that it kept, and takes the newer one of the mirror', async () => {
  const network = await networkOf(certificate);
  const store = openStore(':memory:', { access: 'write' });
  const recorder = testRecorder(store);
  recorder.record([testGenesis]);
  // One node has moved since.
  const kept = { takenMs: Date.now() - 8 * 86_400_000, mirrorUrl: network.mirrorUrl, nodes: bookOf(certificate) };
  writeNote(store, 'hedera-nodes-testnet', JSON.stringify(kept));
  network.state.addressBook = bookOf(certificate).map(({ accountId, hosts: [host = ''], certificateHash = '' }) => ({
    accountId,
    host: accountId === '0.0.4' ? '192.0.2.44' : host,
    certificateHash,
  }));
  const proxy = new ConnectProxy(({ target }) => portOf(network, accountOf(target.replace('192.0.2.44', '192.0.2.4'))));
  const url = `http://${await proxy.listen()}`;
  closings.push(() => proxy.close());
  const hedera: HederaConfig = {
    network: 'testnet',
    mirror: network.mirrorUrl,
    operatorId: OPERATOR,
    operatorKeyFile: 'hedera.key',
  };
  const target = openHedera(
    {
      config: {
        plant: { id: 'HP-001' },
        sync: { hedera, proxy: { url, except: ['127.0.0.1'] } },
      } as unknown as PlantConfig,
      ...{ store, key: testKey, clock: systemClock, random: seededRandom(1), log: SILENT, environment: {} },
      head: () => recorder.head(),
      record: (entries, alongside) => recorder.record(entries, alongside),
      secrets: { read: () => ({ kind: 'secret', text: `302e020100300506032b657004220420${'5c'.repeat(32)}` }) },
    },
    hedera,
  );
  const connected = await target.connect(NEVER);
  if (connected.kind !== 'connected') throw new Error(connected.fault.message);
  closings.push(() => connected.session.close());
  const message = JSON.stringify({ forebay: 1 });
  const id = createHash('sha256').update(message).digest('hex');
  const batch = { index: 1, id, message, first: 0, end: 1, size: 1 };
  const outcome = await connected.session.deliver({ batch, intents: [], keepIntent: async () => undefined }, NEVER);
  expect(outcome.kind).toBe('delivered');
  await until(
    async () => keptBook(store, 'testnet')?.nodes.flatMap(({ hosts }) => hosts) ?? [],
    (hosts) => hosts.includes('192.0.2.44'),
  );
  expect(target.notice?.()).toBeUndefined();
  expect([...network.topics.values()].map(({ messages }) => messages.length)).toEqual([1]);
  expect(proxy.calls.every(({ target: called }) => called.endsWith(':50212'))).toBe(true);
});
