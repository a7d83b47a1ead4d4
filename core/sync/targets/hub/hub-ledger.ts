import type { Batch } from '../../batch.ts';

/** What the target needs of the ledger whose evidence it delivers. */
export interface HubLedger {
  /** Origin of its checkpoints: the name that the hub knows it by. */
  readonly origin: string;
  size(): number;
  /** The root over the first `size` entries, at most `size()`. */
  rootOf(size: number): Uint8Array;
  /**
   * The entries from `from` on as they are uploaded: a line that says what they are, with the first checkpoint that covers
   * them and proofs that lead to it from both ends, and then the entries, a line each. They reach to `to`, or less far
   * where the lines would be longer than `bytesMax`; one entry is always in it. The same bytes each time.
   *
   * @throws Failure where an entry is not what was recorded
   */
  uploadOf(batch: Batch, run: UploadRun): { readonly bytes: Uint8Array; readonly to: number };
}

export interface UploadRun {
  readonly from: number;
  readonly to: number;
  readonly bytesMax: number;
}
