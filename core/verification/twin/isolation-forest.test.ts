import { expect, test } from 'vitest';
import { seededRandom } from '../../model/random.ts';
import { anomalyScore, growForest, type IsolationForest } from './isolation-forest.ts';

const FEATURES = ['a', 'b', 'c'];

function cloud(count: number, seed: number): number[][] {
  const random = seededRandom(seed);
  const normal = (): number => Array.from({ length: 12 }, () => random.next()).reduce((sum, each) => sum + each, -6);
  return Array.from({ length: count }, () => FEATURES.map(normal));
}

/** The score as the paper writes it, walked on the trees as they are kept. */
function plainScore({ trees, sampleSize }: IsolationForest, row: readonly number[]): number {
  const usual = 2 * (Math.log(sampleSize - 1) + 0.5772156649015329) - (2 * (sampleSize - 1)) / sampleSize;
  const depths = trees.map((tree) => {
    let at = 0;
    let depth = 0;
    while ((tree[at] ?? -1) >= 0) {
      at = (row[tree[at] ?? 0] ?? 0) < (tree[at + 1] ?? 0) ? at + 3 : (tree[at + 2] ?? 0);
      depth += 1;
    }
    return depth + (tree[at + 1] ?? 0);
  });
  return 2 ** (-depths.reduce((sum, each) => sum + each, 0) / trees.length / usual);
}

test('the same rows and seed give the same forest, another seed another', () => {
  const rows = cloud(300, 1);
  const forest = growForest(rows, FEATURES, 7);
  expect(growForest(rows, FEATURES, 7)).toEqual(forest);
  expect(growForest(rows, FEATURES, 8)).not.toEqual(forest);
});

test('what stands alone scores higher than the crowd', () => {
  const rows = cloud(600, 2);
  const forest = growForest(rows, FEATURES, 7) as IsolationForest;
  const crowd = rows.map((row) => anomalyScore(forest, row)).sort((a, b) => a - b);
  const middle = crowd[300] ?? 1;
  expect(middle).toBeGreaterThan(0.35);
  expect(middle).toBeLessThan(0.55);
  for (const alone of [
    [8, -9, 7],
    [5, 5, -5],
  ]) {
    expect(anomalyScore(forest, alone)).toBeGreaterThan(crowd[590] ?? 1);
    expect(anomalyScore(forest, alone)).toBeLessThanOrEqual(1);
  }
  expect(anomalyScore(forest, [8, 0, 0])).toBeGreaterThan(middle);
});

test('the flat walk gives the very score of the kept trees, also after a way through JSON', () => {
  const rows = cloud(400, 3);
  const forest = growForest(rows, FEATURES, 9) as IsolationForest;
  const again = JSON.parse(JSON.stringify(forest)) as IsolationForest;
  for (const row of cloud(200, 4)) {
    expect(anomalyScore(forest, row)).toBe(plainScore(forest, row));
    expect(anomalyScore(again, row)).toBe(anomalyScore(forest, row));
  }
});

test('too few rows grow nothing; equal rows grow leaves', () => {
  expect(growForest(cloud(127, 5), FEATURES, 1)).toBeUndefined();
  const forest = growForest(
    Array.from({ length: 128 }, () => [1, 2, 3]),
    FEATURES,
    1,
  ) as IsolationForest;
  expect(forest.trees.every((tree) => tree.length === 3)).toBe(true);
  expect(anomalyScore(forest, [1, 2, 3])).toBe(anomalyScore(forest, [9, 9, 9]));
});
