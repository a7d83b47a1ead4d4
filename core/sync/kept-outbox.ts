import { assert } from '../model/assert.ts';
import type { JsonObject } from '../model/json.ts';
import type { ReadableStore, WritableStore } from '../store/handle.ts';
import type { Batch } from './batch.ts';
import { countAttempt, countFailure, noteContact } from './delivery-counts.ts';
import type { KeptIntent, Lane, Outbox, OutboxCounts, OutboxItem, OutboxState, Settled } from './outbox.ts';
import type { SyncFault } from './target.ts';

export interface KeptOutboxParts {
  readonly store: WritableStore;
  /** Records an entry of kind `receipt`, and what `alongside` writes with it, in one write; gives its index. */
  readonly recordReceipt: (body: JsonObject, alongside: (write: WritableStore, index: number) => void) => void;
  /** The same for several at once; `first` is the index of the first. Absent: each is a write of its own. */
  readonly recordReceipts?: (
    bodies: readonly JsonObject[],
    alongside: (write: WritableStore, first: number) => void,
  ) => void;
  /** The wall clock; absent where nobody asks when a target last answered. */
  readonly wallMs?: () => number;
}

/** Puts the batch into the outbox of each target. Belongs into the write that records its entry. */
export function enqueue(write: WritableStore, batch: Batch, toMs: number, targets: readonly string[]): void {
  write.run(
    'INSERT INTO batches (idx, id, message, first, "end", size, to_ms) VALUES (?, ?, ?, ?, ?, ?, ?)',
    batch.index,
    Buffer.from(batch.id, 'hex'),
    batch.message,
    batch.first,
    batch.end,
    batch.size,
    toMs,
  );
  const bytes = Buffer.byteLength(batch.message, 'utf8');
  for (const target of targets) {
    const sql = `INSERT INTO deliveries (target, batch_idx, state, bytes) VALUES (?, ?, 'waiting', ?)`;
    write.run(sql, target, batch.index, bytes);
  }
}

/** The outbox in the store of the ledger. */
export function keptOutbox({ store, recordReceipt, recordReceipts, wallMs }: KeptOutboxParts): Outbox {
  const contacted = (write: WritableStore, target: string): void => {
    if (wallMs !== undefined) noteContact(write, target, wallMs());
  };
  return {
    next: (target, lane, nowMs) => nextItem(store, target, lane, nowMs),
    nextDueMs: (target, lane) => nextDueMs(store, target, lane),
    counts: (target) => countDeliveries(store, target),
    hurry: (targets) => {
      for (const target of targets) {
        store.run(
          `UPDATE deliveries INDEXED BY deliveries_due SET not_before_ms = 0
            WHERE target = ? AND ${IS_OPEN} AND not_before_ms > 0`,
          target,
        );
      }
    },
    recover: (target) =>
      store.run(
        `UPDATE deliveries INDEXED BY deliveries_by_state SET state = 'unknown'
          WHERE target = ? AND state <> 'delivered' AND state = 'sending'`,
        target,
      ).changes,
    begin: (item) =>
      store.write(() => {
        change(store, item, `state = 'sending', attempts = attempts + 1`);
        countAttempt(store, item.target, item.attempts > 0);
      }),
    write: (work) => store.write(work),
    keepIntent: (item, intent) => keepIntents(store, [{ item, intent }]),
    keepIntents: (kept) => store.write(() => keepIntents(store, kept)),
    postpone: (item, state, fault, notBeforeMs) =>
      store.write(() => {
        change(store, item, 'state = ?, fault = ?, not_before_ms = ?', state, JSON.stringify(fault), notBeforeMs);
        countFailure(store, item.target, fault.code);
      }),
    goOn: (item, state, fault, why) =>
      store.write(() => {
        change(store, item, 'state = ?, fault = ?, not_before_ms = 0', state, JSON.stringify(fault));
        if (why === 'progress') contacted(store, item.target);
      }),
    forget: ({ target, batch }) => {
      store.run('DELETE FROM delivery_intents WHERE target = ? AND batch_idx = ?', target, batch.index);
    },
    park: (item, fault) =>
      store.write(() => {
        change(store, item, `state = 'parked', fault = ?`, JSON.stringify(fault));
        countFailure(store, item.target, fault.code);
        contacted(store, item.target);
      }),
    settle: (item, receipt) =>
      recordReceipt(receiptBody({ item, receipt }), (write, index) => end(write, item, index, contacted)),
    settleAll: (settled) => {
      if (recordReceipts === undefined) {
        for (const { item, receipt } of settled) {
          recordReceipt(receiptBody({ item, receipt }), (write, index) => end(write, item, index, contacted));
        }
        return;
      }
      recordReceipts(settled.map(receiptBody), (write, first) => {
        for (const [at, { item }] of settled.entries()) end(write, item, first + at, contacted);
      });
    },
  };
}

