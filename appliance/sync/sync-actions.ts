import type { z } from 'zod';
import type { PlantConfig } from '../../core/config/plant.ts';
import type { NewEntry } from '../../core/ledger/entry.ts';
import { present } from '../../core/model/assert.ts';
import type { Clock } from '../../core/model/clock.ts';
import { Failure } from '../../core/model/failure.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { findItem, listItems } from '../../core/sync/kept-outbox.ts';
import type { OutboxItem, OutboxState } from '../../core/sync/outbox.ts';
import type { deliverySchema } from '../api/schema/sync.ts';
import type { BatchProver } from './batch-prover.ts';
import { type LinkAnswer, linkAnswer } from './link-answer.ts';
import { confirmMainnet, type MainnetAnswer, type MainnetRequest, mainnetAnswer } from './mainnet-confirmation.ts';
import { type CostsAnswer, plantCosts } from './plant-costs.ts';
import type { PlantSync } from './plant-sync.ts';
import type { BatchProof } from './prove-batch.ts';
import { targetNames } from './target-names.ts';
import { type TargetAnswer, targetStatuses } from './target-status.ts';
import { type UnsealedAnswer, unsealedAnswer } from './unsealed.ts';

export type DeliveryAnswer = z.infer<typeof deliverySchema>;

/** What the API and the command line may ask of the deliveries. Refusals are Failures with a sentence for a person. */
export interface SyncActions {
  targets(): readonly TargetAnswer[];
  /** The way out of the plant; null where no target lies beyond it. */
  link(): LinkAnswer | null;
  /** What is in no batch yet, and when it is sealed; null where nothing is, or nothing seals. */
  unsealed(): UnsealedAnswer | null;
  /** Tries every target at once, whatever it waited for. */
  run(): readonly TargetAnswer[];
  list(
    target: string,
    state: OutboxState,
    page: { readonly afterIndex?: number; readonly limit: number },
  ): readonly DeliveryAnswer[];
  retry(target: string, batchIndex: number): DeliveryAnswer;
  park(target: string, batchIndex: number, reason: string): DeliveryAnswer;
  costs(): CostsAnswer;
  /** What the mainnet of Hedera costs in a year, and whether a person has confirmed it. */
  mainnet(): MainnetAnswer;
  /** Records that a person confirmed it, and delivers what waits for that. */
  confirmMainnet(request: MainnetRequest): MainnetAnswer;
  /** Fetches what is public of a batch and holds it against the ledger. */
  prove(batchIndex: number, readingIndex?: number): Promise<BatchProof>;
}

export type Deliverer = Pick<PlantSync, 'status' | 'link' | 'unsealed' | 'tryNow' | 'retry' | 'park'>;

export interface SyncActionParts {
  readonly config: PlantConfig;
  readonly store: ReadableStore;
  readonly clock: Pick<Clock, 'wallMs'>;
  readonly record: (entry: NewEntry) => void;
  /** What delivers; undefined where plant.yaml names no target. */
  readonly sync: () => Deliverer | undefined;
  readonly prover?: () => BatchProver | undefined;
  /** Told of every decision of a person. */
  readonly changed?: (batch: number) => void;
}

export function syncActions(parts: SyncActionParts): SyncActions {
  const { config, store, sync, prover, changed, clock } = parts;
  const targets = (): readonly TargetAnswer[] => targetStatuses(config, store, sync()?.status() ?? [], clock.wallMs());
  const known = (target: string): string => {
    if (targetNames(config).includes(target)) return target;
    throw new Failure('SYN_TARGET_UNKNOWN', `plant.yaml has no target "${target}" under sync.`, {
      hint: `it has ${targetNames(config).join(', ') || 'none'}`,
      exitCode: 2,
    });
  };
  const answer = (target: string, batchIndex: number): DeliveryAnswer => {
    changed?.(batchIndex);
    return toDelivery(present(findItem(store, target, batchIndex), 'the delivery that was changed'));
  };
  return {
    targets,
    link: () => linkAnswer(sync()?.link()),
    unsealed: () => unsealedAnswer(sync()?.unsealed()),
    run: () => {
      sync()?.tryNow();
      return targets();
    },
    list: (target, state, page) => listItems(store, known(target), state, page).map(toDelivery),
    retry: (target, batchIndex) => {
      if (sync()?.retry(known(target), batchIndex) === true) return answer(target, batchIndex);
      throw notInState(target, batchIndex, 'parked');
    },
    park: (target, batchIndex, reason) => {
      if (sync()?.park(known(target), batchIndex, reason) === true) return answer(target, batchIndex);
      throw notInState(target, batchIndex, 'waiting');
    },
    costs: () => plantCosts(config, store),
    mainnet: () => mainnetAnswer(config, store),
    confirmMainnet: (request) => {
      const confirmed = confirmMainnet(parts, request);
      sync()?.tryNow();
      return confirmed;
    },
    prove: async (batch, reading) =>
      present(prover?.(), 'the prover')(
        { batch, ...(reading === undefined ? {} : { reading }) },
        AbortSignal.timeout(PROOF_MS_MAX),
      ),
  };
}

/** A person waits for it. */
const PROOF_MS_MAX = 30_000;

function notInState(target: string, batchIndex: number, state: string): Failure {
  return new Failure('SYN_DELIVERY_OTHER_STATE', `Batch ${batchIndex} is not ${state} for ${target}.`, {
    hint: 'look with "forebay sync status" what is',
  });
}

export function toDelivery({ batch, target, state, attempts, fault, receiptIndex }: OutboxItem): DeliveryAnswer {
  const { index, id, first, end, size, message } = batch;
  return {
    target,
    batch: index,
    id,
    first,
    end,
    size,
    message,
    state,
    attempts,
    receiptIndex: receiptIndex ?? null,
    ...(fault === undefined ? {} : { fault: { code: fault.code, message: fault.message, hint: fault.hint ?? null } }),
  };
}
