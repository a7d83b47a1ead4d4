import { seededRandom } from '../../model/random.ts';

/**
 * Isolation Forest (Liu, Ting and Zhou 2008): what few random cuts set apart from the rest is unusual. Plain JSON.
 * A node is three numbers in a row: feature, cut, index of the right child; the left child follows its parent. A leaf
 * has feature -1 and in place of the cut the path length that it stands for.
 */
export interface IsolationForest {
  readonly features: readonly string[];
  readonly sampleSize: number;
  readonly trees: readonly (readonly number[])[];
}

const TREES = 50;
const SAMPLE_SIZE = 128;
const EULER = 0.5772156649015329;
const CUT_DIGITS = 6;

/** Grows a forest over rows of equal length. The same rows and seed give the same forest. */
export function growForest(
  rows: readonly (readonly number[])[],
  features: readonly string[],
  seed: number,
): IsolationForest | undefined {
  if (rows.length < SAMPLE_SIZE) return undefined;
  const random = seededRandom(seed);
  const trees = Array.from({ length: TREES }, () => {
    const sample = Array.from({ length: SAMPLE_SIZE }, () => rows[Math.floor(random.next() * rows.length)] ?? []);
    const nodes: number[] = [];
    grow(nodes, sample, { depthLeft: Math.ceil(Math.log2(SAMPLE_SIZE)), features: features.length, random });
    return nodes;
  });
  return { features, sampleSize: SAMPLE_SIZE, trees };
}

interface Growth {
  readonly depthLeft: number;
  readonly features: number;
  readonly random: { next(): number };
}

function grow(nodes: number[], rows: readonly (readonly number[])[], growth: Growth): void {
  const at = nodes.length;
  const feature = Math.floor(growth.random.next() * growth.features);
  const values = rows.map((row) => row[feature] ?? 0);
  const least = Math.min(...values);
  const greatest = Math.max(...values);
  if (growth.depthLeft === 0 || rows.length <= 1 || !(greatest > least)) {
    nodes.push(-1, rounded(pathLength(rows.length)), 0);
    return;
  }
  const cut = rounded(least + growth.random.next() * (greatest - least));
  nodes.push(feature, cut, 0);
  const deeper = { ...growth, depthLeft: growth.depthLeft - 1 };
  grow(
    nodes,
    rows.filter((row) => (row[feature] ?? 0) < cut),
    deeper,
  );
  nodes[at + 2] = nodes.length;
  grow(
    nodes,
    rows.filter((row) => (row[feature] ?? 0) >= cut),
    deeper,
  );
}

/** 0 to 1: about 0.5 for what is usual, towards 1 for what stands alone (Liu et al. 2008, equation 2). */
export function anomalyScore(forest: IsolationForest, row: readonly number[]): number {
  let sum = 0;
  for (const tree of forest.trees) sum += depthOf(tree, row);
  return 2 ** (-sum / forest.trees.length / pathLength(forest.sampleSize));
}

function depthOf(tree: readonly number[], row: readonly number[]): number {
  let depth = 0;
  let at = 0;
  for (;;) {
    const feature = tree[at] ?? -1;
    const cut = tree[at + 1] ?? 0;
    if (feature < 0) return depth + cut;
    at = (row[feature] ?? 0) < cut ? at + 3 : (tree[at + 2] ?? 0);
    depth += 1;
  }
}

/** Mean path length of an unsuccessful search in a binary tree of `size` values (Liu et al. 2008, equation 1). */
function pathLength(size: number): number {
  if (size <= 1) return 0;
  if (size === 2) return 1;
  return 2 * (Math.log(size - 1) + EULER) - (2 * (size - 1)) / size;
}

function rounded(value: number): number {
  return Number(value.toPrecision(CUT_DIGITS));
}
