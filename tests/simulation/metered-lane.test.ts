import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Random, seededRandom } from '../../core/model/random.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import { openStore } from '../../core/store/open-store.ts';
import type { Batch } from '../../core/sync/batch.ts';
import { deliveryCounts } from '../../core/sync/delivery-counts.ts';
import { countDeliveries, enqueue, keptOutbox } from '../../core/sync/kept-outbox.ts';
import { TargetLane } from '../../core/sync/lane.ts';
import { keptLinkBudget, type LinkBudget } from '../../core/sync/link-budget.ts';
import type { SyncTarget } from '../../core/sync/target.ts';
import { announceSeed } from '../contract/driver-host.ts';
import { SimulatedClock } from '../fault/simulated-clock.ts';
import { testGenesis, testRecorder } from '../fixtures/ledger.ts';
import { FlakyTarget } from './flaky-target.ts';

const SEED = announceSeed('metered lanes');
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };
const HOUR_MS = 3_600_000;

let store: WritableStore;
let recorder: ReturnType<typeof testRecorder>;
let clock: SimulatedClock;
let random: Random;
let budget: LinkBudget;

beforeEach(() => {
  store = openStore(':memory:', { access: 'write' });
  recorder = testRecorder(store);
  recorder.record([testGenesis]);
  clock = new SimulatedClock(Date.UTC(2026, 10, 20, 10));
  random = seededRandom(SEED);
  budget = keptLinkBudget({ store, clock, timezone: 'UTC', bytesPerDay: 100_000 });
});

afterEach(() => store.close());

function sealOne(number: number, targets: readonly string[]): Batch {
  const index = recorder.head().size;
  const message = JSON.stringify({ forebay: 1, number });
  const id = createHash('sha256').update(message).digest('hex');
  const batch = { index, id, message, first: index - 1, end: index, size: index };
  const body = { v: 1, id, message, first: batch.first, end: index, size: index, targets };
  recorder.record([{ kind: 'batch', body }], (write) => enqueue(write, batch, clock.wallMs(), targets));
  return batch;
}

/** The target, as one beyond a link on which each delivery takes so many bytes. */
function beyond(inner: FlakyTarget, isPublic: boolean, bytesEach: number): SyncTarget {
  const { name, isOrdered, inFlightMax } = inner;
  return { name, isOrdered, inFlightMax, isPublic, link: { bytesEach }, connect: () => inner.connect() };
}

function laneTo(target: SyncTarget): TargetLane {
  const outbox = keptOutbox({
    store,
    recordReceipt: (body, alongside) => {
      const index = recorder.head().size;
      recorder.record([{ kind: 'receipt', body }], (write) => alongside(write, index));
    },
  });
  const lane = new TargetLane({ target, outbox, clock, random, log: SILENT, budget });
  lane.start();
  return lane;
}

async function pass(ms: number): Promise<void> {
  await clock.run(new Promise<void>((resolve) => clock.after(ms, resolve)));
}

test('a backlog goes out day by day, the newest first, and never more than the day allows', async () => {
  const inner = new FlakyTarget({ name: 'hedera', clock, random, faultShare: 0 });
  const batches = Array.from({ length: 40 }, (_, number) => sealOne(number, ['hedera']));
  const lane = laneTo(beyond(inner, true, 4000));
  await pass(HOUR_MS);
  expect(inner.order).toHaveLength(25);
  const newest = batches.slice(15).map(({ id }) => id);
  expect(new Set(inner.order)).toEqual(new Set(newest));
  expect(lane.status()).toMatchObject({ breaker: 'closed', held: { code: 'SYN_LINK_BUDGET' } });
  expect(lane.status().fault).toBeUndefined();
  expect(deliveryCounts(store, 'hedera').failures).toEqual({});
  await pass(14 * HOUR_MS);
  expect(inner.order).toHaveLength(40);
  expect(lane.status().held).toBeUndefined();
  await clock.run(lane.stop());
});

test('small messages go out beside uploads that have used up their share', async () => {
  const hub = new FlakyTarget({ name: 'hub', clock, random, faultShare: 0, isOrdered: true });
  const hedera = new FlakyTarget({ name: 'hedera', clock, random, faultShare: 0 });
  for (let number = 0; number < 20; number += 1) sealOne(number, ['hub']);
  const upload = laneTo(beyond(hub, false, 20_000));
  const small = laneTo(beyond(hedera, true, 2000));
  await pass(HOUR_MS);
  expect(hub.order).toHaveLength(4);
  for (let hour = 0; hour < 8; hour += 1) {
    const batch = sealOne(100 + hour, ['hub', 'hedera']);
    for (const lane of [upload, small]) lane.wake();
    await pass(HOUR_MS);
    expect(hedera.arrivals.get(batch.id), `hour ${hour}`).toHaveLength(1);
  }
  expect(hub.order).toHaveLength(4);
  expect(countDeliveries(store, 'hub').waiting).toBe(24);
  await clock.run(Promise.all([upload.stop(), small.stop()]));
});

test('a crash gives no bytes back', async () => {
  const inner = new FlakyTarget({ name: 'hedera', clock, random, faultShare: 0.3 });
  for (let number = 0; number < 60; number += 1) sealOne(number, ['hedera']);
  for (let life = 0; life < 20; life += 1) {
    const lane = laneTo(beyond(inner, true, 4000));
    await pass(Math.round(20_000 * random.next()));
    lane.abandon();
    await pass(1000);
  }
  const { usedBytes } = budget.status();
  expect(usedBytes).toBe(4000 * deliveryCounts(store, 'hedera').attempts);
  expect(usedBytes).toBeLessThanOrEqual(100_000);
  expect(inner.order.length).toBeGreaterThan(0);
});
