import { afterEach, beforeEach, expect, test } from 'vitest';
import { HederaThread, type HederaThreadParts } from '../../appliance/sync/hedera-thread.ts';
import { readOperatorKey } from '../../appliance/sync/operator-key.ts';
import { systemClock } from '../../appliance/system-clock.ts';
import { nanosOf } from '../../core/sync/targets/hedera/instant.ts';
import type { PrepareRequest } from '../../core/sync/targets/hedera/port.ts';
import { transactionIdText } from '../../core/sync/targets/hedera/transaction-id.ts';
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

let network: HederaNetwork;
let thread: HederaThread;
/** Timers that only a test lets go off. */
let timers: { readonly delayMs: number; readonly action: () => void; isOff: boolean }[];

beforeEach(async () => {
  timers = [];
  network = await startHederaNetwork({
    seed: 1,
    operator: { id: OPERATOR, publicKey: Buffer.from(KEY.publicKey.hex, 'hex') },
  });
});

afterEach(async () => {
  await thread.close();
  await network.stop();
});

function begin(more: Partial<HederaThreadParts> = {}): HederaThread {
  thread = new HederaThread({
    data: () => ({ network: network.nodes, transport: 'plain', operatorId: OPERATOR, firstNode: 0, ...KEY }),
    environment: {},
    clock: {
      after: (delayMs, action) => {
        const timer = { delayMs, action, isOff: false };
        timers.push(timer);
        return () => {
          timer.isOff = true;
        };
      },
    },
    log: SILENT,
    ...more,
  });
  return thread;
}

function goOff(delayMs: number): void {
  for (const timer of timers) {
    if (timer.isOff || timer.delayMs !== delayMs) continue;
    timer.isOff = true;
    timer.action();
  }
}

let starts = 0;
function topicOrder(): PrepareRequest {
  starts += 1;
  const validStart = nanosOf(systemClock.wallMs() - 10_000) + BigInt(starts);
  const common = { payerId: OPERATOR, validStart, validForSeconds: 120, feeMaxTinybars: 2_000_000_000 };
  return { ...common, kind: 'topic', memo: 'a plant' };
}

test('a transaction is signed for its id, goes out from any thread, and is known by the id', async () => {
  const request = topicOrder();
  const prepared = await begin().prepare(request, NEVER);
  expect(prepared).toMatchObject({ kind: 'prepared' });
  await thread.close();
  if (prepared.kind !== 'prepared') return;
  expect(await begin().send(prepared.bytes, NEVER)).toEqual({ kind: 'accepted' });
  const id = transactionIdText(request);
  expect(
    await until(
      () => thread.ask(id, NEVER),
      ({ kind }) => kind === 'known',
    ),
  ).toEqual({
    kind: 'known',
    status: 'SUCCESS',
  });
  expect(['duplicate', 'accepted']).toContain((await thread.send(prepared.bytes, NEVER)).kind);
  expect(network.topics.size).toBe(1);
  expect(await thread.ask(transactionIdText(topicOrder()), NEVER)).toEqual({ kind: 'unknown' });
});

test('a thread that has answered enough is replaced, and no question is lost over it', async () => {
  begin({ answersMax: 5 });
  const outcomes = await Promise.all(Array.from({ length: 40 }, () => thread.prepare(topicOrder(), NEVER)));
  expect(outcomes.map(({ kind }) => kind)).toEqual(outcomes.map(() => 'prepared'));
  expect(thread.begun).toBeGreaterThan(1);
});

test('a thread that is asked nothing is ended, and begun again with the next question', async () => {
  begin();
  expect(thread.begun).toBe(0);
  await thread.prepare(topicOrder(), NEVER);
  goOff(60_000);
  expect((await thread.prepare(topicOrder(), NEVER)).kind).toBe('prepared');
  expect(thread.begun).toBe(2);
});

test('a thread that hangs is ended: what was under way may have arrived, and what waited goes on', async () => {
  begin();
  const prepared = await thread.prepare(topicOrder(), NEVER);
  if (prepared.kind !== 'prepared') throw new Error(prepared.why);
  network.blackHole();
  const sending = thread.send(prepared.bytes, NEVER);
  goOff(30_000);
  expect(await sending).toEqual({ kind: 'unanswered', why: 'no answer in 30 s' });
  network.restore();
  expect((await thread.send(prepared.bytes, NEVER)).kind).toBe('accepted');
  expect(thread.begun).toBe(2);
});

test('what was given up before its turn is never sent', async () => {
  begin();
  const giving = new AbortController();
  const prepared = await thread.prepare(topicOrder(), NEVER);
  if (prepared.kind !== 'prepared') throw new Error(prepared.why);
  network.blackHole();
  const busy = Array.from({ length: 16 }, () => thread.ask(transactionIdText(topicOrder()), NEVER));
  const waiting = thread.send(prepared.bytes, giving.signal);
  giving.abort();
  expect((await waiting).kind).toBe('unanswered');
  network.restore();
  await Promise.all(busy);
  expect(network.transactions).toEqual([]);
});

test('a thread that cannot begin says so', async () => {
  begin({
    data: () => ({ network: { nowhere: 'x' }, transport: 'plain', operatorId: OPERATOR, firstNode: 0, ...KEY }),
  });
  expect(await thread.prepare(topicOrder(), NEVER)).toMatchObject({ kind: 'failed' });
  expect(await thread.send(Buffer.from('nonsense'), NEVER)).toMatchObject({ kind: 'unanswered' });
});
