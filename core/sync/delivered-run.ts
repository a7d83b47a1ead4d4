import type { ReadableStore } from '../store/handle.ts';

/** Whether the entry lies in a sealed batch that at least one target holds, by a receipt that is recorded here. */
export function isDelivered(store: ReadableStore, index: number): boolean {
  // The sums know every target there ever was; deliveries are found by target first.
  const sql = `SELECT first, EXISTS (
      SELECT 1 FROM (SELECT DISTINCT target FROM delivery_sums) AS known CROSS JOIN deliveries
      WHERE deliveries.target = known.target AND batch_idx = idx AND state = 'delivered' AND receipt_idx IS NOT NULL
    ) AS isHeld FROM batches WHERE "end" > ? ORDER BY "end" LIMIT 1`;
  const batch = store.get<{ first: number; isHeld: number }>(sql, index);
  return batch !== undefined && batch.first <= index && batch.isHeld === 1;
}