function keepIntents(store: WritableStore, kept: readonly KeptIntent[]): void {
  const sql = `INSERT INTO delivery_intents (target, batch_idx, number, intent)
    SELECT ?, ?, count(*), ? FROM delivery_intents WHERE target = ? AND batch_idx = ?`;
  for (const { item, intent } of kept) {
    const { target, batch } = item;
    store.run(sql, target, batch.index, intent, target, batch.index);
  }
}

function receiptBody({ item: { target, batch }, receipt }: Settled): JsonObject {
  return { v: 1, target, batch: batch.index, id: batch.id, receipt };
}

/** The delivery is over; what was kept of its attempts has served. */
function end(
  write: WritableStore,
  item: OutboxItem,
  receiptIndex: number,
  contacted: (write: WritableStore, target: string) => void,
): void {
  change(write, item, `state = 'delivered', fault = NULL, receipt_idx = ?`, receiptIndex);
  write.run('DELETE FROM delivery_intents WHERE target = ? AND batch_idx = ?', item.target, item.batch.index);
  contacted(write, item.target);
}

const OPEN: readonly OutboxState[] = ['waiting', 'unknown'];
const IS_OPEN = `state IN ('waiting', 'unknown')`;
const COLUMNS = `SELECT target, batch_idx AS batchIndex, state, attempts, not_before_ms AS notBeforeMs, fault,
  receipt_idx AS receiptIndex, id, message, first, "end", size`;
const SELECT = `${COLUMNS} FROM deliveries JOIN batches ON idx = batch_idx`;
// Which index serves is said: left to choose, SQLite walks through all that was ever delivered, in the order of the batches.
const SELECT_DUE = `${COLUMNS} FROM deliveries INDEXED BY deliveries_due JOIN batches ON idx = batch_idx`;
const SELECT_BY_STATE = `${COLUMNS} FROM deliveries INDEXED BY deliveries_by_state JOIN batches ON idx = batch_idx`;
const OLDEST = `batch_idx =
  (SELECT min(batch_idx) FROM deliveries INDEXED BY deliveries_open WHERE target = ? AND state <> 'delivered')`;

interface DeliveryRow extends Omit<Batch, 'index' | 'id'> {
  readonly target: string;
  readonly batchIndex: number;
  readonly state: OutboxState;
  readonly attempts: number;
  readonly notBeforeMs: number;
  readonly fault: string | null;
  readonly receiptIndex: number | null;
  readonly id: Uint8Array;
}

function nextDueMs(store: ReadableStore, target: string, lane: Lane): number | undefined {
  if (lane === 'in-order') {
    const oldest = oldestItem(store, target);
    return oldest === undefined || !OPEN.includes(oldest.state) ? undefined : oldest.notBeforeMs;
  }
  const sql = `SELECT not_before_ms AS ms FROM deliveries WHERE target = ? AND ${IS_OPEN} ORDER BY not_before_ms LIMIT 1`;
  return store.get<{ ms: number }>(sql, target)?.ms;
}

/** Nothing is put off for so long: such a time was set before the clock was put back. */
const WAIT_MS_MAX = 3_600_000;

function isDue({ notBeforeMs }: OutboxItem, nowMs: number): boolean {
  return notBeforeMs <= nowMs || notBeforeMs > nowMs + WAIT_MS_MAX;
}

function nextItem(store: ReadableStore, target: string, lane: Lane, nowMs: number): OutboxItem | undefined {
  if (lane === 'in-order') {
    const oldest = oldestItem(store, target);
    return oldest !== undefined && OPEN.includes(oldest.state) && isDue(oldest, nowMs) ? oldest : undefined;
  }
  // What was never tried stands at 0, so both halves are one step into the same index.
  const direction = lane === 'live' ? 'DESC' : 'ASC';
  const fresh = pick(store, `${IS_OPEN} AND not_before_ms = 0 ORDER BY batch_idx ${direction}`, target);
  const again =
    pick(store, `${IS_OPEN} AND not_before_ms BETWEEN 1 AND ? ORDER BY not_before_ms`, target, nowMs) ??
    pick(store, `${IS_OPEN} AND not_before_ms > ? ORDER BY not_before_ms`, target, nowMs + WAIT_MS_MAX);
  if (fresh === undefined || again === undefined) return fresh ?? again;
  const isFreshNewer = fresh.batch.index > again.batch.index;
  return isFreshNewer === (lane === 'live') ? fresh : again;
}

function oldestItem(store: ReadableStore, target: string): OutboxItem | undefined {
  const row = store.get<DeliveryRow>(`${SELECT} WHERE target = ? AND ${OLDEST}`, target, target);
  return row === undefined ? undefined : toItem(store, row);
}

function pick(
  store: ReadableStore,
  which: string,
  target: string,
  ...values: readonly (number | string)[]
): OutboxItem | undefined {
  const row = store.get<DeliveryRow>(`${SELECT_DUE} WHERE target = ? AND ${which} LIMIT 1`, target, ...values);
  return row === undefined ? undefined : toItem(store, row);
}

