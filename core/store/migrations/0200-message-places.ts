import { readEntry } from '../entries.ts';
import type { WritableStore } from '../handle.ts';

/**
 * When a receipt came, and where the message stands at a public target, as the receipt says: a message found there leads
 * back to its batch, and a page of readings shows its links without a look at each receipt. No version before this one
 * delivered to a public target; when its receipts came is read from their entries.
 */
export function addMessagePlaces(write: WritableStore): void {
  const columns = ['received_at TEXT', 'network TEXT', 'topic TEXT', 'sequence INTEGER', 'transaction_id TEXT'];
  for (const column of [...columns, 'consensus_at TEXT']) write.run(`ALTER TABLE deliveries ADD COLUMN ${column}`);
  const sql = 'SELECT target, batch_idx AS batch, receipt_idx AS receipt FROM deliveries WHERE receipt_idx IS NOT NULL';
  for (const { target, batch, receipt } of write.all<{ target: string; batch: number; receipt: number }>(sql)) {
    const update = 'UPDATE deliveries SET received_at = ? WHERE target = ? AND batch_idx = ?';
    write.run(update, readEntry(write, receipt)?.at ?? null, target, batch);
  }
  write.run('CREATE INDEX deliveries_by_sequence ON deliveries (sequence, topic) WHERE sequence IS NOT NULL');
  write.run('CREATE INDEX deliveries_by_transaction ON deliveries (transaction_id) WHERE transaction_id IS NOT NULL');
}
