import { checkRow, type LedgerProblem } from './check-row.ts';
import type { Cursor } from './cursor.ts';
import type { Entry } from './entry.ts';
import type { LedgerReader } from './ledger-storage.ts';
import { type BatchRow, projectBatch, projectReceipt, type ReceiptRow } from './projection.ts';

/**
 * Holds the outbox against the entries: each batch with the targets that it was sealed for, and each delivery that is
 * ended with its receipt. How often something was tried stands in no entry, so it is not looked at.
 */
export class OutboxCheck {
  readonly #batches: Cursor<BatchRow>;
  readonly #receipts: Cursor<ReceiptRow>;

  constructor(reader: LedgerReader, open: <T>(items: Iterable<T>) => Cursor<T>) {
    this.#batches = open(reader.batchRows());
    this.#receipts = open(reader.receiptRows());
  }

  check(entry: Entry): LedgerProblem | undefined {
    const { index, kind } = entry;
    return (
      checkRow('batches', index, kind === 'batch' ? projectBatch(entry) : undefined, this.#batches) ??
      checkRow('deliveries', index, kind === 'receipt' ? projectReceipt(entry) : undefined, this.#receipts)
    );
  }

  /** A row that stands for no entry. */
  checkEnd(): LedgerProblem | undefined {
    return (
      checkRow('batches', Number.POSITIVE_INFINITY, undefined, this.#batches) ??
      checkRow('deliveries', Number.POSITIVE_INFINITY, undefined, this.#receipts)
    );
  }
}
