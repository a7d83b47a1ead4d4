import { checkPartHashes } from '../../core/ledger/check-hashes.ts';
import { checkWhole } from '../../core/ledger/check-whole.ts';
import { fsckPart } from '../../core/ledger/fsck.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import { checkClaims, checkClose } from './check-months.ts';
import type { PartAnswer, PartJob, PartThread } from './part-job.ts';

/** Does one errand on a handle that only reads. */
export async function workOnPart(store: ReadableStore, thread: PartThread, job: PartJob): Promise<PartAnswer> {
  try {
    if (job.kind === 'close') return { kind: 'close', problem: await checkClose(store, job.index) };
    if (job.kind === 'whole') {
      return { kind: 'whole', problem: checkWhole(ledgerReader(store)) ?? checkClaims(store, job.size) };
    }
    const { part, isLast } = job;
    // Rows with numbers below zero belong to no entry, and show as left over in the first part.
    const reader = ledgerReader(store, part.from === 0 ? { from: Number.MIN_SAFE_INTEGER, to: part.to } : part);
    const report =
      thread.depth === 'full'
        ? fsckPart(reader, part.from, thread.options)
        : checkPartHashes(reader, { from: part.from, isLast }, thread.options);
    return { kind: 'part', part, report };
  } catch (error) {
    return { kind: 'failed', reason: String(error) };
  }
}
