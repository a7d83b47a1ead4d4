import type { Entry } from '../ledger/entry.ts';
import { type BatchRow, projectBatch, projectReceipt, type ReceiptRow } from '../ledger/projection.ts';
import type { ReadableStore, WritableStore } from './handle.ts';

/** The sealed batches with the targets that have a delivery of theirs, in index order. */
export function batchRows(store: ReadableStore): Iterable<BatchRow> {
  return store.rows<BatchRow>(`SELECT idx AS "index", lower(hex(id)) AS id, message, first, "end", size, to_ms AS toMs,
      coalesce((SELECT group_concat(target, char(10) ORDER BY target) FROM deliveries WHERE batch_idx = idx), '') AS targets
    FROM batches ORDER BY idx`);
}

export function receiptRows(store: ReadableStore): Iterable<ReceiptRow> {
  return store.rows<ReceiptRow>(`SELECT coalesce(receipt_idx, batch_idx) AS "index", target, batch_idx AS batchIndex, state,
      received_at AS receivedAt, network, topic, sequence, transaction_id AS hederaTxId, consensus_at AS consensusAt
    FROM deliveries WHERE state = 'delivered' OR receipt_idx IS NOT NULL ORDER BY 1`);
}

/** Empties the outbox; what targets wanted kept of their attempts stays for the deliveries that come again. */
export function clearOutbox(write: WritableStore): void {
  // An intent refers to a delivery: that is held against what is there when the write ends.
  write.run('PRAGMA defer_foreign_keys = ON');
  for (const table of ['deliveries', 'batches', 'delivery_sums']) {
    write.run(`REINDEX ${table}`);
    write.run(`DELETE FROM ${table}`);
  }
}

/** Removes what was kept of attempts at deliveries that no entry gives. */
export function dropLooseIntents(write: WritableStore): void {
  write.run(
    'DELETE FROM delivery_intents WHERE NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.target = delivery_intents.target AND d.batch_idx = delivery_intents.batch_idx)',
  );
}

/**
 * Puts what a `batch` or `receipt` entry gives into the outbox; nothing for entries of other kinds. What has no receipt is
 * `unknown`: whether it was sent stood only in the rows that are gone, so the target is asked before it is given anything.
 */
export function restoreOutbox(write: WritableStore, entry: Entry): void {
  if (entry.kind === 'batch') insertBatch(write, projectBatch(entry));
  if (entry.kind === 'receipt') insertReceipt(write, projectReceipt(entry));
}

function insertBatch(write: WritableStore, { index, id, message, first, end, size, toMs, targets }: BatchRow): void {
  const sql = 'INSERT INTO batches (idx, id, message, first, "end", size, to_ms) VALUES (?, ?, ?, ?, ?, ?, ?)';
  write.run(sql, index, Buffer.from(id, 'hex'), message, first, end, size, toMs);
  const bytes = Buffer.byteLength(message, 'utf8');
  for (const target of targets.split('\n').filter((name) => name !== '')) {
    const delivery = `INSERT INTO deliveries (target, batch_idx, state, bytes) VALUES (?, ?, 'unknown', ?)`;
    write.run(delivery, target, index, bytes);
  }
}

/** Ends the delivery that the receipt is of. */
export function insertReceipt(write: WritableStore, row: ReceiptRow): void {
  const sql = `UPDATE deliveries SET state = 'delivered', fault = NULL, receipt_idx = ?, received_at = ?, network = ?,
    topic = ?, sequence = ?, transaction_id = ?, consensus_at = ? WHERE target = ? AND batch_idx = ?`;
  const { index, receivedAt, network, topic, sequence, hederaTxId, consensusAt, target, batchIndex } = row;
  const place = [network, topic, sequence, hederaTxId, consensusAt];
  write.run(sql, index, receivedAt, ...place, target, batchIndex);
}
