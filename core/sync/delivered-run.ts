import type { ReadableStore } from '../store/handle.ts';
import type { AwaitsReceiver } from './anchor.ts';

/** Whether the entry lies in a sealed batch that at least one target holds, by a receipt that is recorded here. */
export function isDelivered(store: ReadableStore, index: number, isAwaited: AwaitsReceiver): boolean {
  // The sums know every target there ever was; deliveries are found by target first.
  const sql = `WITH batch AS (SELECT idx, first, "end" FROM batches WHERE "end" > ? ORDER BY "end" LIMIT 1)
    SELECT known.target, first, "end", receipt_idx AS receiptIndex
    FROM (SELECT DISTINCT target FROM delivery_sums) AS known CROSS JOIN batch CROSS JOIN deliveries
    WHERE deliveries.target = known.target AND batch_idx = batch.idx AND state = 'delivered' AND receipt_idx IS NOT NULL`;
  const held = store.all<Parameters<AwaitsReceiver>[0] & { readonly first: number }>(sql, index);
  return held.some((delivery) => delivery.first <= index && !isAwaited(delivery));
}
