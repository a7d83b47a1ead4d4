import { present } from '../model/assert.ts';
import type { LedgerProblem } from './check-row.ts';
import type { Entry } from './entry.ts';
import { keyInGenesis } from './genesis.ts';
import { isSameKey, KeyChain } from './key-chain.ts';
import { parseVerifierKey, signatureChecker, type VerifierKey } from './verifier-key.ts';

export interface LedgerKey {
  readonly verifierKey: string;
  /** `lost`: a break, for the key before says nothing of this one. */
  readonly how: 'genesis' | 'rotated' | 'lost';
  readonly entryIndex: number;
}

/** Follows the device's keys from the genesis entry on, and says at the end whether those known outside cover them. */
export class KeyCheck {
  readonly #outside: readonly VerifierKey[] | undefined;
  #chain: KeyChain | undefined;
  #isSigned: ReturnType<typeof signatureChecker> = () => false;

  /** `outside`: verifier keys noted elsewhere; undefined when none were given. */
  constructor(outside: string | readonly string[] | undefined) {
    const texts = typeof outside === 'string' ? [outside] : outside;
    this.#outside = texts?.flatMap((text) => parseVerifierKey(text) ?? []);
  }

  /** Undefined before the genesis entry. */
  get chain(): KeyChain | undefined {
    return this.#chain;
  }

  /** The keys so far, for a report. */
  links(): readonly LedgerKey[] {
    const links = this.#chain?.links ?? [];
    return links.map(({ verifierKey, how, entryIndex }) => ({ verifierKey, how, entryIndex }));
  }

  /** The name and origin of the ledger. */
  get origin(): string {
    return present(this.#chain, 'the keys from the genesis entry on').origin;
  }

  /** Whether the key in force signed the bytes. */
  isSigned(bytes: Uint8Array, signature: Uint8Array): boolean {
    return this.#isSigned(bytes, signature);
  }

  /** Takes the next entry; `root` gives that of the entries before it, or undefined where no tree is at hand. */
  check(entry: Entry, root: () => Uint8Array | undefined): LedgerProblem | undefined {
    if (entry.index === 0) {
      const key = entry.kind === 'genesis' ? keyInGenesis(entry.body) : this.#outside?.[0];
      if (key === undefined) {
        return { index: 0, code: 'LED_FSCK_KEY', message: 'There is no device key to check the signatures with.' };
      }
      this.#chain = new KeyChain(key);
    } else {
      if (entry.kind !== 'key') return undefined;
      const problem = this.#chain?.take(entry, root());
      if (problem !== undefined) return problem;
    }
    this.#isSigned = signatureChecker(present(this.#chain, 'the keys').current.key.publicKey);
    return undefined;
  }

  /** Each stretch of keys must hold one that is known outside, where any is. */
  checkEnd(): LedgerProblem | undefined {
    const outside = this.#outside;
    if (outside === undefined) return undefined;
    for (const stretch of this.#chain?.stretches() ?? []) {
      if (stretch.some(({ key }) => outside.some((known) => isSameKey(known, key)))) continue;
      const index = stretch[0]?.entryIndex ?? 0;
      if (index === 0) {
        const message = 'The ledger was begun with another device key than the one given.';
        return { index, code: 'LED_FSCK_KEY', message };
      }
      const message = `The key that signs from entry ${index} on is vouched for by none before it, nor given with --key.`;
      return { index, code: 'LED_FSCK_KEY_BREAK', message };
    }
    return undefined;
  }
}