function toItem(store: ReadableStore, row: DeliveryRow): OutboxItem {
  const { target, batchIndex, state, attempts, notBeforeMs, fault, receiptIndex, id, message, first, end, size } = row;
  const sql = 'SELECT intent FROM delivery_intents WHERE target = ? AND batch_idx = ? ORDER BY number';
  return {
    batch: { index: batchIndex, id: Buffer.from(id).toString('hex'), message, first, end, size },
    target,
    state,
    attempts,
    notBeforeMs,
    intents: store.all<{ intent: Uint8Array }>(sql, target, batchIndex).map(({ intent }) => intent),
    ...(fault === null ? {} : { fault: JSON.parse(fault) as SyncFault }),
    ...(receiptIndex === null ? {} : { receiptIndex }),
  };
}

function change(write: WritableStore, { target, batch }: OutboxItem, to: string, ...values: (string | number)[]): void {
  const { changes } = write.run(
    `UPDATE deliveries SET ${to} WHERE target = ? AND batch_idx = ?`,
    ...values,
    target,
    batch.index,
  );
  assert(changes === 1, `the delivery of batch ${batch.index} to ${target} is in the outbox`);
}

/** How many batches stand in which state for the target. */
export function countDeliveries(store: ReadableStore, target: string): OutboxCounts {
  const rows = store.all<{ state: OutboxState; items: number; bytes: number }>(
    'SELECT state, items, bytes FROM delivery_sums WHERE target = ?',
    target,
  );
  const items = (state: OutboxState): number => rows.find((row) => row.state === state)?.items ?? 0;
  const open = rows.filter(({ state }) => state !== 'delivered');
  return {
    waiting: items('waiting'),
    sending: items('sending'),
    unknown: items('unknown'),
    delivered: items('delivered'),
    parked: items('parked'),
    openBytes: open.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** The item of a batch, for whoever looks at it or retries it. */
export function findItem(store: ReadableStore, target: string, batchIndex: number): OutboxItem | undefined {
  const row = store.get<DeliveryRow>(`${SELECT} WHERE target = ? AND batch_idx = ?`, target, batchIndex);
  return row === undefined ? undefined : toItem(store, row);
}

/** The first item of the target from this batch on: for a target that holds all earlier entries with any, what brings it. */
export function findItemFrom(store: ReadableStore, target: string, batchIndex: number): OutboxItem | undefined {
  const sql = `${SELECT} WHERE target = ? AND batch_idx >= ? ORDER BY batch_idx LIMIT 1`;
  const row = store.get<DeliveryRow>(sql, target, batchIndex);
  return row === undefined ? undefined : toItem(store, row);
}

/** A page of the items in `state`, oldest first, after batch `afterIndex`. */
export function listItems(
  store: ReadableStore,
  target: string,
  state: OutboxState,
  { afterIndex = -1, limit = 100 }: { readonly afterIndex?: number; readonly limit?: number } = {},
): readonly OutboxItem[] {
  const select = state === 'delivered' ? SELECT : SELECT_BY_STATE;
  const which = state === 'delivered' ? '' : "AND state <> 'delivered'";
  const sql = `${select} WHERE target = ? AND state = ? ${which} AND batch_idx > ? ORDER BY batch_idx LIMIT ?`;
  return store.all<DeliveryRow>(sql, target, state, afterIndex, limit).map((row) => toItem(store, row));
}

/** A person wants a parked item tried again; what an earlier attempt may have done is asked for first. */
export function retryParked(write: WritableStore, target: string, batchIndex: number): boolean {
  const sql = `UPDATE deliveries SET state = 'unknown', not_before_ms = 0 WHERE target = ? AND batch_idx = ? AND state = 'parked'`;
  return write.run(sql, target, batchIndex).changes === 1;
}

/** A person wants an item left alone for now. One that is just being sent is not parked. */
export function parkByHand(write: WritableStore, target: string, batchIndex: number, reason: string): boolean {
  const fault: SyncFault = { code: 'SYN_PARKED_BY_HAND', message: reason };
  const sql = `UPDATE deliveries SET state = 'parked', fault = ? WHERE target = ? AND batch_idx = ? AND ${IS_OPEN}`;
  return write.run(sql, JSON.stringify(fault), target, batchIndex).changes === 1;
}

/** When the oldest batch that is not delivered was sealed, or undefined when all are. */
export function oldestOpenMs(store: ReadableStore, target: string): number | undefined {
  const sql = `SELECT to_ms AS ms FROM deliveries INDEXED BY deliveries_open JOIN batches ON idx = batch_idx
    WHERE target = ? AND state <> 'delivered' ORDER BY batch_idx LIMIT 1`;
  return store.get<{ ms: number }>(sql, target)?.ms;
}
