import type { z } from 'zod';
import { present } from '../../core/model/assert.ts';
import { readEntry } from '../../core/store/entries.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { anchorsOf, RECORDED } from '../../core/sync/anchor.ts';
import type { Batch } from '../../core/sync/batch.ts';
import { type BatchPage, batchAt, type FoundBatch, findBatches, listBatches } from '../../core/sync/sealed-batches.ts';
import { type batchDetailSchema, type batchSchema, statementSchema } from '../api/schema/batch.ts';
import { receiverWord } from '../courier/receiver-word.ts';
import { batchDeliveries } from './batch-deliveries.ts';

export type BatchAnswer = z.infer<typeof batchSchema>;
export type BatchDetail = z.infer<typeof batchDetailSchema>;

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
  return {
    ...present(answer, 'the answer of one batch'),
    sealedAt: present(readEntry(store, index), `the entry of batch ${index}`).at,
    message,
    readings: counted?.count ?? 0,
    decisions,
    deliveries: batchDeliveries(store, batch),
  };
}

const DECISIONS_MAX = 100;

function toBatchAnswers(store: ReadableStore, batches: readonly Batch[]): BatchAnswer[] {
  const anchors = anchorsOf(
    store,
    batches.map(({ first }) => first),
    receiverWord(store),
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
