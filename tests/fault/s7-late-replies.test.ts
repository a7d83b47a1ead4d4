import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Connection } from '../../core/acquisition/driver.ts';
import { present } from '../../core/model/assert.ts';
import { type Random, seededRandom } from '../../core/model/random.ts';
import { s7 } from '../../drivers/s7/s7.ts';
import { announceSeed, driverHost } from '../contract/driver-host.ts';
import { s7Device } from '../contract/s7-device.ts';
import { type Mischief, type S7Server, startS7Server } from './s7-server.ts';

const REQUESTS = Number(process.env.FOREBAY_LATE_REPLIES ?? 8000);
const LANES = 12;
const TIMEOUT_MS = 30;
const DELAY_MS_MAX = 150;
const NEVER = new AbortController().signal;

const seed = announceSeed('s7 late replies');
const script = seededRandom(seed);
let epoch = 1;
let server: S7Server;

beforeAll(async () => {
  // Eight bytes tell their block, their address and the epoch of the answer: a reply to another question, or to an
  // older one, cannot pass for the right one.
  server = await startS7Server({
    script: ({ kind }) => (kind === 'read' || kind === 'status' ? nextMischief(script) : rareRefusal(script)),
    byte: ({ db }, at) => byteAt(db, at),
  });
});

afterAll(() => server.close());

test('among late, doubled, foreign and broken replies none becomes a value', { timeout: REQUESTS * 60 }, async () => {
  const scores = await Promise.all(Array.from({ length: LANES }, (_, lane) => runLane(lane)));
  const keys = Object.keys(emptyScore()) as (keyof Score)[];
  const total = emptyScore();
  for (const score of scores) for (const key of keys) total[key] += score[key];
  process.stdout.write(`s7 late replies: ${JSON.stringify(total)}\n`);
  expect(total.wrong).toBe(0);
  expect(total.right).toBeGreaterThan(REQUESTS / 4);
  expect(total.missed).toBeGreaterThan(REQUESTS / 20);
  expect(total.strangers).toBeGreaterThan(REQUESTS / 50);
  expect(total.timeouts).toBeGreaterThan(0);
  expect(total.requests).toBeGreaterThanOrEqual(REQUESTS);
  expect([...server.functions.keys()].sort()).toEqual(['connect', 'job 04', 'job f0', 'user data 44 01']);
});

interface Score {
  right: number;
  wrong: number;
  missed: number;
  requests: number;
  timeouts: number;
  strangers: number;
  connections: number;
}

/** One client with its own data block, as the poller would use it: a spent connection is closed and opened anew. */
async function runLane(lane: number): Promise<Score> {
  const random = seededRandom(seed + 100 + lane);
  const score = emptyScore();
  while (score.requests < REQUESTS / LANES) {
    const opened = await s7.connect(deviceOf(lane, [0]), driverHost(Math.floor(random.next() * 2 ** 31)), NEVER);
    score.connections += 1;
    if (opened.kind === 'fault') continue;
    const { connection } = opened;
    for (let isSpent = false; !isSpent && connection.counts().requests < REQUESTS / LANES; ) {
      isSpent = await readOnce(connection, lane, random, score);
    }
    await connection.close();
    const counts = connection.counts();
    score.requests += counts.requests;
    score.timeouts += counts.timeouts;
    score.strangers += counts.strangers;
  }
  return score;
}

/** Reads a few values at random and holds each against what its address may say now. */
async function readOnce(connection: Connection, lane: number, random: Random, score: Score): Promise<boolean> {
  const addresses = Array.from(
    { length: 1 + Math.floor(random.next() * 4) },
    () => Math.floor(random.next() * 40) * 40,
  );
  const { points } = deviceOf(lane, addresses);
  epoch += 1;
  const earliest = epoch;
  let isSpent = false;
  for (const [index, outcome] of (await connection.read(points, NEVER)).entries()) {
    if (outcome.kind === 'miss') {
      score.missed += 1;
      isSpent ||= outcome.fault.policy === 'reconnect';
      continue;
    }
    const address = present(addresses[index], 'the address asked for');
    const { digits } = present(outcome.register, 'the exact counts');
    const isRight = isPossible(digits, lane + 1, address, earliest);
    score[isRight ? 'right' : 'wrong'] += 1;
  }
  return isSpent;
}

function deviceOf(lane: number, addresses: readonly number[]) {
  return s7Device(
    { port: server.port, timeout: `${TIMEOUT_MS}ms`, gap: 0, state: lane % 3 === 0 ? 'check' : 'ignore' },
    addresses.map((at, index) => ({ id: `p${index}`, address: `DB${lane + 1},ULINT${at}`, kind: 'counter' as const })),
  );
}

/** Two bytes each: block, address, and the epoch in four. */
function byteAt(db: number, at: number): number {
  const start = at - (at % 8);
  const text = Buffer.alloc(8);
  text.writeUInt16BE(db, 0);
  text.writeUInt16BE(start, 2);
  text.writeUInt32BE(epoch, 4);
  return text.readUInt8(at % 8);
}

function isPossible(digits: bigint, db: number, at: number, earliest: number): boolean {
  const now = Number(digits & 0xffff_ffffn);
  const place = digits >> 32n;
  return place === BigInt(db) * 65_536n + BigInt(at) && now >= earliest && now <= epoch;
}

function nextMischief(random: Random): Mischief {
  const pick = random.next();
  const delayMs = Math.floor(random.next() * DELAY_MS_MAX);
  if (pick < 0.55) return { kind: 'none' };
  if (pick < 0.6) return { kind: 'delay', delayMs };
  if (pick < 0.68) return { kind: 'duplicate', delayMs: delayMs % 20 };
  if (pick < 0.76) return { kind: 'replay-old' };
  const bytes = Array.from({ length: 40 }, () => Math.floor(random.next() * 256));
  const rare: Mischief[] = [
    { kind: 'drop' },
    { kind: 'reset' },
    { kind: 'end' },
    { kind: 'end-mid-frame' },
    { kind: 'drip', everyMs: 0 },
    { kind: 'fragments' },
    { kind: 'wrong-reference', offset: 1 + Math.floor(random.next() * 65_534) },
    { kind: 'wrong-function' },
    { kind: 'wrong-count' },
    { kind: 'short-item', bytes: 1 + Math.floor(random.next() * 4) },
    { kind: 'short-reply', bytes: 1 + Math.floor(random.next() * 9) },
    { kind: 'garbage', bytes },
    { kind: 'request-error', error: Math.floor(random.next() * 65_535) + 1 },
    { kind: 'item-error', code: Math.floor(random.next() * 255) },
    { kind: 'item-error', code: 5 },
  ];
  return present(rare[Math.floor(((pick - 0.76) / 0.24) * rare.length)], 'a mischief');
}

function rareRefusal(random: Random): Mischief {
  return random.next() < 0.02 ? { kind: 'disconnect', reason: Math.floor(random.next() * 256) } : { kind: 'none' };
}

function emptyScore(): Score {
  return { right: 0, wrong: 0, missed: 0, requests: 0, timeouts: 0, strangers: 0, connections: 0 };
}
