import { checkpointText, formatNote, type NoteSignature } from './checkpoint.ts';
import { parseNoteKey } from './cosignature.ts';
import type { KeyChain } from './key-chain.ts';
import type { LedgerReader, StoredCheckpoint } from './ledger-storage.ts';

/**
 * The signed note of a stored checkpoint: first the line of the key that was in force there, then those of the key that
 * it replaced and of witnesses, where there are any.
 */
export function checkpointNote(
  reader: Pick<LedgerReader, 'signatures'>,
  chain: KeyChain,
  { size, root, signature }: StoredCheckpoint,
): string {
  const { name, keyHash } = chain.signerAt(size).key;
  const others = [...reader.signatures(size)].flatMap((stored): NoteSignature[] => {
    const key = parseNoteKey(stored.verifierKey);
    return key === undefined ? [] : [{ name: key.name, keyHash: key.keyHash, signature: stored.signature }];
  });
  return formatNote(checkpointText({ origin: chain.origin, size, root }), [{ name, keyHash, signature }, ...others]);
}
