import { hash } from 'node:crypto';
import type { LedgerProblem } from './check-row.ts';
import type { Entry } from './entry.ts';
import type { LedgerReader } from './ledger-storage.ts';

/** Holds the kept texts of models against the digests that the entries name. */
export class ModelCheck {
  /** Kept models by digest, and whether each text is what its digest says. */
  readonly #models: ReadonlyMap<string, { readonly unitId: string; readonly isSound: boolean }>;
  readonly #named = new Set<string>();

  constructor(reader: LedgerReader) {
    this.#models = new Map(
      [...reader.models()].map(({ digest, unitId, text }) => [
        digest,
        { unitId, isSound: `sha256:${hash('sha256', text, 'hex')}` === digest },
      ]),
    );
  }

  /** Takes an entry of the kind `model`. */
  check({ index, body: { digest, unitId } }: Entry): LedgerProblem | undefined {
    const name = String(digest);
    const kept = this.#models.get(name);
    this.#named.add(name);
    if (kept?.isSound === true && kept.unitId === unitId) return undefined;
    const what = kept === undefined ? 'is not kept' : 'is not what was recorded';
    return { index, code: 'LED_FSCK_MODEL', message: `The model ${name} of entry ${index} ${what}.` };
  }

  /** After all `size` entries: each kept model must be named by one. */
  checkEnd(size: number): LedgerProblem | undefined {
    const unnamed = [...this.#models.keys()].find((digest) => !this.#named.has(digest));
    if (unnamed === undefined) return undefined;
    return { index: size, code: 'LED_FSCK_MODEL', message: `The model ${unnamed} is kept, but no entry names it.` };
  }
}
