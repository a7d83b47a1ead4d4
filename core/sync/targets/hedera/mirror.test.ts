import { beforeEach, describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../../../tests/fault/simulated-clock.ts';
import { HederaNetwork, testHederaKey } from '../../../../tests/fixtures/hedera-network.ts';
import { seededRandom } from '../../../model/random.ts';
import { confirmedMessage } from './confirm-message.ts';
import { parseInstant } from './instant.ts';
import { MirrorClient, type MirrorOutcome } from './mirror.ts';
import { hederaReceipt, readHederaReceipt } from './receipt.ts';
import { mirrorIdText, parseTransactionId, transactionIdText } from './transaction-id.ts';

const START_MS = Date.UTC(2026, 9, 1);
const OPERATOR = '0.0.1001';

let clock: SimulatedClock;
let network: HederaNetwork;
let mirror: MirrorClient;
let topicId: string;

beforeEach(async () => {
  clock = new SimulatedClock(START_MS);
  const key = testHederaKey('operator');
  network = new HederaNetwork({ clock, random: seededRandom(1), operatorId: OPERATOR, key, balanceTinybars: 77 });
  mirror = new MirrorClient({ url: 'https://mirror.example/', fetch: network.fetch, clock });
  topicId = network.addTopic(key, 'a plant');
  for (const word of ['one', 'two', 'three']) network.post(topicId, OPERATOR, Buffer.from(word));
  await pass(5000);
});

async function pass(ms: number): Promise<void> {
  await clock.run(new Promise<void>((resolve) => clock.after(ms, resolve)));
}

function foundIn<T>(outcome: MirrorOutcome<T>): T | undefined {
  return outcome.kind === 'found' ? outcome.value : undefined;
}

function codeOf(outcome: MirrorOutcome<unknown>): string {
  return outcome.kind === 'failed' ? outcome.fault.code : outcome.kind;
}

describe('what it reads', () => {
  it('reads topic, account and time', async () => {
    expect(foundIn(await clock.run(mirror.topic(topicId)))).toMatchObject({ memo: 'a plant', isDeleted: false });
    expect(foundIn(await clock.run(mirror.account(OPERATOR)))).toMatchObject({ balanceTinybars: 77 });
    expect(await clock.run(mirror.account('0.0.4'))).toEqual({ kind: 'absent' });
    const time = foundIn(await clock.run(mirror.time(topicId)));
    expect(Math.abs(time?.clockOffsetMs ?? Number.NaN)).toBeLessThan(1000);
    network.clockOffsetMs = 300_000;
    expect(Math.round((foundIn(await clock.run(mirror.time(topicId)))?.clockOffsetMs ?? 0) / 10_000)).toBe(30);
  });

  it('confirms a message by the running hash of the one before', async () => {
    const found = foundIn(await clock.run(confirmedMessage(mirror, topicId, 2)));
    expect(Buffer.from(found?.message ?? []).toString()).toBe('two');
    expect(codeOf(await clock.run(confirmedMessage(mirror, topicId, 1)))).toBe('found');
    expect(codeOf(await clock.run(confirmedMessage(mirror, topicId, 4)))).toBe('absent');
  });

  it.each(['message', 'payerId', 'consensusAt', 'runningHash'] as const)('sees that %s was changed', async (member) => {
    const other = { message: Buffer.from('2wo'), payerId: '0.0.9', consensusAt: 1n, runningHash: Buffer.alloc(48, 7) };
    network.falsify = (message) => (message.sequence === 2 ? { ...message, [member]: other[member] } : message);
    expect(codeOf(await clock.run(confirmedMessage(mirror, topicId, 2)))).toBe('SYN_HEDERA_MIRROR_FALSE');
  });
});

describe('what is none of its answers', () => {
  const html = '<html>Please log in</html>';
  it.each([
    ['a portal', () => new Response(html, { status: 200, headers: { 'content-type': 'text/html' } }), 'FOREIGN'],
    ['a page for what is not found', () => new Response(html, { status: 404 }), 'FOREIGN'],
    ['JSON of something else, not found', () => Response.json({ error: 'no such route' }, { status: 404 }), 'FOREIGN'],
    ['a redirect', () => new Response(null, { status: 302, headers: { location: 'http://login.example' } }), 'FOREIGN'],
    ['a proxy that asks for a name', () => new Response('', { status: 407 }), 'FOREIGN'],
    ['an endless answer', () => new Response('x'.repeat(3_000_000)), 'FOREIGN'],
    ['too many questions', () => Response.json({}, { status: 429 }), 'BUSY'],
    ['a mirror that fails', () => new Response('upstream', { status: 503 }), 'FAILING'],
    ['a form that is not known', () => Response.json({ topic: 7 }), 'UNREADABLE'],
    ['an empty answer', () => new Response('', { status: 200 }), 'FOREIGN'],
  ])('says so of %s, and never "absent"', async (_, answer, code) => {
    network.portal = answer;
    expect(codeOf(await clock.run(mirror.topic(topicId)))).toBe(`SYN_HEDERA_MIRROR_${code}`);
  });

  it('repeats the words of a stranger in one line, without what would move the cursor', async () => {
    const message = `no${String.fromCodePoint(27)}[2J\nsuch ${'x'.repeat(900)}`;
    network.portal = () => Response.json({ _status: { messages: [{ message }] } }, { status: 400 });
    const outcome = await clock.run(mirror.topic(topicId));
    const said = outcome.kind === 'failed' ? outcome.fault.message : '';
    expect(said).toContain('it refuses the question: no [2J such xxx');
    expect(said).not.toMatch(/\p{C}/u);
    expect(said.length).toBeLessThan(400);
  });

  it('tells a link that is down from a certificate that is not to be trusted', async () => {
    network.isLinkUp = false;
    expect(await clock.run(mirror.topic(topicId))).toMatchObject({
      fault: { code: 'SYN_HEDERA_MIRROR_UNREACHABLE', message: expect.stringContaining('ENETUNREACH') },
    });
    const cause = Object.assign(new Error('self-signed certificate'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' });
    const fetch = () => Promise.reject(new TypeError('fetch failed', { cause }));
    const opened = new MirrorClient({ url: 'https://mirror.example', fetch, clock });
    expect(codeOf(await clock.run(opened.topic(topicId)))).toBe('SYN_HEDERA_MIRROR_TLS');
  });

  it('gives up on an answer that never comes', async () => {
    const fetch = (_: string, { signal }: { signal: AbortSignal }) =>
      new Promise<Response>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const silent = new MirrorClient({ url: 'https://mirror.example', fetch, clock });
    const unreachable = (within: string): object => ({
      fault: { code: 'SYN_HEDERA_MIRROR_UNREACHABLE', message: expect.stringContaining(within) },
    });
    expect(await clock.run(silent.topic(topicId))).toMatchObject(unreachable('within 10 s'));
    // A page may wait for a thin link.
    const page = { order: 'oldest-first', limit: 100 } as const;
    expect(await clock.run(silent.messages(topicId, page))).toMatchObject(unreachable('within 45 s'));
  });
});

it('reads and writes transaction ids in both forms', () => {
  const text = '0.0.1001@1683553059.000000003';
  const id = parseTransactionId(text);
  expect(id).toEqual({ payerId: '0.0.1001', validStart: 1_683_553_059_000_000_003n });
  expect(id === undefined ? '' : mirrorIdText(id)).toBe('0.0.1001-1683553059-000000003');
  expect(id === undefined ? '' : transactionIdText(id)).toBe(text);
  expect(parseTransactionId('0.0.1001-1683553059-000000003')).toEqual(id);
  expect(parseTransactionId('0.0.1001@1683553059')).toBeUndefined();
});

it('reads the receipt that it wrote, and links only to what the explorer knows', () => {
  const facts = {
    network: 'testnet',
    topicId: '0.0.5005',
    sequence: 17,
    consensusAt: parseInstant('1683553060.092158003') ?? 0n,
    runningHash: Buffer.alloc(48, 5),
    transactionId: { payerId: OPERATOR, validStart: 1_683_553_050_000_000_001n },
  } as const;
  const receipt = hederaReceipt(facts);
  expect(readHederaReceipt(receipt)).toEqual(facts);
  expect(receipt.hashscan).toBe('https://hashscan.io/testnet/transaction/0.0.1001@1683553050.000000001');
  expect(receipt.consensusAt).toBe('2023-05-08T13:37:40.092158003Z');
  expect(hederaReceipt({ ...facts, network: 'private' }).hashscan).toBeNull();
});
