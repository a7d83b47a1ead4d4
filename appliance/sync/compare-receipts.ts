import type { ShownReceipt } from '../../core/evidence/delivery-book.ts';
import { outcomeOf, type ProofOutcome, type ProofStep } from '../../core/sync/proof-step.ts';
import type { MirrorClient } from '../../core/sync/targets/hedera/mirror.ts';
import { MirrorPages } from '../../core/sync/targets/hedera/mirror-pages.ts';
import { proveMessage } from '../../core/sync/targets/hedera/prove-message.ts';
import { readHederaReceipt } from '../../core/sync/targets/hedera/receipt.ts';

/** What a mirror of Hedera says of the receipts of a bundle. */
export interface ReceiptComparison {
  readonly mirror: string;
  /** Receipts of Hedera in the bundle, and of these the ones whose message stands there as they say. */
  readonly receipts: number;
  readonly hold: number;
  /** `holds` where all do; else what came of the first that does not. */
  readonly outcome: ProofOutcome;
  readonly first: { readonly entry: number; readonly batch: number; readonly steps: readonly ProofStep[] } | null;
}

/**
 * Holds each receipt against the mirror: message, place, running hash. Goes on after one that differs, to tell how many do;
 * ends with the first that the mirror could not be asked about, since it could not be asked about the rest either.
 */
export async function compareReceipts(
  mirror: MirrorClient,
  receipts: readonly ShownReceipt[],
  onProgress: (compared: number) => void = () => {},
): Promise<ReceiptComparison> {
  const pages = new MirrorPages(mirror);
  let hold = 0;
  let worst: Pick<ReceiptComparison, 'outcome' | 'first'> = { outcome: 'holds', first: null };
  for (const [order, { index, batch, message, receipt }] of receipts.entries()) {
    const facts = readHederaReceipt(receipt);
    const steps: readonly ProofStep[] =
      facts === undefined
        ? [UNKNOWN]
        : await proveMessage(pages, { message: Buffer.from(message, 'utf8'), receipt: facts });
    const outcome = outcomeOf(steps);
    if (outcome === 'holds') hold += 1;
    else if (worst.first === null) worst = { outcome, first: { entry: index, batch, steps } };
    if (outcome === 'not-reached') break;
    onProgress(order + 1);
  }
  return { mirror: mirror.url, receipts: receipts.length, hold, ...worst };
}

const UNKNOWN: ProofStep = {
  step: 'fetched',
  outcome: 'differs',
  sentence: 'The receipt is of no form that this version knows.',
};
