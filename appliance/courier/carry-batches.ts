import { createHash } from 'node:crypto';
import type { ReadableStore } from '../../core/store/handle.ts';
import type { Batch } from '../../core/sync/batch.ts';
import type { SyncFault } from '../../core/sync/target.ts';
import { batchPath, type CarrierDisk, explainDisk, fileTarget } from '../../core/sync/targets/file.ts';
import { batchContent } from '../sync/batch-content.ts';
import { type BatchOnDisk, batchesToCarry, type CarriedShare } from './received-ledger.ts';

export interface CarryParts {
  readonly store: ReadableStore;
  readonly disk: CarrierDisk;
  readonly folder: string;
  readonly plantId: string;
  /** A person who asks for a disk gets every batch; a lane writes what waits for it by itself. */
  readonly share: CarriedShare;
}

export interface Carried {
  /** Batches that the disk lacked or held otherwise and that were written; those that it held. */
  readonly written: number;
  readonly held: number;
  /** Where to go on: everything up to this entry lies on the disk. */
  readonly end: number;
  readonly isDone: boolean;
  readonly fault?: SyncFault;
}

const NEVER = new AbortController().signal;

/**
 * Makes the disk hold the next `limit` batches after entry `afterEnd`: each is read back, and written where it is absent or
 * other than it should be. What the outbox says of them does not change: a disk is no state of the ledger.
 */
export async function carryBatches(parts: CarryParts, afterEnd: number, limit: number): Promise<Carried> {
  const target = fileTarget({ ...parts, contentOf: (batch) => batchContent(parts.store, batch) });
  const counts = { written: 0, held: 0, end: afterEnd };
  const found = batchesToCarry(parts.store, target.name, afterEnd, limit, parts.share);
  if (found.length === 0) return { ...counts, isDone: true };
  const outcome = await target.connect(NEVER);
  if (outcome.kind !== 'connected') return { ...counts, isDone: false, fault: outcome.fault };
  for (const item of found) {
    try {
      if (await isHeld(parts, item)) counts.held += 1;
      else {
        const delivery = { batch: item.batch, intents: [], keepIntent: () => Promise.resolve() };
        const delivered = await outcome.session.deliver(delivery, NEVER);
        if (delivered.kind !== 'delivered') return { ...counts, isDone: false, fault: delivered.fault };
        counts.written += 1;
      }
    } catch (error) {
      return { ...counts, isDone: false, fault: explainDisk(error, parts.folder) };
    }
    counts.end = item.batch.end;
  }
  return { ...counts, isDone: found.length < limit };
}

/** Whether the disk holds the very bytes that were written once. Those of other signatures are compared by the target. */
async function isHeld(parts: CarryParts, { batch, written }: BatchOnDisk): Promise<boolean> {
  if (written === undefined) return false;
  const bytes = await parts.disk.read(pathOf(parts, batch), written.bytes);
  return bytes !== undefined && createHash('sha256').update(bytes).digest('hex') === written.sha256;
}

function pathOf({ folder, plantId }: Pick<CarryParts, 'folder' | 'plantId'>, batch: Batch): string {
  return batchPath({ folder, plantId }, batch);
}
