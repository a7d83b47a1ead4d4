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

/** The trees one behind the other, as a processor likes to walk them. */
interface FlatForest {
  readonly roots: Int32Array;
  readonly features: Int8Array;
  readonly cuts: Float64Array;
  readonly rights: Int32Array;
  readonly usual: number;
}

const flattened = new WeakMap<IsolationForest, FlatForest>();

function flatten(forest: IsolationForest): FlatForest {
  const known = flattened.get(forest);
  if (known !== undefined) return known;
  const nodes = forest.trees.reduce((sum, tree) => sum + tree.length / 3, 0);
  const flat: FlatForest = {
    roots: new Int32Array(forest.trees.length),
    features: new Int8Array(nodes),
    cuts: new Float64Array(nodes),
    rights: new Int32Array(nodes),
    usual: pathLength(forest.sampleSize),
  };
  let at = 0;
  for (const [index, tree] of forest.trees.entries()) {
    const root = at;
    flat.roots[index] = root;
    for (let node = 0; node < tree.length; node += 3) {
      flat.features[at] = tree[node] ?? -1;
      flat.cuts[at] = tree[node + 1] ?? 0;
      flat.rights[at] = root + (tree[node + 2] ?? 0) / 3;
      at += 1;
    }
  }
  flattened.set(forest, flat);
  return flat;
}

/** 0 to 1: about 0.5 for what is usual, towards 1 for what stands alone (Liu et al. 2008, equation 2). */
export function anomalyScore(forest: IsolationForest, row: readonly number[]): number {
  const { roots, features, cuts, rights, usual } = flatten(forest);
  let sum = 0;
  for (let tree = 0; tree < roots.length; tree += 1) {
    let at = roots[tree] ?? 0;
    let depth = 0;
    for (let feature = features[at] ?? -1; feature >= 0; feature = features[at] ?? -1) {
      at = (row[feature] ?? 0) < (cuts[at] ?? 0) ? at + 1 : (rights[at] ?? 0);
      depth += 1;
    }
    sum += depth + (cuts[at] ?? 0);
  }
  return 2 ** (-sum / roots.length / usual);
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
