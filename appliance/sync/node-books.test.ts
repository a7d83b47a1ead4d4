import { afterEach, beforeEach, expect, test } from 'vitest';
import type { WritableStore } from '../../core/store/handle.ts';
import { openStore } from '../../core/store/open-store.ts';
import { MirrorClient } from '../../core/sync/targets/hedera/mirror.ts';
import type { BookNode } from '../../core/sync/targets/hedera/node-book.ts';
import { SimulatedClock } from '../../tests/fault/simulated-clock.ts';
import { NodeBooks } from './node-books.ts';

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };
const DAY_MS = 86_400_000;
const URL_OF_MIRROR = 'https://mirror.example';

let store: WritableStore;
let clock: SimulatedClock;
/** What the mirror has. */
let shown: readonly BookNode[];
let isUp: boolean;
let asked: string[];

beforeEach(() => {
  store = openStore(':memory:', { access: 'write' });
  clock = new SimulatedClock(Date.UTC(2026, 9, 1));
  shown = nodes(3, 33);
  isUp = true;
  asked = [];
});
afterEach(() => store.close());

function nodes(first: number, end: number, hashDigit = 'a'): readonly BookNode[] {
  return Array.from({ length: end - first }, (_, at) => ({
    accountId: `0.0.${first + at}`,
    hosts: [`192.0.2.${first + at}`],
    certificateHash: `${hashDigit}${String(first + at).padStart(95, '0')}`,
  }));
}

/** As the mirror's OpenAPI has it, 25 to a page. */
async function answer(url: string): Promise<Response> {
  asked.push(url);
  if (!isUp) throw new TypeError('fetch failed');
  const from = Number(new URL(url).searchParams.get('node.id')?.replace('gte:', '') ?? 0);
  const rows = shown.slice(from, from + 25).map(({ accountId, hosts, certificateHash }) => ({
    description: 'a node',
    node_account_id: accountId,
    node_cert_hash: certificateHash === undefined ? '0x' : `0x${certificateHash}`,
    service_endpoints: hosts.flatMap((ip_address_v4) =>
      [50211, 50212].map((port) => ({ domain_name: '', ip_address_v4, port })),
    ),
  }));
  const next = from + 25 < shown.length ? `/api/v1/network/nodes?limit=25&order=asc&node.id=gte:${from + 25}` : null;
  return Response.json({ nodes: rows, links: { next } });
}

function booksOf(): NodeBooks {
  const mirror = new MirrorClient({ url: URL_OF_MIRROR, fetch: answer, clock });
  return new NodeBooks({ network: 'testnet', mirror, store, clock, log: SILENT });
}

const BUNDLED = async () => nodes(3, 33);

async function pass(ms: number): Promise<void> {
  await clock.run(new Promise<void>((resolve) => clock.after(ms, resolve)));
}

test('a book is taken over its pages, kept for the next start, and anew after a week', async () => {
  expect(booksOf().nodes).toBeUndefined();
  expect(await clock.run(booksOf().look('in-turn', BUNDLED))).toBe(false);
  expect(booksOf().nodes).toEqual(shown);
  expect(asked.length).toBe(2);
  const books = booksOf();
  await pass(6 * DAY_MS);
  expect(await clock.run(books.look('in-turn', BUNDLED))).toBe(false);
  expect(asked.length).toBe(2);
  await pass(2 * DAY_MS);
  shown = [...nodes(3, 30), ...nodes(40, 44)];
  expect(await clock.run(books.look('in-turn', BUNDLED))).toBe(true);
  expect(booksOf().nodes).toEqual(shown);
});

test('when nodes are silent a book is asked for at once, and then once an hour at most', async () => {
  const books = booksOf();
  await clock.run(books.look('in-turn', BUNDLED));
  await pass(3_700_000);
  const before = asked.length;
  for (let count = 0; count < 5; count += 1) await clock.run(books.look('nodes-silent', BUNDLED));
  expect(asked.length).toBe(before + 2);
  await pass(3_700_000);
  await clock.run(books.look('nodes-silent', BUNDLED));
  expect(asked.length).toBe(before + 4);
});

test.each([
  ['strangers under the same accounts', () => nodes(3, 33, 'b').map((node) => ({ ...node, hosts: ['192.0.2.200'] }))],
  ['strangers beside a few known ones', () => [...nodes(3, 15), ...nodes(100, 120)]],
  ['few of the known ones', () => nodes(3, 12)],
  [
    'known accounts with a host of strangers beside their own, and another certificate',
    () => nodes(3, 33, 'b').map((node) => ({ ...node, hosts: [...node.hosts, '192.0.2.200'] })),
  ],
  ['known nodes many times over, and strangers', () => [...nodes(3, 33), ...nodes(3, 33), ...nodes(100, 140)]],
  ['hosts that are none of a network', () => nodes(3, 33).map((node) => ({ ...node, hosts: ['127.0.0.1'] }))],
  ['no node at all', () => []],
])('a book of %s is refused and said, and the one that is known goes on', async (_what, strange) => {
  const books = booksOf();
  await clock.run(books.look('in-turn', BUNDLED));
  const known = books.nodes;
  await pass(8 * DAY_MS);
  shown = strange();
  expect(await clock.run(books.look('in-turn', BUNDLED))).toBe(false);
  expect(books.nodes).toEqual(known);
  expect(books.notice).toMatchObject({ code: 'SYN_HEDERA_BOOK_STRANGE' });
  await pass(8 * DAY_MS);
  shown = nodes(3, 33);
  await clock.run(books.look('in-turn', BUNDLED));
  expect(books.notice).toBeUndefined();
});

test('the first book of all is held against the one that came with Forebay', async () => {
  const books = booksOf();
  shown = nodes(300, 330);
  await clock.run(books.look('in-turn', BUNDLED));
  expect(books.nodes).toBeUndefined();
  expect(books.notice?.code).toBe('SYN_HEDERA_BOOK_STRANGE');
});

test('a node that moved or has a new certificate, one of the two, is still known, and a newer Forebay knows what is new', async () => {
  const books = booksOf();
  shown = nodes(3, 33).map((node, at) => (at % 2 === 0 ? { ...node, hosts: ['192.0.2.200'] } : node));
  expect(await clock.run(books.look('in-turn', BUNDLED))).toBe(true);
  expect(books.nodes).toEqual(shown);
  await pass(400 * DAY_MS);
  shown = nodes(3, 33, 'c').map((node) => ({ ...node, hosts: ['192.0.2.250'] }));
  const newer = shown;
  expect(await clock.run(books.look('in-turn', async () => newer))).toBe(true);
});

test('while the mirror is away, or the store holds nonsense, the one that came with Forebay goes on', async () => {
  isUp = false;
  const books = booksOf();
  expect(await clock.run(books.look('in-turn', BUNDLED))).toBe(false);
  expect(books.nodes).toBeUndefined();
  store.run('INSERT INTO meta (key, value) VALUES (\'hedera-nodes-testnet\', \'{"nodes":[{"accountId":"x"}]}\')');
  expect(booksOf().nodes).toBeUndefined();
});
