import type { PlantConfig } from '../../core/config/plant.ts';
import { Failure } from '../../core/model/failure.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import type { Batch } from '../../core/sync/batch.ts';
import { batchAt, batchHolding } from '../../core/sync/sealed-batches.ts';
import type { ProvingMirror } from '../../core/sync/targets/hedera/prove-message.ts';
import type { ReceiptNetwork } from '../../core/sync/targets/hedera/receipt.ts';
import { type MirrorWay, mirrorUrlOf, type OpenedMirror, openMirror } from './open-mirror.ts';
import { type BatchProof, proveBatch } from './prove-batch.ts';

/** What is to be proven: a batch, or a reading in the batch that holds it. */
export interface ProofRequest {
  readonly batch?: number;
  readonly reading?: number;
  /** The mirror to ask in place of the one of plant.yaml or of the network. */
  readonly mirror?: string;
}

export type BatchProver = (request: ProofRequest, signal?: AbortSignal) => Promise<BatchProof>;

export interface BatchProverParts extends Omit<MirrorWay, 'proxy'> {
  readonly config: Pick<PlantConfig, 'sync'> | undefined;
  readonly store: ReadableStore;
}

/**
 * Proves batches against a mirror. Reads the store, writes nothing.
 *
 * @throws Failure `SYN_NO_BATCH` where there is no such batch, `SYN_NOT_SEALED` for an entry that is in none yet.
 */
export function batchProver(parts: BatchProverParts): BatchProver {
  const { config, store, clock } = parts;
  return async (request, signal) => {
    const batch = batchOf(store, request);
    const opened: OpenedMirror[] = [];
    const mirrorOf = (network: ReceiptNetwork): ProvingMirror | string => {
      const url = request.mirror ?? mirrorUrlOf(config?.sync, network);
      if (url === undefined) return NO_MIRROR;
      const way = openMirror(url, { ...parts, proxy: config?.sync?.proxy });
      if (typeof way === 'string') return way;
      opened.push(way);
      return way.mirror;
    };
    try {
      return await proveBatch({ store, nowMs: clock.wallMs(), mirrorOf }, batch, request.reading, signal);
    } finally {
      for (const way of opened) way.close();
    }
  };
}

const NO_MIRROR =
  'The network has nodes of its own, and plant.yaml names no mirror of it (sync.hedera.mirror): nobody can be asked.';

function batchOf(store: ReadableStore, { batch, reading }: ProofRequest): Batch {
  if (batch !== undefined) {
    const found = batchAt(store, batch);
    if (found !== undefined) return found;
    throw new Failure('SYN_NO_BATCH', `Entry ${batch} is no batch.`, {
      hint: 'list the batches with "forebay sync show"',
      exitCode: 2,
    });
  }
  const found = reading === undefined ? undefined : batchHolding(store, reading);
  if (found !== undefined) return found;
  throw new Failure('SYN_NOT_SEALED', `Entry ${reading} is in no batch yet, so no public message stands for it.`, {
    hint: 'what is recorded is sealed at the end of its period; prove it once the batch has gone out',
  });
}
