import type { LedgerProblem } from './check-row.ts';
import type { Entry } from './entry.ts';
import { checkKeyBody } from './key-entry.ts';
import { isEqual } from './merkle.ts';
import { formatVerifierKey, type VerifierKey } from './verifier-key.ts';

/** A key and the stretch of the ledger that it signs. */
export interface KeyInForce {
  readonly key: VerifierKey;
  readonly verifierKey: string;
  /** `genesis`: the first. `rotated`: named by the one before. `lost`: the one before says nothing of it. */
  readonly how: 'genesis' | 'rotated' | 'lost';
  /**
   * Index of the entry that put it in force, the genesis entry or a `key` entry. The key signs the readings of the
   * entries after it, and the checkpoints that cover it.
   */
  readonly entryIndex: number;
  readonly reason: string | null;
  readonly by: string | null;
}

/**
 * The keys of one ledger in the order in which they were in force. All of them have the ledger's name, which is the
 * origin of its checkpoints. After a `lost` key nothing inside the ledger says that the new one is the device's: the
 * chain has a break there that only an outside statement can bridge.
 */
export class KeyChain {
  readonly #links: KeyInForce[];

  constructor(first: VerifierKey) {
    this.#links = [
      {
        key: first,
        verifierKey: formatVerifierKey(first.name, first.publicKey),
        how: 'genesis',
        entryIndex: 0,
        reason: null,
        by: null,
      },
    ];
  }

  /** The same keys in a chain that goes on by itself. */
  copy(): KeyChain {
    const chain = new KeyChain((this.#links[0] as KeyInForce).key);
    chain.#links.splice(0, 1, ...this.#links);
    return chain;
  }

  get links(): readonly KeyInForce[] {
    return this.#links;
  }

  /** The key in force now. */
  get current(): KeyInForce {
    return this.#links.at(-1) as KeyInForce;
  }

  /** The key that signs the checkpoint over `size` entries and the reading of entry `size - 1`. */
  signerAt(size: number): KeyInForce {
    return this.#links.findLast(({ entryIndex }) => entryIndex < size) ?? (this.#links[0] as KeyInForce);
  }

  /** The key that must have signed the checkpoint over `size` entries too: the old one, where it names its successor. */
  alsoSignerAt(size: number): KeyInForce | undefined {
    const at = this.#links.findIndex(({ how, entryIndex }) => how === 'rotated' && entryIndex === size - 1);
    return at === -1 ? undefined : this.#links[at - 1];
  }

  /** The name of the ledger: the origin line of each of its checkpoints. */
  get origin(): string {
    return this.current.key.name;
  }

  /**
   * Takes a `key` entry, which must fit its place: the old key is the one in force, the new one has its name and was
   * never in force, and `root` is that of the entries before it (undefined where the caller holds no tree).
   */
  take({ index, body }: Entry, root: Uint8Array | undefined): LedgerProblem | undefined {
    const change = checkKeyBody(body);
    if (typeof change === 'string') return problem(index, change);
    const { key } = this.current;
    const { statement } = body as { statement: { size: number; root: string } };
    if (!isSameKey(change.from, key)) return problem(index, 'replaces another key than the one in force');
    if (change.to.name !== key.name) return problem(index, 'gives the new key another name than the ledger has');
    if (this.#links.some((link) => isEqual(link.key.publicKey, change.to.publicKey))) {
      return problem(index, 'puts a key in force again that was replaced');
    }
    const isHere =
      statement.size === index && (root === undefined || isEqual(root, Buffer.from(statement.root, 'base64')));
    if (!isHere) return problem(index, 'was stated for another ledger or another place in it');
    this.#links.push({
      key: change.to,
      verifierKey: formatVerifierKey(change.to.name, change.to.publicKey),
      how: change.event,
      entryIndex: index,
      reason: change.reason,
      by: change.by,
    });
    return undefined;
  }

  /**
   * The stretches between breaks: within one, each key names the next, so a person who knows one of its keys from
   * outside knows them all.
   */
  stretches(): readonly (readonly KeyInForce[])[] {
    const stretches: KeyInForce[][] = [];
    for (const link of this.#links) {
      if (link.how === 'lost' || stretches.length === 0) stretches.push([link]);
      else stretches.at(-1)?.push(link);
    }
    return stretches;
  }
}

export function isSameKey(a: VerifierKey, b: VerifierKey): boolean {
  return a.name === b.name && isEqual(a.publicKey, b.publicKey);
}

function problem(index: number, what: string): LedgerProblem {
  return { index, code: 'LED_FSCK_KEY_CHANGE', message: `The key change of entry ${index} ${what}.` };
}
