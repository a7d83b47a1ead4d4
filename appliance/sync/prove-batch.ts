import { toIso } from '../../core/model/time.ts';
import { readEntry } from '../../core/store/entries.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import { reviewsOfReading } from '../../core/store/reviews.ts';
import type { Batch } from '../../core/sync/batch.ts';
import { hashscanTransaction } from '../../core/sync/hedera-links.ts';
import { findItem } from '../../core/sync/kept-outbox.ts';
import { outcomeOf, type ProofOutcome, type ProofStep } from '../../core/sync/proof-step.ts';
import { batchHolding } from '../../core/sync/sealed-batches.ts';
import { type ProvingMirror, proveMessage } from '../../core/sync/targets/hedera/prove-message.ts';
import {
  type HederaReceiptFacts,
  type ReceiptNetwork,
  readHederaReceipt,
} from '../../core/sync/targets/hedera/receipt.ts';
import { transactionIdText } from '../../core/sync/targets/hedera/transaction-id.ts';
import { proveLedger } from './prove-ledger.ts';

/** The proof of a batch, or of a reading in it, in words. */
export interface BatchProof {
  readonly batch: number;
  readonly reading: number | null;
  readonly outcome: ProofOutcome;
  readonly summary: string;
  readonly checkedAt: string;
  /** Which mirror was asked, and where it shows the message; null where none could be. */
  readonly mirrorUrl: string | null;
  readonly messageUrl: string | null;
  readonly hashscanUrl: string | null;
  /** The newest decision on the reading, where it lies in another batch or in none: it is proven by itself. */
  readonly laterDecision: { readonly index: number; readonly batch: number | null } | null;
  readonly steps: readonly ProofStep[];
}

export interface ProveParts {
  readonly store: ReadableStore;
  readonly nowMs: number;
  /** The mirror of the network, or a sentence that says why none can be asked. */
  readonly mirrorOf: (network: ReceiptNetwork) => ProvingMirror | string;
}

/** Fetches the message of the batch from a mirror of Hedera and holds it against the ledger, step by step. */
export async function proveBatch(
  parts: ProveParts,
  batch: Batch,
  reading?: number,
  signal?: AbortSignal,
): Promise<BatchProof> {
  const { store } = parts;
  const reader = ledgerReader(store);
  const receipt = receiptOf(store, batch.index);
  const mirror = receipt === undefined ? undefined : parts.mirrorOf(receipt.network);
  const steps =
    receipt === undefined
      ? [notSent(store, batch.index)]
      : typeof mirror === 'object'
        ? await proveMessage(mirror, { message: Buffer.from(batch.message, 'utf8'), receipt }, signal)
        : [{ step: 'fetched', outcome: 'not-checked', sentence: String(mirror) } as const];
  return toProof(parts, { batch, reading, receipt, mirror: typeof mirror === 'object' ? mirror : undefined }, [
    ...steps,
    // What the mirror gave is these very bytes, or the step of the content says that it is not.
    ...proveLedger(reader, batch, batch.message, reading),
  ]);
}

function receiptOf(store: ReadableStore, batchIndex: number): HederaReceiptFacts | undefined {
  const index = findItem(store, 'hedera', batchIndex)?.receiptIndex;
  return index === undefined ? undefined : readHederaReceipt(readEntry(store, index)?.body.receipt);
}

function notSent(store: ReadableStore, batchIndex: number): ProofStep {
  const item = findItem(store, 'hedera', batchIndex);
  const step = 'fetched';
  if (item === undefined) {
    return {
      step,
      outcome: 'not-checked',
      sentence: 'This batch was not sealed for Hedera: no public target was given it.',
    };
  }
  if (item.receiptIndex !== undefined) {
    return {
      step,
      outcome: 'differs',
      sentence: `The receipt of entry ${item.receiptIndex} is of no form that this version knows.`,
    };
  }
  const why = item.fault === undefined ? '' : ` The last attempt: ${item.fault.message}`;
  const sentence = `It is not at Hedera yet: the delivery is ${item.state}.${why}`;
  return { step, outcome: 'not-there', sentence };
}

interface Proven {
  readonly batch: Batch;
  readonly reading: number | undefined;
  readonly receipt: HederaReceiptFacts | undefined;
  readonly mirror: ProvingMirror | undefined;
}

function toProof(
  parts: ProveParts,
  { batch, reading, receipt, mirror }: Proven,
  steps: readonly ProofStep[],
): BatchProof {
  const outcome = outcomeOf(steps);
  const isAsked = mirror !== undefined && receipt !== undefined;
  return {
    batch: batch.index,
    reading: reading ?? null,
    outcome,
    summary: SUMMARIES[outcome](
      reading === undefined ? `Batch ${batch.index}` : `Reading ${reading} (batch ${batch.index})`,
    ),
    checkedAt: toIso(parts.nowMs),
    mirrorUrl: mirror?.url ?? null,
    messageUrl: isAsked ? `${mirror.url}/api/v1/topics/${receipt.topicId}/messages/${receipt.sequence}` : null,
    hashscanUrl:
      receipt === undefined ? null : hashscanTransaction(receipt.network, transactionIdText(receipt.transactionId)),
    laterDecision: reading === undefined ? null : laterDecision(parts.store, batch, reading),
    steps,
  };
}

function laterDecision(store: ReadableStore, batch: Batch, reading: number): BatchProof['laterDecision'] {
  const newest = reviewsOfReading(store, reading).at(-1);
  if (newest === undefined || (newest.index >= batch.first && newest.index < batch.end)) return null;
  return { index: newest.index, batch: batchHolding(store, newest.index)?.index ?? null };
}

const SUMMARIES: Readonly<Record<ProofOutcome, (what: string) => string>> = {
  holds: (what) => `${what} is proven: the message at Hedera is ours, and everything in it holds.`,
  differs: (what) => `${what} is NOT proven: something is not as it must be. Keep everything as it is and compare.`,
  'not-there': (what) => `${what} is not proven: Hedera does not show its message.`,
  'not-reached': (what) =>
    `${what} could not be proven now: the mirror could not be reached. That says nothing against it.`,
  'not-checked': (what) => `${what} cannot be proven in public: there is no public message to hold it against.`,
};
