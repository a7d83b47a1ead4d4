import { performance } from 'node:perf_hooks';
import type { BenchResult } from '../../appliance/commands/bench.ts';
import { type Poller, startPoller } from '../../core/acquisition/poller.ts';
import type { DeviceConfig } from '../../core/config/plant.ts';
import { present } from '../../core/model/assert.ts';
import { type Random, seededRandom } from '../../core/model/random.ts';
import { driverHost } from '../contract/driver-host.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';
import { scriptedDriver, scriptedPlant } from '../fixtures/scripted-driver.ts';
import { TroubledDevice } from '../simulation/troubled-device.ts';

export interface PollerBenchSize {
  readonly points: number;
  readonly cycles: number;
  readonly outages: number;
}

const SEED = 20_261_120;
const MINUTE_MS = 60_000;
const NEVER = new AbortController().signal;

/**
 * What the poller adds to a read, and how soon it is back, in simulated time. Budget: back within 30 s of the path's
 * return, 10 s in the middle, and at most 12 attempts in any minute.
 */
export async function run(size: PollerBenchSize = { points: 250, cycles: 3000, outages: 500 }): Promise<BenchResult[]> {
  return [await overhead(size), ...(await recovery(size))];
}

function deviceOf(points: number): DeviceConfig {
  const device = present(scriptedPlant().devices[0], 'the device');
  const [point] = device.points;
  const many = Array.from({ length: points }, (_, index) => ({
    ...present(point, 'a point'),
    id: `p${index}`,
    ref: `plc1/p${index}`,
  }));
  return { ...device, points: many };
}

/** The same driver with and without the poller around it, in turns, so that both see the machine's moods. */
async function overhead({ points, cycles }: PollerBenchSize): Promise<BenchResult> {
  const device = deviceOf(points);
  const turns = 10;
  const each = Math.ceil(cycles / turns);
  const ours: number[] = [];
  const bare: number[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    const clock = new ManualClock(0);
    const host = driverHost(1, { clock });
    let told = 0;
    const { driver } = scriptedDriver(() => 7);
    const onCycle = (): void => {
      told += 1;
    };
    const poller = startPoller({ device, driver, host, onCycle, onHealth: () => {} });
    const begunMs = performance.now();
    await clock.pass(each * device.periodMs);
    ours.push(((performance.now() - begunMs) * 1000) / told);
    await end(poller, clock);
    const opened = await scriptedDriver(() => 7).driver.connect(device, host, NEVER);
    if (opened.kind === 'fault') throw new Error(opened.fault.message);
    const startedMs = performance.now();
    for (let cycle = 0; cycle < each; cycle += 1) await opened.connection.read(device.points, NEVER);
    bare.push(((performance.now() - startedMs) * 1000) / each);
  }
  const [value, baseline] = [middle(ours), middle(bare)];
  return {
    name: 'poller-cycle',
    value,
    unit: 'us',
    baseline,
    ratio: value / baseline,
    note: `${points} points, the clock of the tests included; baseline: the same reads without a poller`,
  };
}

async function recovery({ outages }: PollerBenchSize): Promise<BenchResult[]> {
  const random = seededRandom(SEED);
  const clock = new ManualClock(0);
  const server = new TroubledDevice(clock, random);
  let goodAtMs = 0;
  const poller = startPoller({
    device: deviceOf(3),
    driver: server.driver,
    host: driverHost(1, { clock, random }),
    onCycle: ({ outcomes }) => {
      if (outcomes.every(({ kind }) => kind === 'sample')) goodAtMs = clock.monotonicMs();
    },
    onHealth: () => {},
  });
  const tookMs: number[] = [];
  const plainMs: number[] = [];
  for (let outage = 0; outage < outages; outage += 1) {
    await clock.pass(90_000 + random.next() * MINUTE_MS);
    const awayMs = 1000 + random.next() * 10 * MINUTE_MS;
    server.setPath(random.next() < 0.5 ? 'refuses' : 'silent');
    server.reset();
    await clock.pass(awayMs);
    server.setPath('up');
    const backMs = clock.monotonicMs();
    while (goodAtMs < backMs) await clock.pass(100);
    tookMs.push(goodAtMs - backMs);
    plainMs.push(doublingWaitMs(awayMs, random));
  }
  await end(poller, clock);
  const note = `${outages} outages of 1 s to 10 min in simulated time, seed ${SEED}`;
  const seconds = (ms: number): number => Math.round(ms / 10) / 100;
  const figure = (name: string, ours: number, theirs: number, budget: string): BenchResult => ({
    name,
    value: seconds(ours),
    unit: 's',
    baseline: seconds(theirs),
    ratio: ours / theirs,
    note: `${note}; baseline: doubling from 1 s to 2 min; budget: ${budget}`,
  });
  return [
    figure('recovery-typical', middle(tookMs), middle(plainMs), '10'),
    figure('recovery-longest', Math.max(...tookMs), Math.max(...plainMs), '30'),
    {
      name: 'attempts-in-a-minute',
      value: mostInAMinute(server.attemptsMs),
      unit: 'attempts',
      note: `${note}; the most that any minute saw; budget: 12; ${server.openMax} session at the server at most`,
    },
  ];
}

/** How long after the path's return the plain way of waiting, doubled up to two minutes, asks again. */
function doublingWaitMs(awayMs: number, random: Random): number {
  let atMs = 0;
  for (let waitMs = 1000; atMs < awayMs; waitMs = Math.min(2 * MINUTE_MS, waitMs * 2)) {
    atMs += waitMs * (0.9 + 0.2 * random.next());
  }
  return atMs - awayMs;
}

function mostInAMinute(attemptsMs: readonly number[]): number {
  let from = 0;
  return attemptsMs.reduce((most, atMs, at) => {
    while ((attemptsMs[from] ?? atMs) <= atMs - MINUTE_MS) from += 1;
    return Math.max(most, at - from + 1);
  }, 0);
}

async function end(poller: Poller, clock: ManualClock): Promise<void> {
  const stopped = poller.stop();
  await clock.pass(5000);
  await stopped;
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
