import type { z } from 'zod';
import { latestEntry, readEntry } from '../../core/store/entries.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { isPublicReceipt } from '../../core/sync/anchor.ts';
import type { Batch } from '../../core/sync/batch.ts';
import { findItem, findItemFrom } from '../../core/sync/kept-outbox.ts';
import type { OutboxItem } from '../../core/sync/outbox.ts';
import { knownTargets } from '../../core/sync/sealed-batches.ts';
import { CUMULATIVE_TARGETS, isPublicTarget } from '../../core/sync/target.ts';
import type { batchDeliverySchema } from '../api/schema/batch.ts';
import { CARRIED_TARGET } from '../courier/received-ledger.ts';

type BatchDelivery = z.infer<typeof batchDeliverySchema>;

/**
 * Where the batch is at each target that was ever given one. A target that was added after the batch was sealed has no delivery
 * of it: a hub is given its entries with a later batch all the same, whoever receives carried disks may have confirmed them,
 * and any other target does not hold it.
 */
export function batchDeliveries(store: ReadableStore, batch: Batch): BatchDelivery[] {
  return knownTargets(store).map((target) => {
    const own = findItem(store, target, batch.index);
    if (own !== undefined) return toDelivery(store, own, batch);
    const later = CUMULATIVE_TARGETS.includes(target) ? findItemFrom(store, target, batch.index) : undefined;
    if (later !== undefined) return toDelivery(store, later, batch);
    return (target === CARRIED_TARGET ? confirmedDelivery(store, batch) : undefined) ?? notGiven(target);
  });
}

function toDelivery(store: ReadableStore, item: OutboxItem, { index }: Batch): BatchDelivery {
  const { target, state, attempts, fault, receiptIndex } = item;
  const entry = receiptIndex === undefined ? undefined : readEntry(store, receiptIndex);
  const kept = entry?.body.receipt;
  const receipt: Record<string, unknown> | null = typeof kept === 'object' && kept !== null ? { ...kept } : null;
  return {
    target,
    // Before there is a receipt only the name says it.
    isPublic: receipt === null ? isPublicTarget(target) : isPublicReceipt(target, receipt.network),
    state,
    withBatch: item.batch.index === index ? null : item.batch.index,
    attempts,
    fault: fault === undefined ? null : { code: fault.code, message: fault.message, hint: fault.hint ?? null },
    receiptIndex: receiptIndex ?? null,
    receipt,
  };
}

function notGiven(target: string): BatchDelivery {
  const nothing = { withBatch: null, attempts: 0, fault: null, receiptIndex: null, receipt: null };
  return { target, isPublic: isPublicTarget(target), state: 'not-given', ...nothing };
}

/** What `sync carry --all` wrote, or any disk for a receiver that lacked it. */
function confirmedDelivery(store: ReadableStore, { end }: Batch): BatchDelivery | undefined {
  const entry = latestEntry(store, 'received');
  if (entry === undefined || Number(entry.body.size) < end) return undefined;
  const { receiver, receivedAt, size } = entry.body;
  const receipt = { receiver, receivedAt, size };
  return { ...notGiven(CARRIED_TARGET), state: 'delivered', receiptIndex: entry.index, receipt };
}
