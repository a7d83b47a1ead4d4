import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Recorder } from '../../core/ledger/recorder.ts';
import { present } from '../../core/model/assert.ts';
import { sleep } from '../../core/model/clock.ts';
import { Failure } from '../../core/model/failure.ts';
import { type Random, seededRandom } from '../../core/model/random.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import { openStore } from '../../core/store/open-store.ts';
import type { Batch } from '../../core/sync/batch.ts';
import { deliveryCounts } from '../../core/sync/delivery-counts.ts';
import { enqueue, keptOutbox, listItems, retryParked } from '../../core/sync/kept-outbox.ts';
import { TargetLane } from '../../core/sync/lane.ts';
import type { Outbox } from '../../core/sync/outbox.ts';
import type { SyncTarget } from '../../core/sync/target.ts';
import { announceSeed } from '../contract/driver-host.ts';
import { SimulatedClock } from '../fault/simulated-clock.ts';
import { testGenesis, testRecorder } from '../fixtures/ledger.ts';
import { FlakyTarget } from './flaky-target.ts';

const SEED = announceSeed('sync lanes');
/** FOREBAY_SYNC_LIVES=100 for the long run. */
const LIVES = Number(process.env.FOREBAY_SYNC_LIVES ?? 10);
const START_MS = Date.UTC(2026, 9, 1);
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

let folder: string;
let store: WritableStore;
let recorder: Recorder<WritableStore>;
let clock: SimulatedClock;
let random: Random;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forebay-sync-lane-'));
  store = openStore(join(folder, 'ledger.db'), { access: 'write' });
  recorder = testRecorder(store);
  recorder.record([testGenesis]);
  clock = new SimulatedClock(START_MS);
  random = seededRandom(SEED);
});

afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

function outbox(): Outbox {
  return keptOutbox({
    store,
    recordReceipt: (body, alongside) => {
      const index = recorder.head().size;
      recorder.record([{ kind: 'receipt', body }], (write) => alongside(write, index));
    },
  });
}

function sealOne(number: number, targets: readonly string[]): Batch {
  const index = recorder.head().size;
  const message = JSON.stringify({ forebay: 1, number });
  const id = createHash('sha256').update(message).digest('hex');
  const batch = { index, id, message, first: index - 1, end: index, size: index };
  const body = { v: 1, id, message, first: batch.first, end: index, size: index, targets };
  recorder.record([{ kind: 'batch', body }], (write) => enqueue(write, batch, clock.wallMs(), targets));
  return batch;
}

function laneTo(target: FlakyTarget): TargetLane {
  const lane = new TargetLane({ target, outbox: outbox(), clock, random, log: SILENT, deadlineMs: 30_000 });
  lane.start();
  return lane;
}

async function pass(ms: number): Promise<void> {
  await clock.run(new Promise<void>((resolve) => clock.after(ms, resolve)));
}

test('every batch arrives exactly once at each target, through faults, hangs, link cuts and crashes', async () => {
  const names = ['hedera', 'hub', 'stick'];
  const targets = names.map(
    (name) => new FlakyTarget({ name, clock, random, faultShare: 0.12, isOrdered: name === 'hub' }),
  );
  const batches: Batch[] = [];
  let crashes = 0;
  for (let life = 0; life < LIVES; life += 1) {
    const lanes = targets.map(laneTo);
    for (let step = 0; step < 5; step += 1) {
      for (let count = 0; count < 3; count += 1) batches.push(sealOne(batches.length, names));
      for (const target of targets) target.isLinkUp = random.next() < 0.7;
      for (const lane of lanes) lane.wake(true);
      await pass(60_000 * random.next());
    }
    // Half of the lives end in an orderly way; the others leave everything as it is just then.
    if (random.next() < 0.5) await clock.run(Promise.all(lanes.map((lane) => lane.stop())));
    else {
      crashes += 1;
      for (const lane of lanes) lane.abandon();
    }
  }
  for (const target of targets) {
    target.isLinkUp = true;
    target.faultShare = 0;
  }
  const lanes = targets.map(laneTo);
  await pass(7_200_000);
  await clock.run(Promise.all(lanes.map((lane) => lane.stop())));
  expect(crashes).toBeGreaterThan(0);
  for (const target of targets) {
    const arrived = batches.map(({ id }) => target.arrivals.get(id)?.length ?? 0);
    expect(arrived, target.name).toEqual(batches.map(() => 1));
    expect(outbox().counts(target.name)).toMatchObject({ waiting: 0, sending: 0, unknown: 0, parked: 0 });
    expect(outbox().counts(target.name).delivered).toBe(batches.length);
  }
  const hub = present(targets[1], 'the hub');
  expect(hub.order).toEqual(batches.map(({ id }) => id));
});

