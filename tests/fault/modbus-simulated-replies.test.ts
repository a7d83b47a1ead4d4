import { describe, expect, test } from 'vitest';
import type { Connection } from '../../core/acquisition/driver.ts';
import { Shared } from '../../core/acquisition/shared.ts';
import type { DeviceConfig } from '../../core/config/plant.ts';
import { present } from '../../core/model/assert.ts';
import { sleep } from '../../core/model/clock.ts';
import { type Random, seededRandom } from '../../core/model/random.ts';
import { announceSeed, driverHost } from '../contract/driver-host.ts';
import { modbusDeviceOf } from '../contract/modbus-device.ts';
import type { Mischief } from './modbus-mischief.ts';
import { SimulatedClock } from './simulated-clock.ts';
import { MODBUS_FORMS, type ModbusForm, type SimulatedPlant, simulatePlant } from './simulated-modbus.ts';
import { isToldRight, TELLING_POINTS, tellingCell, toldPlace } from './telling-cells.ts';

/** FOREBAY_SIMULATED_REPLIES=1000000 runs the figure that docs/drivers/modbus.md gives. */
const REQUESTS = Number(process.env.FOREBAY_SIMULATED_REPLIES ?? 30_000);
const TEST_MS = Math.max(360_000, REQUESTS * 10);
const LINES = 6;
const UNITS = 4;
const DELAY_MS_MAX = 60_000;
const TIMEOUT_MS = 1000;
const LATENCY_MS = 25;
const NEVER = new AbortController().signal;

const seed = announceSeed('modbus simulated replies');

interface Score {
  right: number;
  wrong: number;
  missed: number;
  requests: number;
  timeouts: number;
  strangers: number;
}

describe.each(MODBUS_FORMS)('%s', (form) => {
  test('replies late by a minute, lost, doubled, reordered, foreign: no wrong value', {
    timeout: TEST_MS,
  }, async () => {
    const total = await runLines(form, { doubledMsMax: DELAY_MS_MAX, isStrict: true }, REQUESTS);
    process.stdout.write(`${form}: ${JSON.stringify(total)}\n`);
    expectSound(total, REQUESTS);
  });

  test('the same without a word on it in plant.yaml, with copies that come soon', { timeout: TEST_MS }, async () => {
    const total = await runLines(form, { doubledMsMax: 90, isStrict: false }, REQUESTS / 4);
    process.stdout.write(`${form} without settings: ${JSON.stringify(total)}\n`);
    expectSound(total, REQUESTS / 4);
  });
});

function expectSound(total: Score, requests: number): void {
  expect(total.wrong).toBe(0);
  expect(total.requests).toBeGreaterThanOrEqual(requests);
  expect(total.right).toBeGreaterThan(requests / 5);
  expect(total.missed).toBeGreaterThan(requests / 100);
  expect(total.timeouts).toBeGreaterThan(requests / 100);
  expect(total.strangers).toBeGreaterThan(requests / 1000);
}

interface World {
  doubledMsMax: number;
  /** Whether plant.yaml says for how long a copy of a reply may come. */
  isStrict: boolean;
}

async function runLines(form: ModbusForm, world: World, requests: number): Promise<Score> {
  const clock = new SimulatedClock(Date.parse('2026-11-20T00:00:00Z'));
  const score: Score = { right: 0, wrong: 0, missed: 0, requests: 0, timeouts: 0, strangers: 0 };
  const lines = Array.from({ length: LINES }, (_, line) => runLine(form, world, clock, line, requests / LINES, score));
  await clock.run(Promise.all(lines));
  return score;
}

/** Four units on one line, each polled by its own device; every second line's units have nothing behind their values. */
async function runLine(
  form: ModbusForm,
  world: World,
  clock: SimulatedClock,
  line: number,
  requests: number,
  score: Score,
): Promise<void> {
  const random = seededRandom(seed + 1000 * (line + 1));
  const isOpenEnded = line % 2 === 0;
  const plant = simulatePlant(
    form,
    clock,
    {
      random,
      script: () => nextMischief(random, world, form),
      cell: (request, address) => tellingCell(clock, request, address, isOpenEnded ? 'more-behind' : 'nothing-behind'),
    },
    LATENCY_MS,
  );
  const shared = new Shared();
  const counted = { requests: 0 };
  await Promise.all(
    Array.from({ length: UNITS }, (_, at) =>
      runDevice(form, world, clock, plant, shared, { unitId: at + 1, line, random, requests, counted, score }),
    ),
  );
}

interface Lane {
  unitId: number;
  line: number;
  random: Random;
  /** How many the line is to send in all, and has sent. */
  requests: number;
  counted: { requests: number };
  score: Score;
}

