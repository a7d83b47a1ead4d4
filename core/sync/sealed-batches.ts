import type { ReadableStore } from '../store/handle.ts';
import type { Batch } from './batch.ts';
import { transactionIdOf } from './hedera-links.ts';
import type { OutboxState } from './outbox.ts';

/** Which batches a list shows: those that some target has still to be given, or that a person must decide on. */
export type BatchFilter = 'all' | 'open' | 'parked';

export interface BatchPage {
  readonly filter: BatchFilter;
  /** Only batches before this one. */
  readonly before?: number;
  readonly limit: number;
}

interface BatchRow extends Omit<Batch, 'id'> {
  readonly id: Uint8Array;
}

const SELECT = 'SELECT idx AS "index", id, message, first, "end", size FROM batches';

export function batchAt(store: ReadableStore, index: number): Batch | undefined {
  const row = store.get<BatchRow>(`${SELECT} WHERE idx = ?`, index);
  return row === undefined ? undefined : toBatch(row);
}

/** The batch that holds the entry, or undefined while it is in none. */
export function batchHolding(store: ReadableStore, entry: number): Batch | undefined {
  const row = store.get<BatchRow>(`${SELECT} WHERE "end" > ? ORDER BY "end" LIMIT 1`, entry);
  return row === undefined || row.first > entry ? undefined : toBatch(row);
}

/** Whether the target has still to be given the batch of this id, in hexadecimal. */
export function isOpenFor(store: ReadableStore, target: string, batchId: string): boolean {
  const sql = `SELECT 1 AS found FROM batches JOIN deliveries ON target = ? AND batch_idx = idx
    WHERE id = ? AND state <> 'delivered'`;
  return store.get<{ found: number }>(sql, target, Buffer.from(batchId, 'hex')) !== undefined;
}

/** Batches, newest first. Costs what the page holds, whatever the ledger does. */
export function listBatches(store: ReadableStore, page: BatchPage): readonly Batch[] {
  const before = page.before ?? Number.MAX_SAFE_INTEGER;
  if (page.filter === 'all') {
    return store.all<BatchRow>(`${SELECT} WHERE idx < ? ORDER BY idx DESC LIMIT ?`, before, page.limit).map(toBatch);
  }
  const states: readonly OutboxState[] = page.filter === 'parked' ? ['parked'] : ['waiting', 'sending', 'unknown'];
  const found = new Set<number>();
  for (const target of knownTargets(store)) {
    for (const state of states)
      for (const index of newestIn(store, target, state, before, page.limit)) found.add(index);
  }
  const newest = [...found].sort((a, b) => b - a).slice(0, page.limit);
  return newest.flatMap((index) => batchAt(store, index) ?? []);
}

/** Every target that was ever given a batch, whether plant.yaml still names it or not. */
export function knownTargets(store: ReadableStore): readonly string[] {
  const sql = 'SELECT DISTINCT target FROM delivery_sums ORDER BY target';
  return store.all<{ target: string }>(sql).map(({ target }) => target);
}

function newestIn(
  store: ReadableStore,
  target: string,
  state: OutboxState,
  before: number,
  limit: number,
): readonly number[] {
  const sql = `SELECT batch_idx AS "index" FROM deliveries INDEXED BY deliveries_by_state
    WHERE target = ? AND state = ? AND state <> 'delivered' AND batch_idx < ? ORDER BY batch_idx DESC LIMIT ?`;
  return store.all<{ index: number }>(sql, target, state, before, limit).map(({ index }) => index);
}

/** What a text that a person looks up turned out to name. */
export const FOUND_BY = ['batch', 'entry', 'id', 'sequence', 'transaction'] as const;
export type FoundBy = (typeof FOUND_BY)[number];

export interface FoundBatch {
  readonly by: FoundBy;
  readonly batch: Batch;
}

const FOUND_MAX = 20;

/**
 * The batches that a text may mean: the index of an entry (a batch's own, or one that a batch holds), a sequence number with
 * or without its topic (`0.0.5005/17`), a transaction id, or the first digits of a message's SHA-256 (8 or more).
 */
export function findBatches(store: ReadableStore, text: string): readonly FoundBatch[] {
  const wanted = text.trim();
  const found: FoundBatch[] = [];
  const add = (by: FoundBy, batches: readonly (Batch | undefined)[]): void => {
    for (const batch of batches) if (batch !== undefined) found.push({ by, batch });
  };
  if (/^\d{1,15}$/.test(wanted)) {
    add('batch', [batchAt(store, Number(wanted))]);
    add('entry', [batchHolding(store, Number(wanted))]);
    add('sequence', delivered(store, 'sequence = ?', Number(wanted)));
  }
  const place = /^(\d{1,10}\.\d{1,10}\.\d{1,19})[/#:\s]+(\d{1,15})$/.exec(wanted);
  if (place !== null) add('sequence', delivered(store, 'sequence = ? AND topic = ?', Number(place[2]), place[1] ?? ''));
  const transactionId = transactionIdOf(wanted);
  if (transactionId !== undefined) add('transaction', delivered(store, 'transaction_id = ?', transactionId));
  if (/^[0-9a-f]{8,64}$/i.test(wanted)) add('id', withId(store, wanted.toLowerCase()));
  return found.slice(0, FOUND_MAX);
}

function delivered(store: ReadableStore, which: string, ...values: readonly (string | number)[]): readonly Batch[] {
  const sql = `SELECT DISTINCT batch_idx AS "index" FROM deliveries WHERE ${which} ORDER BY batch_idx LIMIT ${FOUND_MAX}`;
  return store.all<{ index: number }>(sql, ...values).flatMap(({ index }) => batchAt(store, index) ?? []);
}

/** Ids are kept as bytes in order, so the first digits of one are a range. */
function withId(store: ReadableStore, digits: string): readonly Batch[] {
  const even = digits.length % 2 === 0 ? digits : digits.slice(0, -1);
  const low = Buffer.from(even.padEnd(64, '0'), 'hex');
  const high = Buffer.from(even.padEnd(64, 'f'), 'hex');
  const sql = `${SELECT} WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ${FOUND_MAX}`;
  const rows = store.all<BatchRow>(sql, low, high).map(toBatch);
  return rows.filter(({ id }) => id.startsWith(digits));
}

function toBatch({ index, id, message, first, end, size }: BatchRow): Batch {
  return { index, id: Buffer.from(id).toString('hex'), message, first, end, size };
}
