import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { isIncluded, leafHash } from './merkle-proof.ts';

type Bytes = Uint8Array<ArrayBuffer>;

function sha256(...parts: Uint8Array[]): Bytes {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(part);
  return new Uint8Array(digest.digest());
}

/** MTH and PATH as RFC 9162 sections 2.1.1 and 2.1.3.1 define them, by recursion: slow, and not the code under test. */
function treeHash(leaves: readonly Bytes[]): Bytes {
  const [only] = leaves;
  if (leaves.length === 1 && only !== undefined) return sha256(Uint8Array.of(0), only);
  const middle = splitPoint(leaves.length);
  return sha256(Uint8Array.of(1), treeHash(leaves.slice(0, middle)), treeHash(leaves.slice(middle)));
}

function auditPath(index: number, leaves: readonly Bytes[]): Bytes[] {
  if (leaves.length === 1) return [];
  const middle = splitPoint(leaves.length);
  return index < middle
    ? [...auditPath(index, leaves.slice(0, middle)), treeHash(leaves.slice(middle))]
    : [...auditPath(index - middle, leaves.slice(middle)), treeHash(leaves.slice(0, middle))];
}

function splitPoint(count: number): number {
  let middle = 1;
  while (middle * 2 < count) middle *= 2;
  return middle;
}

/** The eight leaves of the test tree of RFC 6962 implementations, whose roots are published. */
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map(
  (hex) => new Uint8Array(Buffer.from(hex, 'hex')),
);
const ROOT_OF_ONE = '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d';
const ROOT_OF_EIGHT = '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328';

test('the published roots', () => {
  expect(Buffer.from(treeHash(LEAVES.slice(0, 1))).toString('hex')).toBe(ROOT_OF_ONE);
  expect(Buffer.from(treeHash(LEAVES)).toString('hex')).toBe(ROOT_OF_EIGHT);
});

test('every entry of every tree up to eight is included, and nothing else is', async () => {
  let checked = 0;
  for (let size = 1; size <= LEAVES.length; size++) {
    const leaves = LEAVES.slice(0, size);
    const root = treeHash(leaves);
    for (const [index, data] of leaves.entries()) {
      const claim = { leaf: await leafHash(data), index, size, hashes: auditPath(index, leaves), root };
      expect(await isIncluded(claim)).toBe(true);
      expect(await isIncluded({ ...claim, index: index + 1 })).toBe(false);
      expect(await isIncluded({ ...claim, leaf: sha256(data) })).toBe(false);
      expect(await isIncluded({ ...claim, hashes: [...claim.hashes, root] })).toBe(false);
      if (size > 1) expect(await isIncluded({ ...claim, hashes: claim.hashes.slice(1) })).toBe(false);
      checked += 1;
    }
  }
  expect(checked).toBe(36);
});
