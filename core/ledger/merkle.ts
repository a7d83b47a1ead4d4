import { hash } from 'node:crypto';
import { assert } from '../model/assert.ts';

/**
 * The Merkle tree of RFC 9162 section 2.1, SHA-256: leaf = H(00 || data), node = H(01 || left || right), the empty
 * tree is H(""). Nodes are named by level and index: `(0, i)` is leaf i, `(level, i)` covers the leaves
 * `[i * 2^level, (i + 1) * 2^level)`. Only complete subtrees have a node; the ragged right edge is folded on demand.
 */
export const HASH_BYTES = 32;

/** The hash of a complete subtree that lies within the tree. */
export type NodeSource = (level: number, index: number) => Uint8Array;

export interface MerkleNode {
  readonly level: number;
  readonly index: number;
  readonly hash: Uint8Array;
}

const LEAF_PREFIX = 0x00;
const NODE_PREFIX = 0x01;

/** Reused for every leaf, and made longer where one is: hashing is synchronous. */
let leaf = Buffer.alloc(8192, LEAF_PREFIX);

export function leafHash(data: Uint8Array): Uint8Array {
  if (data.length >= leaf.length) leaf = Buffer.alloc(2 * data.length, LEAF_PREFIX);
  leaf.set(data, 1);
  return sha256(leaf.subarray(0, 1 + data.length));
}

/** Reused for every node: hashing is synchronous and the bytes are read before the next call. */
const pair = Buffer.allocUnsafe(1 + 2 * HASH_BYTES).fill(NODE_PREFIX, 0, 1);

export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  pair.set(left, 1);
  pair.set(right, 1 + HASH_BYTES);
  return sha256(pair);
}

/** By way of a text of one character a byte: Node gives a buffer of its own for each hash at twice the whole cost. */
function sha256(data: Uint8Array): Uint8Array {
  return Buffer.from(hash('sha256', data, 'binary'), 'latin1');
}

export function emptyRoot(): Uint8Array {
  return hash('sha256', new Uint8Array(0), 'buffer');
}

/** The root of the tree over the first `size` leaves, with one read for each bit of `size`. */
export function rootAt(size: number, node: NodeSource): Uint8Array {
  return size === 0 ? emptyRoot() : rangeRoot(0, size, node);
}

/**
 * PATH(m, D[n]) of RFC 9162 section 2.1.3.1: the hashes that lead from leaf `index` to the root of `size` leaves,
 * from the leaf upwards.
 */
export function inclusionProof(index: number, size: number, node: NodeSource): Uint8Array[] {
  assert(index >= 0 && index < size, `leaf ${index} lies within ${size} leaves`);
  return path(index, 0, size, node);
}

function path(index: number, from: number, to: number, node: NodeSource): Uint8Array[] {
  if (to - from === 1) return [];
  const middle = from + splitPoint(to - from);
  return index < middle
    ? [...path(index, from, middle, node), rangeRoot(middle, to, node)]
    : [...path(index, middle, to, node), rangeRoot(from, middle, node)];
}

/**
 * PROOF(m, D[n]) of RFC 9162 section 2.1.4.1: the hashes that show that the tree of `from` leaves is a prefix of the
 * tree of `to` leaves. Empty when the two are equal or `from` is 0.
 */
export function consistencyProof(from: number, to: number, node: NodeSource): Uint8Array[] {
  assert(from >= 0 && from <= to, `size ${from} is not above size ${to}`);
  return from === 0 || from === to ? [] : subproof(from, 0, to, { isComplete: true }, node);
}

function subproof(
  size: number,
  from: number,
  to: number,
  old: { readonly isComplete: boolean },
  node: NodeSource,
): Uint8Array[] {
  if (size === to) return old.isComplete ? [] : [rangeRoot(from, to, node)];
  const middle = from + splitPoint(to - from);
  return size <= middle
    ? [...subproof(size, from, middle, old, node), rangeRoot(middle, to, node)]
    : [...subproof(size, middle, to, { isComplete: false }, node), rangeRoot(from, middle, node)];
}

/** Whether `proof` leads from `leaf` at `index` to `root` over `size` leaves (RFC 9162 section 2.1.3.2). */
export function verifyInclusion(
  leaf: Uint8Array,
  index: number,
  size: number,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  if (!isCount(index) || !isCount(size) || index >= size || !areHashes([leaf, root, ...proof])) return false;
  let position = index;
  let last = size - 1;
  let result = leaf;
  for (const step of proof) {
    if (last === 0) return false;
    if (position % 2 === 1 || position === last) {
      result = nodeHash(step, result);
      while (position % 2 === 0 && position !== 0) {
        position = half(position);
        last = half(last);
      }
    } else {
      result = nodeHash(result, step);
    }
    position = half(position);
    last = half(last);
  }
  return last === 0 && isEqual(result, root);
}

/** Whether `proof` shows the tree `(from, fromRoot)` to be a prefix of `(to, toRoot)` (RFC 9162 section 2.1.4.2). */
export function verifyConsistency(
  from: number,
  to: number,
  fromRoot: Uint8Array,
  toRoot: Uint8Array,
  proof: readonly Uint8Array[],
): boolean {
  if (!isCount(from) || !isCount(to) || from > to || !areHashes([fromRoot, toRoot, ...proof])) return false;
  if (from === to) return proof.length === 0 && isEqual(fromRoot, toRoot);
  if (from === 0) return proof.length === 0 && isEqual(fromRoot, emptyRoot());
  const steps = isPowerOfTwo(from) ? [fromRoot, ...proof] : [...proof];
  let position = from - 1;
  let last = to - 1;
  while (position % 2 === 1) {
    position = half(position);
    last = half(last);
  }
  const first = steps.shift();
  if (first === undefined) return false;
  let oldRoot = first;
  let newRoot = first;
  for (const step of steps) {
    if (last === 0) return false;
    if (position % 2 === 1 || position === last) {
      oldRoot = nodeHash(step, oldRoot);
      newRoot = nodeHash(step, newRoot);
      while (position % 2 === 0 && position !== 0) {
        position = half(position);
        last = half(last);
      }
    } else {
      newRoot = nodeHash(newRoot, step);
    }
    position = half(position);
    last = half(last);
  }
  return last === 0 && isEqual(oldRoot, fromRoot) && isEqual(newRoot, toRoot);
}

/** The root over `[from, to)`, where `from` is a multiple of the largest power of two not above the length. */
function rangeRoot(from: number, to: number, node: NodeSource): Uint8Array {
  const length = to - from;
  if (isPowerOfTwo(length)) return node(Math.log2(length), from / length);
  const middle = from + splitPoint(length);
  return nodeHash(rangeRoot(from, middle, node), rangeRoot(middle, to, node));
}

/** The largest power of two below `length`, which is at least 2. Exact for every size, unlike a logarithm. */
function splitPoint(length: number): number {
  let split = 1;
  while (split * 2 < length) split *= 2;
  return split;
}

function isPowerOfTwo(value: number): boolean {
  return value === 1 || splitPoint(value) * 2 === value;
}

/** Sizes may pass 2^31, so bits are taken by division and not by shifting. */
export function half(value: number): number {
  return Math.floor(value / 2);
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function areHashes(hashes: readonly Uint8Array[]): boolean {
  return hashes.every((item) => item.length === HASH_BYTES);
}

export function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