async function runDevice(
  form: ModbusForm,
  world: World,
  clock: SimulatedClock,
  plant: SimulatedPlant,
  shared: Shared,
  lane: Lane,
): Promise<void> {
  const host = driverHost(seed + lane.line * 10 + lane.unitId, { clock, shared });
  const strict = world.isStrict && form !== 'modbus-tcp' ? { doubledReplies: '60s' } : {};
  const device = modbusDeviceOf(
    form,
    { unitId: lane.unitId, timeout: `${TIMEOUT_MS}ms`, gap: 0, ...strict },
    TELLING_POINTS,
  );
  while (lane.counted.requests < lane.requests) {
    const outcome = await plant.driver.connect(device, host, NEVER);
    if (outcome.kind === 'fault') {
      await sleep(clock, 1000);
      continue;
    }
    await pollUntilSpent(clock, outcome.connection, device, lane);
  }
}

async function pollUntilSpent(clock: SimulatedClock, connection: Connection, device: DeviceConfig, lane: Lane) {
  let before = connection.counts().requests;
  for (let isSpent = false; !isSpent && lane.counted.requests < lane.requests; ) {
    isSpent = await readOnce(clock, connection, device, lane);
    const { requests } = connection.counts();
    // Where nothing may be asked just now, polling goes on more slowly: it would only take time.
    const isIdle = requests === before;
    lane.counted.requests += requests - before;
    before = requests;
    await sleep(clock, (700 + lane.random.next() * 600) * (isIdle ? 7 : 1));
  }
  await connection.close();
  const counts = connection.counts();
  lane.score.requests += counts.requests;
  lane.score.timeouts += counts.timeouts;
  lane.score.strangers += counts.strangers;
}

async function readOnce(clock: SimulatedClock, connection: Connection, device: DeviceConfig, lane: Lane) {
  const points = device.points.filter(() => lane.random.next() < 0.6);
  const earliest = clock.monotonicMs();
  const outcomes = await connection.read(points, NEVER);
  let isSpent = false;
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.kind === 'miss') {
      lane.score.missed += 1;
      isSpent ||= outcome.fault.policy === 'reconnect';
      continue;
    }
    const { digits } = present(outcome.register, 'the exact counts');
    const { address, functionCode } = toldPlace(present(points[index], 'the point').id);
    const told = { unitId: lane.unitId, functionCode, address };
    if (isToldRight(digits, told, earliest, clock.monotonicMs())) lane.score.right += 1;
    else lane.score.wrong += 1;
  }
  return isSpent;
}

function nextMischief(random: Random, world: World, form: ModbusForm): Mischief {
  const pick = random.next();
  const delayMs = random.next() * DELAY_MS_MAX;
  if (pick < 0.9) return { kind: 'none' };
  if (pick < 0.92) return { kind: 'delay', delayMs };
  if (pick < 0.93) return { kind: 'delay', delayMs: random.next() * 3 * TIMEOUT_MS };
  if (pick < 0.95) return { kind: 'duplicate', delayMs: random.next() * world.doubledMsMax };
  if (pick < 0.96) return { kind: 'duplicate', delayMs: random.next() * 30 };
  const bytes = Array.from({ length: 1 + Math.floor(random.next() * 12) }, () => Math.floor(random.next() * 256));
  const rare: Mischief[] = [
    { kind: 'drop' },
    { kind: 'drop' },
    { kind: 'reorder' },
    { kind: 'wrong-unit' },
    { kind: 'wrong-function' },
    { kind: 'wrong-byte-count', offset: random.next() < 0.5 ? 2 : -2 },
    { kind: 'truncated' },
    // TCP itself loses no bytes in the middle of a stream.
    form === 'modbus-tcp' ? { kind: 'drop' } : { kind: 'cut-short', bytes: 1 + Math.floor(random.next() * 6) },
    { kind: 'trailing-garbage', bytes },
    { kind: 'leading-garbage', bytes },
    { kind: 'flip-bit', bit: 64 + Math.floor(random.next() * 8) },
    { kind: 'exception', exception: 1 + Math.floor(random.next() * 12) },
    { kind: 'exception', exception: 6 },
    { kind: 'reset' },
    { kind: 'end-mid-frame' },
    // A copy that waits behind a slow drip would come later than this world's copies do.
    { kind: 'drip', everyMs: (world.isStrict ? 60 : 0.2) * random.next() },
    { kind: 'heartbeat' },
    { kind: 'broadcast' },
    { kind: 'echo' },
  ];
  return present(rare[Math.floor(random.next() * rare.length)], 'a mischief');
}
