import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchResult } from '../../appliance/commands/bench.ts';
import { targetStatuses } from '../../appliance/sync/target-status.ts';
import type { PlantConfig } from '../../core/config/plant.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import { openStore } from '../../core/store/open-store.ts';
import { enqueue, keptOutbox } from '../../core/sync/kept-outbox.ts';
import type { Lane } from '../../core/sync/outbox.ts';
import { testGenesis, testRecorder } from '../fixtures/ledger.ts';

const FILL_GROUP = 5000;
const TIMES = 300;
const TARGET = 'file';
const CONFIG = { sync: { file: { folder: '/media/usb' } } } as PlantConfig;
const START_MS = Date.parse('2026-01-01T00:00:00Z');
const HOUR_MS = 3_600_000;
const MESSAGE_BYTES = 620;

/** What asking a queue costs, in milliseconds each time. */
interface QueueTimes {
  readonly statusMs: readonly number[];
  readonly nextMs: readonly number[];
}

/**
 * What the status says and which item comes next, with `deep` and with `shallow` batches waiting in the store: a tenth of
 * them failed before and wait for their time. The shallow queue is the baseline. And the same with `shallow` batches that
 * wait behind `deep` ones that were delivered.
 */
export function runQueue({ deep, shallow }: { readonly deep: number; readonly shallow: number }): BenchResult[] {
  const base = timesOf(shallow);
  const full = timesOf(deep);
  const behind = timesOf(deep + shallow, deep);
  const note = `${deep} batches waiting, against ${shallow}`;
  const old = `${shallow} batches waiting behind ${deep} that were delivered, against none`;
  return [
    figure('sync-queue-status', full.statusMs, base.statusMs, `${note}; budget 5 ms`),
    figure('sync-queue-next', full.nextMs, base.nextMs, `${note}; live, backlog and in order in turn; budget 1 ms`),
    figure('sync-history-status', behind.statusMs, base.statusMs, `${old}; budget 5 ms`),
    figure('sync-history-next', behind.nextMs, base.nextMs, `${old}; budget 1 ms`),
  ];
}

function timesOf(batches: number, delivered = 0): QueueTimes {
  const folder = mkdtempSync(join(tmpdir(), 'forebay-bench-'));
  const store = openStore(join(folder, 'ledger.db'), { access: 'write' });
  try {
    testRecorder(store).record([testGenesis]);
    fill(store, batches);
    store.run(`UPDATE deliveries SET state = 'delivered', not_before_ms = 0 WHERE batch_idx <= ?`, delivered);
    const outbox = keptOutbox({ store, recordReceipt: () => undefined });
    const nowMs = START_MS + batches * HOUR_MS;
    const lanes: readonly Lane[] = ['live', 'backlog', 'in-order'];
    return {
      statusMs: times(() => targetStatuses(CONFIG, store, undefined, nowMs)),
      nextMs: times((n) => outbox.next(TARGET, lanes[n % lanes.length] ?? 'live', nowMs)),
    };
  } finally {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Batches without entries, which the queue does not look at. */
function fill(store: WritableStore, waiting: number): void {
  store.run('PRAGMA foreign_keys = OFF');
  for (let first = 1; first <= waiting; first += FILL_GROUP) {
    store.write(() => {
      for (let index = first; index < Math.min(first + FILL_GROUP, waiting + 1); index += 1) {
        const id = createHash('sha256').update(String(index)).digest('hex');
        const message = id.padEnd(MESSAGE_BYTES, '.');
        const batch = { index, id, message, first: index - 1, end: index, size: index };
        enqueue(store, batch, START_MS + index * HOUR_MS, [TARGET]);
      }
    });
  }
  const sql = `UPDATE deliveries SET state = 'unknown', attempts = 1, not_before_ms = ? + batch_idx WHERE batch_idx % 10 = 3`;
  store.run(sql, START_MS);
}

function times(work: (n: number) => unknown): readonly number[] {
  work(0);
  return Array.from({ length: TIMES }, (_, n) => {
    const started = performance.now();
    work(n);
    return performance.now() - started;
  });
}

function figure(name: string, timesMs: readonly number[], baseMs: readonly number[], note: string): BenchResult {
  const value = at(timesMs, 0.5);
  const baseline = at(baseMs, 0.5);
  const p99 = at(timesMs, 0.99).toFixed(3);
  return { name, value, unit: 'ms (median)', baseline, ratio: value / baseline, note: `${note}; p99 ${p99} ms` };
}

function at(timesMs: readonly number[], share: number): number {
  const sorted = timesMs.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
