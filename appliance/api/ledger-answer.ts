import type { z } from 'zod';
import { checkpointNote } from '../../core/ledger/checkpoint-note.ts';
import type { LedgerReader, StoredEntry } from '../../core/ledger/ledger-storage.ts';
import type { ConsistencyProof, InclusionProof } from '../../core/ledger/proof.ts';
import { readKeyChain } from '../../core/ledger/read-key-chain.ts';
import { parseEntry } from '../../core/store/entries.ts';
import type { checkpointSchema, consistencyProofSchema, entrySchema, inclusionProofSchema } from './schema/ledger.ts';

/** The ledger's parts as the API and the command line show them: hashes in base64. */
export function toEntryAnswer({ index, kind, bytes, leafHash }: StoredEntry): z.infer<typeof entrySchema> {
  return {
    index,
    kind,
    leafHash: base64(leafHash),
    canonical: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'),
    entry: { ...parseEntry(bytes) },
  };
}

/**
 * The newest checkpoint as a signed note, or undefined while the ledger is empty.
 *
 * @throws Failure `LED_FSCK_KEY_CHANGE`, `LED_FSCK_KEY` when the ledger does not say who signs it.
 */
export function latestCheckpointAnswer(reader: LedgerReader): z.infer<typeof checkpointSchema> | undefined {
  return reader.snapshot(() => {
    const stored = reader.latestCheckpoint();
    const chain = readKeyChain(reader);
    if (stored === undefined || chain === undefined) return undefined;
    const { size, root } = stored;
    const last = reader.entry(size - 1);
    return {
      size,
      root: base64(root),
      note: checkpointNote(reader, chain, stored),
      at: last === undefined ? null : parseEntry(last.bytes).at,
    };
  });
}

export function toInclusionAnswer(proof: InclusionProof): z.infer<typeof inclusionProofSchema> {
  const { index, size, leafHash, root, hashes } = proof;
  return { index, size, leafHash: base64(leafHash), root: base64(root), hashes: hashes.map(base64) };
}

export function toConsistencyAnswer(proof: ConsistencyProof): z.infer<typeof consistencyProofSchema> {
  const { from, to, fromRoot, toRoot, hashes } = proof;
  return { from, to, fromRoot: base64(fromRoot), toRoot: base64(toRoot), hashes: hashes.map(base64) };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
