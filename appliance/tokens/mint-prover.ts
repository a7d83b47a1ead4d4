import type { z } from 'zod';
import { Failure } from '../../core/model/failure.ts';
import { toIso } from '../../core/model/time.ts';
import { outcomeOf, type ProofOutcome } from '../../core/sync/proof-step.ts';
import { batchHolding } from '../../core/sync/sealed-batches.ts';
import { type MintProofStep, proveMint } from '../../core/sync/targets/hedera/prove-mint.ts';
import type { ReceiptNetwork } from '../../core/sync/targets/hedera/receipt.ts';
import type { mintProofSchema } from '../api/schema/token.ts';
import type { BatchProver, BatchProverParts } from '../sync/batch-prover.ts';
import { mirrorUrlOf, openMirror } from '../sync/open-mirror.ts';
import { MintBook } from './mint-book.ts';
import { mintAnswer } from './token-answer.ts';

export type MintProof = z.infer<typeof mintProofSchema>;

export interface MintProofRequest {
  /** Index of the entry of the mint. */
  readonly mint: number;
  /** The mirror to ask in place of the one of plant.yaml or of the network. */
  readonly mirror?: string | undefined;
}

export type MintProver = (request: MintProofRequest, signal?: AbortSignal) => Promise<MintProof>;

/**
 * Proves mints against a mirror: the transaction and its certificates, and the attestation of the month that they name.
 *
 * @throws Failure `TOK_NO_MINT` where the ledger has no such mint
 */
export function mintProver(parts: BatchProverParts, prover: BatchProver): MintProver {
  const { config, store, clock } = parts;
  const book = new MintBook(store);
  return async ({ mint: index, mirror }, signal) => {
    const records = book.read();
    const minted = records.minted.find((each) => each.index === index);
    if (minted === undefined) {
      throw new Failure('TOK_NO_MINT', `Entry ${index} is no mint.`, {
        hint: '"forebay tokens list" shows them',
        exitCode: 2,
      });
    }
    const url = mirror ?? mirrorUrlOf(config?.sync, minted.network as ReceiptNetwork);
    const way = url === undefined ? NO_MIRROR : openMirror(url, { ...parts, proxy: config?.sync?.proxy });
    const steps: MintProofStep[] = [];
    if (typeof way === 'string') steps.push({ step: 'fetched', outcome: 'not-checked', sentence: way });
    else {
      try {
        const { token: id, network } = minted;
        const { treasury } = records.tokens.findLast((each) => each.token === id && each.network === network) ?? {};
        steps.push(...(await proveMint(way.mirror, minted, treasury, signal)));
      } finally {
        way.close();
      }
    }
    const batch = minted.plan === null ? undefined : batchHolding(store, minted.monthEntry);
    if (batch === undefined) steps.push({ step: 'attested', outcome: 'not-checked', sentence: LOST });
    else {
      const other = mirror === undefined ? {} : { mirror };
      const { outcome, summary } = await prover({ batch: batch.index, ...other }, signal);
      steps.push({ step: 'attested', outcome, sentence: `The close of ${minted.month}: ${summary}` });
    }
    const outcome = outcomeOf(steps);
    const summary = SUMMARIES[outcome](`The mint of entry ${index}`);
    return {
      mint: mintAnswer(minted),
      outcome,
      summary,
      checkedAt: toIso(clock.wallMs()),
      mirrorUrl: url ?? null,
      steps,
    };
  };
}

const NO_MIRROR =
  'The network has nodes of its own, and plant.yaml names no mirror of it (sync.hedera.mirror): nobody can be asked.';
const LOST = 'The close that it names is of a ledger that was lost: what this ledger holds says nothing of it.';

const SUMMARIES: Readonly<Record<ProofOutcome, (what: string) => string>> = {
  holds: (what) => `${what} is proven: it is on the network as the ledger says, for the energy that it says.`,
  differs: (what) => `${what} is not as it must be.`,
  'not-there': (what) => `${what} is not all on the network.`,
  'not-reached': (what) => `${what} could not be proven now: no usable answer came.`,
  'not-checked': (what) => `${what} could not all be proven: there was nothing to hold it against.`,
};
