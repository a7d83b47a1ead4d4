import { createHash } from 'node:crypto';

/**
 * The tree of RFC 9162 section 2.1 as its definitions have it, written for the hub alone: it is to find what the ledger's
 * own code might have wrong.
 */
export function hashLeaf(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(Buffer.of(0)).update(bytes).digest();
}

function hashPair(left: Uint8Array, right: Uint8Array): Buffer {
  return createHash('sha256').update(Buffer.of(1)).update(left).update(right).digest();
}

/** The leaves so far as the roots of full subtrees, the largest first. */
export class Peaks {
  #peaks: { readonly count: number; readonly hash: Buffer }[] = [];

  get size(): number {
    return this.#peaks.reduce((sum, { count }) => sum + count, 0);
  }

  copy(): Peaks {
    const copy = new Peaks();
    copy.#peaks = [...this.#peaks];
    return copy;
  }

  add(leaf: Buffer): void {
    this.#peaks.push({ count: 1, hash: leaf });
    for (;;) {
      const [left, right] = this.#peaks.slice(-2);
      if (left === undefined || right === undefined || left.count !== right.count) return;
      this.#peaks.splice(-2, 2, { count: 2 * left.count, hash: hashPair(left.hash, right.hash) });
    }
  }

  root(): Buffer {
    const hashes = this.#peaks.map(({ hash }) => hash);
    const last = hashes.pop() ?? createHash('sha256').digest();
    return hashes.reduceRight((right, left) => hashPair(left, right), last);
  }
}

/** Whether the proof leads from the tree of `from` leaves to that of `to` leaves: section 2.1.4.1 read backwards. */
export function isConsistent(
  from: { readonly size: number; readonly root: Buffer },
  to: { readonly size: number; readonly root: Buffer },
  proof: readonly Buffer[],
): boolean {
  if (from.size > to.size) return false;
  if (from.size === 0 || from.size === to.size) {
    return proof.length === 0 && (from.size === 0 || from.root.equals(to.root));
  }
  const rest = [...proof];
  const roots = replay(from.size, to.size, from.root, rest);
  return roots !== undefined && rest.length === 0 && roots.old.equals(from.root) && roots.new.equals(to.root);
}

interface Roots {
  readonly old: Buffer;
  readonly new: Buffer;
}

/** SUBPROOF(m, D[n], b): `whole` is the old root where the old tree is the whole of this subtree. */
function replay(m: number, n: number, whole: Buffer | undefined, rest: Buffer[]): Roots | undefined {
  if (m === n) {
    const hash = whole ?? rest.shift();
    return hash === undefined ? undefined : { old: hash, new: hash };
  }
  let middle = 1;
  while (middle * 2 < n) middle *= 2;
  const isLeft = m <= middle;
  const inner = isLeft ? replay(m, middle, whole, rest) : replay(m - middle, n - middle, undefined, rest);
  const sibling = rest.shift();
  if (inner === undefined || sibling === undefined) return undefined;
  return isLeft
    ? { old: inner.old, new: hashPair(inner.new, sibling) }
    : { old: hashPair(sibling, inner.old), new: hashPair(sibling, inner.new) };
}
