import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Connection } from '../../core/acquisition/driver.ts';
import { present } from '../../core/model/assert.ts';
import { sleep } from '../../core/model/clock.ts';
import { type Random, seededRandom } from '../../core/model/random.ts';
import { modbusTcp } from '../../drivers/modbus/modbus-tcp.ts';
import { announceSeed, driverHost, machineClock } from '../contract/driver-host.ts';
import { modbusDevice } from '../contract/modbus-device.ts';
import { type FaultServer, type Mischief, startFaultServer } from './modbus-server.ts';

const REQUESTS = Number(process.env.FOREBAY_LATE_REPLIES ?? 15_000);
const LANES = 24;
const TIMEOUT_MS = 30;
const DELAY_MS_MAX = 200;

const seed = announceSeed('modbus late replies');
const script = seededRandom(seed);
let epoch = 1;
let server: FaultServer;

beforeAll(async () => {
  // Each register tells its address and the epoch of the answer: a reply to another question, or to an older one,
  // cannot pass for the right one.
  server = await startFaultServer({
    random: seededRandom(seed + 1),
    script: () => nextMischief(script),
    cell: (request, address) => cellAt(request.unitId, request.functionCode, address),
  });
});

afterAll(() => server.close());

test('among late, doubled, foreign and broken replies none becomes a value', { timeout: REQUESTS * 60 }, async () => {
  const lanes = await Promise.all(Array.from({ length: LANES }, (_, lane) => runLane(lane)));
  const total = lanes.reduce((sum, lane) => addUp(sum, lane), emptyScore());
  process.stdout.write(`modbus late replies: ${JSON.stringify(total)}\n`);
  expect(total.wrong).toBe(0);
  expect(total.right).toBeGreaterThan(REQUESTS / 4);
  expect(total.missed).toBeGreaterThan(REQUESTS / 20);
  expect(total.strangers).toBeGreaterThan(REQUESTS / 50);
  expect(total.timeouts).toBeGreaterThan(0);
  expect(total.requests).toBeGreaterThanOrEqual(REQUESTS);
  expect([...server.functionCodes.keys()].sort()).toEqual([3, 4]);
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

/** One client with its own unit id, as the poller would use it: a spent connection is closed and opened anew. */
async function runLane(lane: number): Promise<Score> {
  const random = seededRandom(seed + 100 + lane);
  const score = emptyScore();
  while (score.requests < REQUESTS / LANES) {
    const connection = await open(lane, random);
    score.connections += 1;
    const before = score.requests;
    for (let isSpent = false; !isSpent && before + connection.counts().requests < REQUESTS / LANES; ) {
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

async function open(lane: number, random: Random): Promise<Connection> {
  const device = deviceOf(lane, [0]);
  const host = driverHost(Math.floor(random.next() * 2 ** 31));
  for (;;) {
    const outcome = await modbusTcp.connect(device, host, new AbortController().signal);
    if (outcome.kind === 'connected') return outcome.connection;
    // A busy machine may take longer to connect than the timeout of this test allows.
    if (outcome.fault.code !== 'DRV_MODBUS_CONNECT_TIMEOUT') throw new Error(outcome.fault.message);
    await sleep(machineClock, 100);
  }
}

/** Reads a few registers at random and holds each value against what its address may say now. */
async function readOnce(connection: Connection, lane: number, random: Random, score: Score): Promise<boolean> {
  const addresses = Array.from(
    { length: 1 + Math.floor(random.next() * 4) },
    () => Math.floor(random.next() * 40) * 30,
  );
  const { points } = deviceOf(lane, addresses);
  epoch += 1;
  const earliest = epoch;
  const outcomes = await connection.read(points, new AbortController().signal);
  let isSpent = false;
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.kind === 'miss') {
      score.missed += 1;
      isSpent ||= outcome.fault.policy === 'reconnect';
      continue;
    }
    const address = present(addresses[index], 'the address asked for');
    const { digits } = present(outcome.register, 'the exact counts');
    const isRight = isPossible(digits, lane, functionCodeOf(index), address, earliest, epoch);
    if (isRight) score.right += 1;
    else score.wrong += 1;
  }
  return isSpent;
}

function deviceOf(lane: number, addresses: readonly number[]) {
  return modbusDevice(
    { port: server.port, unitId: lane + 1, timeout: `${TIMEOUT_MS}ms`, gap: 0 },
    addresses.map((address, index) => ({
      id: `r${index}`,
      register: functionCodeOf(index) === 3 ? 'holding' : 'input',
      address,
      type: 'uint64',
      kind: 'counter' as const,
    })),
  );
}

function functionCodeOf(index: number): 3 | 4 {
  return index % 2 === 0 ? 3 : 4;
}

/** Four registers: unit id and function code, address, high and low word of the epoch. */
function cellAt(unitId: number, functionCode: number, address: number): number {
  const word = address % 30;
  if (word === 0) return unitId * 256 + functionCode;
  if (word === 1) return address - 1;
  return word === 2 ? epoch >>> 16 : epoch & 0xffff;
}

function isPossible(
  counts: bigint,
  lane: number,
  functionCode: number,
  address: number,
  earliest: number,
  latest: number,
): boolean {
  for (let moment = earliest; moment <= latest; moment += 1) {
    const words = [(lane + 1) * 256 + functionCode, address, moment >>> 16, moment & 0xffff];
    const expected = words.reduce((sum, word) => sum * 65_536n + BigInt(word), 0n);
    if (counts === expected) return true;
  }
  return false;
}

function nextMischief(random: Random): Mischief {
  const pick = random.next();
  const delayMs = Math.floor(random.next() * DELAY_MS_MAX);
  if (pick < 0.55) return { kind: 'none' };
  if (pick < 0.6) return { kind: 'delay', delayMs };
  if (pick < 0.68) return { kind: 'duplicate', delayMs: delayMs % 20 };
  if (pick < 0.76) return { kind: 'replay-old' };
  const rare: Mischief[] = [
    { kind: 'drop' },
    { kind: 'reorder' },
    { kind: 'wrong-transaction', offset: random.next() < 0.5 ? 256 : 1 + Math.floor(random.next() * 65_534) },
    { kind: 'wrong-unit' },
    { kind: 'wrong-function' },
    { kind: 'wrong-protocol' },
    { kind: 'wrong-byte-count', offset: random.next() < 0.5 ? 2 : -2 },
    { kind: 'truncated' },
    { kind: 'trailing-garbage', bytes: Array.from({ length: 9 }, () => Math.floor(random.next() * 256)) },
    { kind: 'huge-length' },
    { kind: 'exception', exception: 1 + Math.floor(random.next() * 12) },
    { kind: 'exception', exception: 6 },
    { kind: 'reset' },
    { kind: 'end-mid-frame' },
    { kind: 'black-hole' },
    { kind: 'drip', everyMs: Math.floor(random.next() * 4) },
    { kind: 'heartbeat' },
  ];
  return present(rare[Math.floor(((pick - 0.76) / 0.24) * rare.length)], 'a mischief');
}

function emptyScore(): Score {
  return { right: 0, wrong: 0, missed: 0, requests: 0, timeouts: 0, strangers: 0, connections: 0 };
}

function addUp(a: Score, b: Score): Score {
  return {
    right: a.right + b.right,
    wrong: a.wrong + b.wrong,
    missed: a.missed + b.missed,
    requests: a.requests + b.requests,
    timeouts: a.timeouts + b.timeouts,
    strangers: a.strangers + b.strangers,
    connections: a.connections + b.connections,
  };
}
