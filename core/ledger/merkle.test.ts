import fc from 'fast-check';
import { expect, test } from 'vitest';
import { present } from '../model/assert.ts';
import { Frontier } from './frontier.ts';
import {
  consistencyProof,
  emptyRoot,
  inclusionProof,
  leafHash,
  type NodeSource,
  nodeHash,
  rootAt,
  verifyConsistency,
  verifyInclusion,
} from './merkle.ts';

const SEED = Number(process.env.FOREBAY_SEED ?? 1);
const SIZE = 70;

interface Tree {
  readonly node: NodeSource;
  readonly roots: readonly Uint8Array[];
  readonly reads: () => number;
}

function grow(size: number): Tree {
  const nodes = new Map<string, Uint8Array>();
  const frontier = Frontier.empty();
  const roots = [frontier.root()];
  let reads = 0;
  for (let i = 0; i < size; i++) {
    const leaf = leafHash(Buffer.from(`leaf ${i}`));
    nodes.set(`0 ${i}`, leaf);
    for (const made of frontier.append(leaf)) nodes.set(`${made.level} ${made.index}`, made.hash);
    roots.push(frontier.root());
  }
  const node: NodeSource = (level, index) => {
    reads += 1;
    return present(nodes.get(`${level} ${index}`), `node ${level} ${index}`);
  };
  return { node, roots, reads: () => reads };
}

/** MTH(D[n]) of RFC 9162 section 2.1.1, word for word. */
function definition(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return emptyRoot();
  if (leaves.length === 1) return leaves[0] as Uint8Array;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return nodeHash(definition(leaves.slice(0, split)), definition(leaves.slice(split)));
}

test('every size has the root of the definition, by frontier and by stored nodes', () => {
  const { node, roots } = grow(SIZE);
  const leaves: Uint8Array[] = [];
  for (let size = 0; size <= SIZE; size++) {
    expect(roots[size]).toEqual(definition(leaves));
    expect(rootAt(size, node)).toEqual(roots[size]);
    expect(Frontier.of(size, node).root()).toEqual(roots[size]);
    leaves.push(leafHash(Buffer.from(`leaf ${size}`)));
  }
});

test('every leaf of every size is proved included, and under no other index or size', () => {
  const { node, roots } = grow(SIZE);
  let proofs = 0;
  for (let size = 1; size <= SIZE; size++) {
    const root = present(roots[size], 'root');
    for (let index = 0; index < size; index++) {
      const leaf = node(0, index);
      const proof = inclusionProof(index, size, node);
      expect(verifyInclusion(leaf, index, size, proof, root)).toBe(true);
      expect(verifyInclusion(leaf, index + 1, size, proof, root)).toBe(false);
      expect(verifyInclusion(leaf, index, size * 2, proof, root)).toBe(false);
      expect(verifyInclusion(leaf, index, size, [...proof, root], root)).toBe(false);
      expect(verifyInclusion(leaf, index, size, [root, ...proof], root)).toBe(false);
      if (proof.length > 0) expect(verifyInclusion(leaf, index, size, proof.slice(1), root)).toBe(false);
      proofs += 1;
    }
  }
  expect(proofs).toBe((SIZE * (SIZE + 1)) / 2);
});

test('every pair of sizes is proved consistent, and under no other roots', () => {
  const { node, roots } = grow(SIZE);
  for (let to = 0; to <= SIZE; to++) {
    const toRoot = present(roots[to], 'root');
    for (let from = 0; from <= to; from++) {
      const fromRoot = present(roots[from], 'root');
      const proof = consistencyProof(from, to, node);
      expect(verifyConsistency(from, to, fromRoot, toRoot, proof)).toBe(true);
      expect(verifyConsistency(from, to, fromRoot, toRoot, [...proof, toRoot])).toBe(false);
      if (from === to) continue;
      expect(verifyConsistency(from, to, toRoot, toRoot, proof)).toBe(false);
      if (from > 0) expect(verifyConsistency(from, to, fromRoot, fromRoot, proof)).toBe(false);
      if (from > 0) expect(verifyConsistency(from, to, fromRoot, toRoot, proof.slice(1))).toBe(false);
    }
  }
});

test(`a proof with any one changed bit is refused (seed ${SEED})`, () => {
  const { node, roots } = grow(SIZE);
  const flip = (hashes: readonly Uint8Array[], bit: number): Uint8Array[] => {
    const copy = hashes.map((hash) => Uint8Array.from(hash));
    const hash = present(copy[Math.floor(bit / 256) % copy.length], 'hash');
    const byte = Math.floor((bit % 256) / 8);
    hash[byte] = (hash[byte] as number) ^ (1 << (bit % 8));
    return copy;
  };
  fc.assert(
    fc.property(fc.integer({ min: 2, max: SIZE }), fc.nat(), fc.nat(), (size, pick, bit) => {
      const index = pick % size;
      const from = 1 + (pick % (size - 1));
      const [root, fromRoot] = [present(roots[size], 'root'), present(roots[from], 'root')];
      const inclusion = flip(inclusionProof(index, size, node), bit);
      expect(verifyInclusion(node(0, index), index, size, inclusion, root)).toBe(false);
      const consistency = flip(consistencyProof(from, size, node), bit);
      expect(verifyConsistency(from, size, fromRoot, root, consistency)).toBe(false);
    }),
    { seed: SEED, numRuns: 500 },
  );
});

test('proofs of a large tree read a few nodes only, and sizes past 2^31 are counted rightly', () => {
  const tree = grow(5000);
  inclusionProof(1234, 5000, tree.node);
  consistencyProof(4097, 5000, tree.node);
  expect(tree.reads()).toBeLessThan(60);
  const size = 2 ** 50 + 12_345;
  // All leaves alike, so that a tree of any size has one node a level.
  const levels = [leafHash(Buffer.of(7))];
  while (levels.length <= 50) levels.push(nodeHash(present(levels.at(-1), 'level'), present(levels.at(-1), 'level')));
  const synthetic: NodeSource = (level) => present(levels[level], 'level');
  const index = 2 ** 50 + 77;
  const proof = inclusionProof(index, size, synthetic);
  const root = rootAt(size, synthetic);
  expect(verifyInclusion(synthetic(0, index), index, size, proof, root)).toBe(true);
  expect(Frontier.of(size, synthetic).root()).toEqual(root);
});

test('appending completes one node a leaf on average', () => {
  const frontier = Frontier.empty();
  let nodes = 0;
  for (let i = 0; i < 4096; i++) nodes += frontier.append(leafHash(Buffer.of(i & 255))).length;
  expect(nodes).toBe(4095);
});
