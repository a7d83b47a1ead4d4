import type { Batch } from '../../batch.ts';

/** What the target needs of the ledger whose evidence it delivers. */
export interface HubLedger {
  /** Origin of its checkpoints: the name that the hub knows it by. */
  readonly origin: string;
  size(): number;
  /** The root over the first `size` entries, at most `size()`. */
  rootOf(size: number): Uint8Array;
  /**
   * The entries `from <= index < to` as they are uploaded: a line that says what they are, with the checkpoint that the
   * batch states and proofs that lead to it from `from` and from `to`, and then the entries, a line each. The same bytes
   * each time.
   */
  uploadOf(batch: Batch, from: number, to: number): Uint8Array;
}