test('a target that is dead for a day delays no other, is tried at ease, and costs no memory', async () => {
  const dead = new FlakyTarget({ name: 'hub', clock, random, faultShare: 0 });
  const live = new FlakyTarget({ name: 'hedera', clock, random, faultShare: 0 });
  dead.isLinkUp = false;
  const lanes = [dead, live].map(laneTo);
  for (let hour = 0; hour < 24; hour += 1) {
    const batch = sealOne(hour, ['hub', 'hedera']);
    for (const lane of lanes) lane.wake();
    await pass(3_600_000);
    expect(live.arrivals.get(batch.id)).toHaveLength(1);
  }
  expect(outbox().counts('hub')).toMatchObject({ waiting: 24, delivered: 0 });
  // Once in 5 min at most, after the first ten.
  expect(dead.connects + dead.attempts).toBeLessThan(10 + (24 * 3_600_000) / 240_000);
  expect(lanes[0]?.status()).toMatchObject({ breaker: 'open', fault: { code: 'SYN_TEST_LINK' } });
  dead.isLinkUp = true;
  for (const lane of lanes) lane.wake(true);
  await pass(600_000);
  expect(outbox().counts('hub')).toMatchObject({ waiting: 0, delivered: 24 });
  await clock.run(Promise.all(lanes.map((lane) => lane.stop())));
});

test('one connection that fails counts once, however many deliveries waited for it', async () => {
  const target = new FlakyTarget({ name: 'hedera', clock, random, faultShare: 0, inFlightMax: 64 });
  for (let number = 0; number < 64; number += 1) sealOne(number, ['hedera']);
  target.isLinkUp = false;
  const lane = laneTo(target);
  await pass(100);
  expect(lane.status()).toMatchObject({ breaker: 'closed', fault: { code: 'SYN_TEST_LINK' } });
  target.isLinkUp = true;
  // Nobody tells the lane that the link is back: it tries again by itself, in a second or two.
  await pass(5000);
  expect(outbox().counts('hedera').delivered).toBe(64);
  await clock.run(lane.stop());
});

test('what is newest arrives before a backlog is worked off', async () => {
  const target = new FlakyTarget({ name: 'hedera', clock, random, faultShare: 0, delayMs: 1000, inFlightMax: 2 });
  for (let number = 0; number < 200; number += 1) sealOne(number, ['hedera']);
  const lane = laneTo(target);
  await pass(10_000);
  const fresh = sealOne(200, ['hedera']);
  lane.wake();
  await pass(5000);
  expect(target.arrivals.get(fresh.id)).toHaveLength(1);
  expect(outbox().counts('hedera').waiting).toBeGreaterThan(100);
  await clock.run(lane.stop());
});

test('what a target refuses is parked with its reason, holds up nothing, and goes out when a person retries it', async () => {
  const target = new FlakyTarget({ name: 'hedera', clock, random, faultShare: 0 });
  const refused = sealOne(0, ['hedera']);
  target.refuse.add(refused.id);
  const other = sealOne(1, ['hedera']);
  const lane = laneTo(target);
  await pass(60_000);
  expect(target.arrivals.get(other.id)).toHaveLength(1);
  const [item] = listItems(store, 'hedera', 'parked');
  expect(item).toMatchObject({ batch: { id: refused.id }, attempts: 1, fault: { code: 'SYN_TEST_REFUSED' } });
  await pass(86_400_000);
  expect(target.arrivals.get(refused.id)).toBeUndefined();
  target.refuse.clear();
  expect(retryParked(store, 'hedera', refused.index)).toBe(true);
  lane.wake();
  await pass(300_000);
  expect(target.arrivals.get(refused.id)).toHaveLength(1);
  await clock.run(lane.stop());
});

