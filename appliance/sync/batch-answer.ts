import type { z } from 'zod';
import { present } from '../../core/model/assert.ts';
import { readEntry } from '../../core/store/entries.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { anchorsOf, isPublicReceipt, RECORDED } from '../../core/sync/anchor.ts';
import type { Batch } from '../../core/sync/batch.ts';
import { findItem } from '../../core/sync/kept-outbox.ts';
import type { OutboxItem } from '../../core/sync/outbox.ts';
import {
  type BatchPage,
  batchAt,
  type FoundBatch,
  findBatches,
  knownTargets,
  listBatches,
} from '../../core/sync/sealed-batches.ts';
import { isPublicTarget } from '../../core/sync/target.ts';
import {
  type batchDeliverySchema,
  type batchDetailSchema,
  type batchSchema,
  statementSchema,
} from '../api/schema/batch.ts';
import { awaitsReceiver } from '../courier/awaits-receiver.ts';

export type BatchAnswer = z.infer<typeof batchSchema>;
export type BatchDetail = z.infer<typeof batchDetailSchema>;
type BatchDelivery = z.infer<typeof batchDeliverySchema>;

export interface FoundBatchAnswer {
  readonly by: FoundBatch['by'];
  readonly batch: BatchAnswer;
}

export function batchPage(store: ReadableStore, page: BatchPage): BatchAnswer[] {
  return toBatchAnswers(store, listBatches(store, page));
}

export function foundBatches(store: ReadableStore, text: string): FoundBatchAnswer[] {
  const found = findBatches(store, text);
  const answers = toBatchAnswers(
    store,
    found.map(({ batch }) => batch),
  );
  return answers.map((batch, order) => ({ by: present(found[order], 'the batch that was found').by, batch }));
}

/** The batch with each delivery and what its target said; undefined where no batch has this index. */
export function batchDetail(store: ReadableStore, index: number): BatchDetail | undefined {
  const batch = batchAt(store, index);
  if (batch === undefined) return undefined;
  const [answer] = toBatchAnswers(store, [batch]);
  const { first, end, message } = batch;
  const counted = store.get<{ count: number }>(
    'SELECT count(*) AS count FROM readings WHERE idx >= ? AND idx < ?',
    first,
    end,
  );
  const decisions = store.all<BatchDetail['decisions'][number]>(
    `SELECT idx AS "index", reading_idx AS readingIndex, decision FROM reviews WHERE idx >= ? AND idx < ?
      ORDER BY idx LIMIT ${DECISIONS_MAX}`,
    first,
    end,
  );
  const items = knownTargets(store).flatMap((target) => findItem(store, target, index) ?? []);
  return {
    ...present(answer, 'the answer of one batch'),
    sealedAt: present(readEntry(store, index), `the entry of batch ${index}`).at,
    message,
    readings: counted?.count ?? 0,
    decisions,
    deliveries: items.map((item) => toDelivery(store, item)),
  };
}

const DECISIONS_MAX = 100;

function toBatchAnswers(store: ReadableStore, batches: readonly Batch[]): BatchAnswer[] {
  const anchors = anchorsOf(
    store,
    batches.map(({ first }) => first),
    awaitsReceiver(store),
  );
  return batches.map(({ index, id, first, end, size, message }) => {
    const { state, receipts } = anchors.get(first) ?? RECORDED;
    const messageBytes = Buffer.byteLength(message, 'utf8');
    return { index, id, first, end, size, messageBytes, state, receipts, stated: statementOf(message) };
  });
}

function statementOf(message: string): BatchAnswer['stated'] {
  try {
    const read = statementSchema.safeParse(JSON.parse(message));
    return read.success ? read.data : null;
  } catch {
    return null;
  }
}

function toDelivery(store: ReadableStore, item: OutboxItem): BatchDelivery {
  const { target, state, attempts, fault, receiptIndex } = item;
  const entry = receiptIndex === undefined ? undefined : readEntry(store, receiptIndex);
  const kept = entry?.body.receipt;
  const receipt: Record<string, unknown> | null = typeof kept === 'object' && kept !== null ? { ...kept } : null;
  return {
    target,
    // Before there is a receipt only the name says it.
    isPublic: receipt === null ? isPublicTarget(target) : isPublicReceipt(target, receipt.network),
    state,
    attempts,
    fault: fault === undefined ? null : { code: fault.code, message: fault.message, hint: fault.hint ?? null },
    receiptIndex: receiptIndex ?? null,
    receipt,
  };
}
