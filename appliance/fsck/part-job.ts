import type { HashCheckOptions } from '../../core/ledger/check-hashes.ts';
import type { LedgerProblem } from '../../core/ledger/check-row.ts';
import type { FsckOptions } from '../../core/ledger/fsck.ts';
import type { PartReport } from '../../core/ledger/ledger-part.ts';
import type { LedgerPart } from '../../core/ledger/ledger-storage.ts';

/** What a thread is started with; plain data. */
export type PartThread = { readonly storePath: string } & (
  | { readonly depth: 'full'; readonly options: Omit<FsckOptions, 'onProgress'> }
  | { readonly depth: 'quick'; readonly options: Omit<HashCheckOptions, 'onProgress'> }
);

/** One errand: a part of the entries, the month of one close, or what concerns the first `size` entries as a whole. */
export type PartJob =
  | { readonly kind: 'whole'; readonly size: number }
  | { readonly kind: 'close'; readonly index: number }
  | { readonly kind: 'part'; readonly part: LedgerPart; readonly isLast: boolean };

export type PartAnswer =
  | { readonly kind: 'whole' | 'close'; readonly problem: LedgerProblem | undefined }
  | { readonly kind: 'part'; readonly part: LedgerPart; readonly report: PartReport }
  /** Nothing can be said; whoever asked finds out by looking at the entries in order. */
  | { readonly kind: 'failed'; readonly reason: string };
