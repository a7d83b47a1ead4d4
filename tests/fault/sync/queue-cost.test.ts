import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { batchesToCarry, receivedOf } from '../../../appliance/courier/received-ledger.ts';
import { targetStatuses } from '../../../appliance/sync/target-status.ts';
import type { PlantConfig } from '../../../core/config/plant.ts';
import { present } from '../../../core/model/assert.ts';
import type { WritableStore } from '../../../core/store/handle.ts';
import { openStore } from '../../../core/store/open-store.ts';
import { DUE_AFTER_MS, deliveryCounts, deliverySuccess, YOUNG_MAX } from '../../../core/sync/delivery-counts.ts';
import { countDeliveries, enqueue, findItem, keptOutbox, listItems } from '../../../core/sync/kept-outbox.ts';
import { testGenesis, testRecorder } from '../../fixtures/ledger.ts';

const NOW_MS = Date.UTC(2026, 10, 20);
const HOUR_MS = 3_600_000;
const LINK = { code: 'SYN_TEST_LINK', message: 'The link is down.' };

let folder: string;
let store: WritableStore;
let recorder: ReturnType<typeof testRecorder>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forebay-queue-cost-'));
  store = openStore(join(folder, 'ledger.db'), { access: 'write' });
  recorder = testRecorder(store);
  recorder.record([testGenesis]);
});

afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

/** Batches that were sealed an hour apart, the last one just now. */
function sealHours(count: number, targets: readonly string[] = ['hub', 'file']): void {
  for (let number = 0; number < count; number += 1) {
    const index = recorder.head().size;
    const message = JSON.stringify({ number });
    const id = createHash('sha256').update(message).digest('hex');
    const batch = { index, id, message, first: index - 1, end: index, size: index };
    const body = { v: 1, id, message, first: index - 1, end: index, size: index, targets };
    const toMs = NOW_MS - (count - 1 - number) * HOUR_MS;
    recorder.record([{ kind: 'batch', body }], (write) => enqueue(write, batch, toMs, targets));
  }
}

function outbox() {
  return keptOutbox({
    store,
    wallMs: () => NOW_MS,
    recordReceipt: (body, alongside) => {
      const index = recorder.head().size;
      recorder.record([{ kind: 'receipt', body }], (write) => alongside(write, index));
    },
  });
}

/** The store, with everything noted that it is asked. */
function noting(asked: Map<string, readonly unknown[]>): WritableStore {
  const note = (sql: string, values: readonly unknown[]): void => void asked.set(sql, values);
  return new Proxy(store, {
    get(real, name) {
      const member: unknown = Reflect.get(real, name);
      if (typeof member !== 'function') return member;
      return (...values: unknown[]) => {
        const [sql] = values;
        if (typeof sql === 'string' && (name === 'get' || name === 'all' || name === 'rows' || name === 'run')) {
          note(sql, values.slice(1));
        }
        return (member as (...given: unknown[]) => unknown).apply(real, values);
      };
    },
  });
}

/** Where states are asked for, the batches of a target in their order are all that it was ever given, the delivered ones first. */
function isLong(sql: string, detail: string): boolean {
  const isWalk =
    sql.includes('state') && /^SEARCH deliveries USING PRIMARY KEY \(target=\?(?: AND batch_idx[<>]\?)?\)/.test(detail);
  return isWalk || /^SCAN (?!CONSTANT)|TEMP B-TREE/.test(detail);
}

test('whatever waits and was delivered, each question of the queue is a step into an index', () => {
  sealHours(5);
  const asked = new Map<string, readonly unknown[]>();
  const noted = noting(asked);
  const kept = keptOutbox({ store: noted, recordReceipt: () => undefined, wallMs: () => NOW_MS });
  const item = present(kept.next('hub', 'in-order', NOW_MS), 'an item');
  kept.begin(item);
  kept.postpone(item, 'unknown', LINK, NOW_MS - 1);
  for (const lane of ['live', 'backlog', 'in-order'] as const) {
    kept.next('hub', lane, NOW_MS);
    kept.nextDueMs('hub', lane);
  }
  kept.recover('hub');
  kept.hurry(['hub']);
  const config = { sync: { file: { folder: '/stick' }, hub: {} } } as unknown as PlantConfig;
  targetStatuses(config, noted, [], NOW_MS);
  for (const state of ['waiting', 'unknown', 'parked'] as const) listItems(noted, 'hub', state, { afterIndex: 3 });
  findItem(noted, 'hub', item.batch.index);
  batchesToCarry(noted, 'file', 2, 20, 'unless-waiting');
  batchesToCarry(noted, 'file', 2, 20, 'every');
  receivedOf(noted);
  expect(asked.size).toBeGreaterThan(15);
  const planner = new Database(store.path, { readonly: true });
  for (const [sql, values] of asked) {
    const plan = planner.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values) as { detail: string }[];
    const details = plan.map(({ detail }) => detail);
    expect(
      details.filter((detail) => isLong(sql, detail)),
      sql,
    ).toEqual([]);
  }
  planner.close();
});

test('attempts, retries, failures by their code and the last contact outlive a restart', () => {
  sealHours(3);
  const [first, second] = [1, 2].map((index) => present(findItem(store, 'hub', index), 'an item'));
  const kept = outbox();
  for (const item of [first, second]) kept.begin(present(item, 'an item'));
  kept.postpone(present(first, 'an item'), 'unknown', LINK, 0);
  kept.park(present(second, 'an item'), { code: 'SYN_TEST_REFUSED', message: 'No.' });
  const again = present(findItem(store, 'hub', 1), 'an item');
  outbox().begin(again);
  outbox().settle(again, { sequence: 1 });
  expect(deliveryCounts(store, 'hub')).toEqual({
    attempts: 3,
    retries: 1,
    failures: { SYN_TEST_LINK: 1, SYN_TEST_REFUSED: 1 },
    lastContactMs: NOW_MS,
  });
  expect(deliveryCounts(store, 'file')).toEqual({ attempts: 0, retries: 0, failures: {} });
});

test('due are the delivered, the parked, and what was sealed more than an hour ago', () => {
  sealHours(10);
  const success = (): unknown => {
    const { delivered, waiting, sending, unknown, parked } = countDeliveries(store, 'hub');
    return deliverySuccess(store, 'hub', { delivered, open: waiting + sending + unknown + parked }, NOW_MS);
  };
  // The newest was sealed just now; the one before an hour ago, which is when it comes due.
  expect(success()).toEqual({ confirmed: 0, due: 9 });
  const kept = outbox();
  for (let count = 0; count < 6; count += 1) {
    const item = present(kept.next('hub', 'in-order', NOW_MS), 'an item');
    kept.begin(item);
    kept.settle(item, { sequence: count });
  }
  expect(success()).toEqual({ confirmed: 6, due: 9 });
  const newest = present(kept.next('hub', 'live', NOW_MS), 'the newest');
  kept.begin(newest);
  kept.settle(newest, { sequence: 7 });
  expect(success()).toEqual({ confirmed: 7, due: 10 });
  expect(DUE_AFTER_MS).toBe(HOUR_MS);
  expect(YOUNG_MAX).toBeGreaterThan(0);
});
