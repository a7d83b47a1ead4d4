import type { LedgerProblem } from './check-row.ts';
import { checkpointText } from './checkpoint.ts';
import { isNoteSigned, parseNoteKey } from './cosignature.ts';
import type { Cursor } from './cursor.ts';
import type { KeyInForce } from './key-chain.ts';
import type { KeyCheck } from './key-check.ts';
import type { LedgerReader, StoredCheckpoint, StoredSignature } from './ledger-storage.ts';
import { isEqual } from './merkle.ts';

/** Holds each checkpoint against the entries that it covers, and each signature under it. */
export class CheckpointCheck {
  readonly #checkpoints: Cursor<StoredCheckpoint>;
  readonly #signatures: Cursor<StoredSignature>;
  readonly #keys: KeyCheck;
  readonly #reader: LedgerReader;
  checkpoints = 0;
  checkedSignatures = 0;

  constructor(reader: LedgerReader, keys: KeyCheck, open: <T>(items: Iterable<T>) => Cursor<T>) {
    this.#reader = reader;
    this.#keys = keys;
    this.#checkpoints = open(reader.checkpoints());
    this.#signatures = open(reader.signatures());
  }

  /** After the entry with which there are `size` entries; `root` gives theirs. */
  check(size: number, root: () => Uint8Array): LedgerProblem | undefined {
    const former = this.#keys.chain?.alsoSignerAt(size);
    const stored = this.#checkpoints.peek();
    if (stored?.size !== size) {
      return former === undefined ? undefined : unsigned(size, 'by the key that was replaced with its last entry');
    }
    this.#checkpoints.take();
    if (!isEqual(stored.root, root())) {
      const message = `The checkpoint over ${size} entries has another root than the entries give.`;
      return { index: size - 1, code: 'LED_FSCK_CHECKPOINT', message };
    }
    const text = checkpointText({ origin: this.#keys.origin, size, root: stored.root });
    if (!this.#keys.isSigned(Buffer.from(text, 'utf8'), stored.signature)) return unsigned(size, 'by the device');
    this.checkpoints += 1;
    this.checkedSignatures += 1;
    return this.#checkOthers(size, text, former);
  }

  /** All of them hold, and that of a key that names its successor with this checkpoint is among them. */
  #checkOthers(size: number, text: string, former: KeyInForce | undefined): LedgerProblem | undefined {
    let isVouched = former === undefined;
    for (let stored = this.#signatures.peek(); stored?.size === size; stored = this.#signatures.peek()) {
      this.#signatures.take();
      const { verifierKey, signature } = stored;
      if (!isNoteSigned(parseNoteKey(verifierKey), text, signature)) return unsigned(size, `by ${verifierKey}`);
      if (verifierKey === former?.verifierKey) isVouched = true;
      this.checkedSignatures += 1;
    }
    return isVouched ? undefined : unsigned(size, 'by the key that was replaced with its last entry');
  }

  /** Nothing may be left over, and at the end of a whole ledger the newest checkpoint covers every entry. */
  checkEnd(size: number, { extent }: { readonly extent: 'whole' | 'part' }): LedgerProblem | undefined {
    const code = 'LED_FSCK_CHECKPOINT';
    if (this.#checkpoints.peek() !== undefined) {
      return { index: size, code, message: 'A checkpoint covers entries that are not there.' };
    }
    if (this.#signatures.peek() !== undefined) {
      return { index: size, code, message: 'A signature stands under a checkpoint that is not there.' };
    }
    if (extent === 'whole' && size > 0 && this.#reader.latestCheckpoint()?.size !== size) {
      return { index: size - 1, code, message: 'No checkpoint covers the last entries.' };
    }
    return undefined;
  }
}

function unsigned(size: number, by: string): LedgerProblem {
  const message = `The checkpoint over ${size} entries is not signed ${by}.`;
  return { index: size - 1, code: 'LED_FSCK_CHECKPOINT', message };
}
