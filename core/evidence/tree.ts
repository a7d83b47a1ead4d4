import { isSameBytes, joinBytes } from './bytes.ts';
import type { EvidenceMachine } from './machine.ts';

/**
 * The verifier's own reading of RFC 9162 section 2.1 (leaf = H(00 || data), node = H(01 || left || right)), written
 * apart from the ledger's so that a mistake in one shows in the other.
 */
export type Sha256 = EvidenceMachine['sha256'];

const HASH_BYTES = 32;

/** Used again for every leaf, and made longer where one is: a machine's SHA-256 has read its bytes when it returns. */
let leafBytes = new Uint8Array(8192);

export function hashLeaf(sha256: Sha256, data: Uint8Array): Uint8Array {
  if (data.length >= leafBytes.length) leafBytes = new Uint8Array(2 * data.length);
  leafBytes.set(data, 1);
  return sha256(leafBytes.subarray(0, 1 + data.length));
}

const nodeBytes = Uint8Array.of(1, ...new Uint8Array(2 * HASH_BYTES));

function hashNode(sha256: Sha256, left: Uint8Array, right: Uint8Array): Uint8Array {
  // What is no hash of 32 bytes leads to no root of this tree, whatever the node's bytes were before.
  if (left.length !== HASH_BYTES || right.length !== HASH_BYTES)
    return sha256(joinBytes(Uint8Array.of(1), left, right));
  nodeBytes.set(left, 1);
  nodeBytes.set(right, 1 + HASH_BYTES);
  return sha256(nodeBytes);
}

/**
 * The roots of the complete subtrees that the first `size` leaves fall into, largest first: one for each bit of the
 * size. With them a tree can be grown on from there, in constant memory.
 */
export class TreeEdge {
  readonly #sha256: Sha256;
  #size: number;
  readonly #roots: Uint8Array[];

  private constructor(sha256: Sha256, size: number, roots: Uint8Array[]) {
    this.#sha256 = sha256;
    this.#size = size;
    this.#roots = roots;
  }

  /** Undefined when there are not exactly as many hashes as the size asks for. */
  static of(sha256: Sha256, size: number, roots: readonly Uint8Array[]): TreeEdge | undefined {
    const isWhole = roots.length === countBits(size) && roots.every(({ length }) => length === HASH_BYTES);
    return isWhole ? new TreeEdge(sha256, size, [...roots]) : undefined;
  }

  get size(): number {
    return this.#size;
  }

  copy(): TreeEdge {
    return new TreeEdge(this.#sha256, this.#size, [...this.#roots]);
  }

  append(leaf: Uint8Array): void {
    let carried = leaf;
    for (let rest = this.#size; rest % 2 === 1; rest = (rest - 1) / 2) {
      carried = hashNode(this.#sha256, this.#roots.pop() ?? new Uint8Array(0), carried);
    }
    this.#roots.push(carried);
    this.#size += 1;
  }

  root(): Uint8Array {
    const [last = this.#sha256(new Uint8Array(0)), ...before] = this.#roots.toReversed();
    return before.reduce((folded, left) => hashNode(this.#sha256, left, folded), last);
  }
}

function countBits(size: number): number {
  let count = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}

/** RFC 9162 section 2.1.3.2: the root that `hashes` lead to from `leaf` at `index` of `size`, or undefined. */
export function rootOfInclusion(
  sha256: Sha256,
  leaf: Uint8Array,
  { index, size }: { readonly index: number; readonly size: number },
  hashes: readonly Uint8Array[],
): Uint8Array | undefined {
  if (index >= size || hashes.some(({ length }) => length !== HASH_BYTES)) return undefined;
  let node = index;
  let last = size - 1;
  let root = leaf;
  for (const hash of hashes) {
    if (last === 0) return undefined;
    if (node % 2 === 1 || node === last) {
      root = hashNode(sha256, hash, root);
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, Math.floor(last / 2)];
    } else {
      root = hashNode(sha256, root, hash);
    }
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  return last === 0 ? root : undefined;
}

export interface TreeHead {
  readonly size: number;
  readonly root: Uint8Array;
}

/** RFC 9162 section 2.1.4.2: whether the tree `older`, of at least one leaf, is the beginning of the larger `newer`. */
export function isExtension(sha256: Sha256, older: TreeHead, newer: TreeHead, hashes: readonly Uint8Array[]): boolean {
  if (older.size < 1 || older.size >= newer.size || hashes.some(({ length }) => length !== HASH_BYTES)) return false;
  const steps = countBits(older.size) === 1 ? [older.root, ...hashes] : [...hashes];
  let node = older.size - 1;
  let last = newer.size - 1;
  while (node % 2 === 1) [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  const first = steps.shift();
  if (first === undefined) return false;
  let [oldRoot, newRoot] = [first, first];
  for (const step of steps) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      oldRoot = hashNode(sha256, step, oldRoot);
      newRoot = hashNode(sha256, step, newRoot);
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, Math.floor(last / 2)];
    } else {
      newRoot = hashNode(sha256, newRoot, step);
    }
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  return last === 0 && isSameBytes(oldRoot, older.root) && isSameBytes(newRoot, newer.root);
}
