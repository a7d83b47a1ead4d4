import { createHash } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import { SimulatedClock } from '../../../../tests/fault/simulated-clock.ts';
import { HederaNetwork, testHederaKey } from '../../../../tests/fixtures/hedera-network.ts';
import { seededRandom } from '../../../model/random.ts';
import { MirrorClient } from './mirror.ts';
import { TopicFollower } from './topic-follower.ts';

const OPERATOR = '0.0.1001';
const NEVER = new AbortController().signal;

let clock: SimulatedClock;
let network: HederaNetwork;
let topicId: string;

beforeEach(() => {
  clock = new SimulatedClock(Date.UTC(2026, 9, 1));
  const key = testHederaKey('operator');
  network = new HederaNetwork({ clock, random: seededRandom(1), operatorId: OPERATOR, key });
  topicId = network.addTopic(key);
});

async function follow(
  from: 'beginning' | 'end',
  isWanted?: (sha256: string) => boolean,
  payerId?: string,
): Promise<TopicFollower> {
  const mirror = new MirrorClient({ url: 'https://mirror.example', fetch: network.fetch, clock });
  const parts = { mirror, topicId, clock, ...(isWanted && { isWanted }), ...(payerId && { payerId }) };
  const opened = await clock.run(TopicFollower.open(parts, from, NEVER));
  if (opened.kind !== 'found') throw new Error(opened.kind);
  return opened.value;
}

async function post(count: number): Promise<void> {
  for (let number = 0; number < count; number += 1) network.post(topicId, OPERATOR, wordOf(number));
  await pass(5000);
}

async function pass(ms: number): Promise<void> {
  await clock.run(new Promise<void>((resolve) => clock.after(ms, resolve)));
}

function wordOf(number: number): Uint8Array {
  return Buffer.from(`message ${number}`);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

test('what is wanted of a topic is remembered however many messages came after it', async () => {
  await post(10_050);
  const wanted = [sha256(wordOf(0)), sha256(wordOf(7))];
  const follower = await follow('beginning', (id) => wanted.includes(id));
  expect(await clock.run(follower.readOn(NEVER))).toBeUndefined();
  expect([0, 7, 8].map((number) => follower.seen(wordOf(number))?.sequence)).toEqual([1, 8, undefined]);
});

test('many may read on at once: none of them takes what another has read for a contradiction', async () => {
  await post(250);
  const follower = await follow('beginning', () => true);
  const faults = await clock.run(Promise.all(Array.from({ length: 8 }, () => follower.readOn(NEVER))));
  expect(faults).toEqual(faults.map(() => undefined));
  expect(follower.seen(wordOf(249))?.sequence).toBe(250);
});

test('whoever gives up reading is not told that the end was reached, and the next goes on', async () => {
  await post(250);
  const follower = await follow('beginning', () => true);
  const giveUp = new AbortController();
  const reading = follower.readOn(giveUp.signal);
  clock.after(30, () => giveUp.abort());
  expect(await clock.run(reading)).toMatchObject({ code: expect.stringMatching(/^SYN_/) });
  expect(follower.seen(wordOf(249))).toBeUndefined();
  expect(await clock.run(follower.readOn(NEVER))).toBeUndefined();
  expect(follower.seen(wordOf(249))?.sequence).toBe(250);
});

test('a mirror that lags is asked ever more seldom, and as often as at first once something comes', async () => {
  const follower = await follow('end', undefined, OPERATOR);
  network.requests.length = 0;
  const giveUp = new AbortController();
  const waiting = follower.waitFor(wordOf(0), giveUp.signal);
  await pass(45_000);
  expect(network.requests.length).toBeLessThan(20);
  await post(1);
  expect((await clock.run(waiting))?.sequence).toBe(1);
  follower.close();
});