test('a store that takes nothing for a while holds deliveries up, and ends and loses nothing', async () => {
  const target = new FlakyTarget({ name: 'hedera', clock, random, faultShare: 0.05 });
  const batches = Array.from({ length: 30 }, (_, number) => sealOne(number, ['hedera']));
  let isFull = false;
  const refuse = <T>(work: () => T): T => {
    if (isFull && random.next() < 0.7) throw new Failure('STO_FULL', 'The disk is full.');
    return work();
  };
  const kept = outbox();
  const full: Outbox = {
    ...kept,
    recover: (name) => refuse(() => kept.recover(name)),
    begin: (item) => refuse(() => kept.begin(item)),
    keepIntents: (intents) => refuse(() => kept.keepIntents(intents)),
    postpone: (...parts) => refuse(() => kept.postpone(...parts)),
    settleAll: (settled) => refuse(() => kept.settleAll(settled)),
  };
  isFull = true;
  const lane = new TargetLane({ target, outbox: full, clock, random, log: SILENT, deadlineMs: 30_000 });
  lane.start();
  await pass(120_000);
  isFull = false;
  await pass(3_600_000);
  await clock.run(lane.stop());
  expect(batches.map(({ id }) => target.arrivals.get(id)?.length)).toEqual(batches.map(() => 1));
  expect(outbox().counts('hedera')).toMatchObject({ delivered: 30, waiting: 0, unknown: 0, sending: 0 });
});

test('what was put off by a clock that ran ahead is due again once the clock is put back', async () => {
  const target = new FlakyTarget({ name: 'hedera', clock, random, faultShare: 0 });
  const batch = sealOne(0, ['hedera']);
  const [item] = listItems(store, 'hedera', 'waiting');
  const tenYearsMs = 315_576_000_000;
  outbox().postpone(
    present(item, 'the item'),
    'waiting',
    { code: 'SYN_TEST', message: 'later' },
    START_MS + tenYearsMs,
  );
  const lane = laneTo(target);
  await pass(120_000);
  expect(target.arrivals.get(batch.id)).toHaveLength(1);
  await clock.run(lane.stop());
});

test('a look that ends after it was given up takes nothing from the attempt that came after it', async () => {
  sealOne(0, ['hub']);
  store.run(`UPDATE deliveries SET state = 'unknown'`);
  let looks = 0;
  let deliveries = 0;
  const target: SyncTarget = {
    name: 'hub',
    isPublic: false,
    isOrdered: true,
    inFlightMax: 1,
    connect: async () => ({
      kind: 'connected',
      session: {
        locate: async () => {
          looks += 1;
          // Longer than the lane waits, and past the next attempt's beginning.
          if (looks === 1) await sleep(clock, 45_000);
          return { kind: 'absent' };
        },
        deliver: async (delivery, signal) => {
          deliveries += 1;
          if (!signal.aborted) await delivery.keepIntent(Buffer.from('what is sent'));
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
          return { kind: 'unknown', fault: { code: 'SYN_TEST_LOST', message: 'No answer came.' } };
        },
        close: () => Promise.resolve(),
      },
    }),
  };
  const lane = new TargetLane({ target, outbox: outbox(), clock, random, log: SILENT, deadlineMs: 30_000 });
  lane.start();
  await pass(50_000);
  lane.abandon();
  expect({ looks, deliveries }).toEqual({ looks: 2, deliveries: 1 });
  const [item] = listItems(store, 'hub', 'sending');
  expect(item?.intents.map((intent) => Buffer.from(intent).toString())).toEqual(['what is sent']);
});

test('a target that takes long to catch up, and does, is no failing one: it goes on at once, and no failure is counted', async () => {
  const batch = sealOne(0, ['hub']);
  let deliveries = 0;
  const target: SyncTarget = {
    name: 'hub',
    isPublic: false,
    isOrdered: true,
    inFlightMax: 1,
    connect: async () => ({
      kind: 'connected',
      session: {
        locate: async () => ({ kind: 'absent' }),
        deliver: async () => {
          deliveries += 1;
          await sleep(clock, 20_000);
          if (deliveries > 30) return { kind: 'delivered', receipt: { size: 1 } };
          const fault = { code: 'SYN_HUB_CATCHING_UP', message: 'The hub is being given the rest.' };
          return { kind: 'later', fault, isProgress: true };
        },
        close: () => Promise.resolve(),
      },
    }),
  };
  const lane = new TargetLane({ target, outbox: outbox(), clock, random, log: SILENT, deadlineMs: 30_000 });
  lane.start();
  await pass(310_000);
  expect(lane.status()).toMatchObject({ breaker: 'closed', inFlight: 1 });
  // The target is not down: what is said of it stands with the batch.
  expect(lane.status().fault).toBeUndefined();
  expect(listItems(store, 'hub', 'sending')[0]?.fault?.code).toBe('SYN_HUB_CATCHING_UP');
  expect(lane.status().lastContactMs).toBeGreaterThan(START_MS + 250_000);
  await pass(311_000);
  expect(listItems(store, 'hub', 'delivered')[0]?.batch.id).toBe(batch.id);
  expect(deliveryCounts(store, 'hub').failures).toEqual({});
  await clock.run(lane.stop());
});
