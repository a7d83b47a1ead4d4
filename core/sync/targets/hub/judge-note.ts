import { parseCheckpoint, type SignedCheckpoint } from '../../../ledger/checkpoint.ts';
import { cosignedAtS, isNoteSigned, type NoteKey } from '../../../ledger/cosignature.ts';
import type { SyncFault } from '../../target.ts';
import { ahead, forked, malformed, otherKey, otherLedger } from './hub-faults.ts';
import type { HubLedger } from './hub-ledger.ts';

/** What the hub holds of the ledger, as it has signed. */
export interface Held {
  readonly size: number;
  /** The signed note, as it came. */
  readonly note: string;
  /** When the hub signed, in seconds since 1970 by its own clock. */
  readonly signedAtS: number;
}

export type Judged =
  | { readonly kind: 'held'; readonly held: Held }
  /** Of no known form: whoever answered may not be the hub at all. */
  | { readonly kind: 'unreadable'; readonly fault: SyncFault }
  /** Signed by another, or signed and not of this ledger: for a person to look at. */
  | { readonly kind: 'refused'; readonly fault: SyncFault };

/**
 * Holds an acknowledgement against the ledger and the hub's key. It is a C2SP checkpoint (origin, size and root) with the
 * hub's cosignature; only one whose root this ledger has too, at that size, counts. An old one that somebody sends again
 * proves no more than it did: its size is what it was.
 */
export function judgeNote(bytes: Uint8Array, key: NoteKey, ledger: HubLedger): Judged {
  const note = Buffer.from(bytes).toString('utf8');
  const checkpoint = parseCheckpoint(note);
  if (checkpoint === undefined) return { kind: 'unreadable', fault: malformed('it is no signed checkpoint') };
  const signedAtS = signedBy(checkpoint, key);
  if (signedAtS === undefined) return { kind: 'refused', fault: otherKey(key.name) };
  const { origin, size, root } = checkpoint;
  if (origin !== ledger.origin) return { kind: 'refused', fault: otherLedger(origin.slice(0, ORIGIN_CHARS_MAX)) };
  const ours = ledger.size();
  if (size > ours) return { kind: 'refused', fault: ahead(size, ours) };
  if (Buffer.compare(root, ledger.rootOf(size)) !== 0) return { kind: 'refused', fault: forked(size) };
  return { kind: 'held', held: { size, note, signedAtS } };
}

/** A longer name is not repeated in a sentence. */
const ORIGIN_CHARS_MAX = 100;

/** When the key signed the note, in seconds since 1970; undefined when it did not. */
function signedBy({ text, signatures }: SignedCheckpoint, key: NoteKey): number | undefined {
  const claimed = signatures.find(
    ({ name, keyHash }) => name === key.name && Buffer.compare(keyHash, key.keyHash) === 0,
  );
  if (claimed === undefined || !isNoteSigned(key, text, claimed.signature)) return undefined;
  return cosignedAtS(claimed.signature);
}
