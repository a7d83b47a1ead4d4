import { rootAt } from '../../core/ledger/merkle.ts';
import { nodesIn } from '../../core/ledger/proof.ts';
import { latestEntry, readEntry } from '../../core/store/entries.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import type { Batch } from '../../core/sync/batch.ts';

/** The target whose disks are carried. */
export const CARRIED_TARGET = 'file';

/** How far whoever receives the disks has the ledger, by the newest receipt that was recorded. */
export interface Received {
  /** Entries that are held in one piece from the first; 0 before any receipt. */
  readonly size: number;
  /** Batches of the target that this covers. */
  readonly batches: number;
  readonly receiver: string | null;
  readonly receivedAt: string | null;
}

const NOTHING: Received = { size: 0, batches: 0, receiver: null, receivedAt: null };

export function receivedOf(store: ReadableStore): Received {
  const entry = latestEntry(store, 'received');
  if (entry === undefined) return NOTHING;
  const { size, batches, receiver, receivedAt } = entry.body;
  return { size: Number(size), batches: Number(batches), receiver: String(receiver), receivedAt: String(receivedAt) };
}

/** How many batches of the target a receipt over `size` entries covers. Counts on from the receipt before it. */
export function coveredBatches(store: ReadableStore, target: string, size: number, before: Received): number {
  const sql = `SELECT count(*) AS count FROM batches
    WHERE "end" > ? AND "end" <= ? AND EXISTS (SELECT 1 FROM deliveries WHERE target = ? AND batch_idx = idx)`;
  return before.batches + (store.get<{ count: number }>(sql, before.size, size, target)?.count ?? 0);
}

/** Batches that were sealed before the target was added, and the first one after them. */
export function olderBatches(store: ReadableStore, target: string): { count: number; since: number | null } {
  const since =
    store.get<{ since: number | null }>('SELECT min(batch_idx) AS since FROM deliveries WHERE target = ?', target)
      ?.since ?? null;
  const sql = 'SELECT count(*) AS count FROM batches WHERE idx < ?';
  return { count: store.get<{ count: number }>(sql, since ?? Number.MAX_SAFE_INTEGER)?.count ?? 0, since };
}

interface BatchRow extends Omit<Batch, 'id'> {
  readonly id: Uint8Array;
  readonly receiptIndex: number | null;
}

export interface BatchOnDisk {
  readonly batch: Batch;
  /** SHA-256 and size of its file when it was written, where the target has given a receipt. */
  readonly written?: { readonly sha256: string; readonly bytes: number };
}

/** `unless-waiting`: without those that the lane of the target writes by itself, or that are parked for it. */
export type CarriedShare = 'every' | 'unless-waiting';

/** A page of sealed batches, oldest first. */
const SQL: Readonly<Record<CarriedShare, string>> = {
  every: pageSql(''),
  'unless-waiting': pageSql(`AND coalesce(state, 'delivered') = 'delivered'`),
};

function pageSql(condition: string): string {
  return `SELECT idx AS "index", id, message, first, "end", size, receipt_idx AS receiptIndex
    FROM batches LEFT JOIN deliveries ON target = ? AND batch_idx = idx
    WHERE "end" > ? ${condition} ORDER BY "end" LIMIT ?`;
}

export function batchesToCarry(
  store: ReadableStore,
  target: string,
  afterEnd: number,
  limit: number,
  share: CarriedShare,
): readonly BatchOnDisk[] {
  return store.all<BatchRow>(SQL[share], target, afterEnd, limit).map(({ id, receiptIndex, ...rest }) => {
    const batch = { ...rest, id: Buffer.from(id).toString('hex') };
    const receipt = receiptIndex === null ? undefined : readEntry(store, receiptIndex)?.body.receipt;
    const { sha256, bytes } = (receipt ?? {}) as { sha256?: unknown; bytes?: unknown };
    return typeof sha256 === 'string' && typeof bytes === 'number' ? { batch, written: { sha256, bytes } } : { batch };
  });
}

/** Root of the ledger's first `size` entries, undefined where it has not so many. */
export function rootOfSize(store: ReadableStore, size: number): Uint8Array | undefined {
  const reader = ledgerReader(store);
  return reader.snapshot(() => (size <= reader.size() ? rootAt(size, nodesIn(reader)) : undefined));
}
