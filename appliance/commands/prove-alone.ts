import { checkpointNote } from '../../core/ledger/checkpoint-note.ts';
import type { LedgerReader } from '../../core/ledger/ledger-storage.ts';
import { proveInclusion } from '../../core/ledger/proof.ts';
import { readKeyChain } from '../../core/ledger/read-key-chain.ts';
import { present } from '../../core/model/assert.ts';
import { toInclusionAnswer } from '../api/ledger-answer.ts';

export interface ProofWanted {
  readonly index: number;
  /** The present size when undefined. */
  readonly size: number | undefined;
}

export type ProofAlone = ReturnType<typeof toInclusionAnswer> & {
  /** The entry's canonical text: with a zero byte before it, its SHA-256 is the leaf hash. */
  readonly canonical: string;
  /** The signed note over the ledger of that size; null when the device signed none there. */
  readonly checkpoint: string | null;
};

/**
 * An inclusion proof with all that is needed to check it, except the verifier key.
 *
 * @throws Failure `LED_OUT_OF_RANGE`, `LED_NODE_MISSING`, `LED_FSCK_KEY_CHANGE`.
 */
export function proveAlone(reader: LedgerReader, { index, size }: ProofWanted): ProofAlone {
  return reader.snapshot(() => {
    const proof = toInclusionAnswer(proveInclusion(reader, index, size));
    const { bytes } = present(reader.entry(index), `entry ${index}`);
    const canonical = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
    return { ...proof, canonical, checkpoint: noteAt(reader, proof.size) };
  });
}

function noteAt(reader: LedgerReader, size: number): string | null {
  const stored = reader.checkpointFrom(size);
  const chain = readKeyChain(reader);
  return stored?.size !== size || chain === undefined ? null : checkpointNote(reader, chain, stored);
}
