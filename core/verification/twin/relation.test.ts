import { expect, test } from 'vitest';
import { seededRandom } from '../../model/random.ts';
import { fitRelation, medianOf, predict, type RelationShape } from './relation.ts';

const SHAPE: RelationShape = { from: 0, to: 10, bins: 10, spreadMin: 0.01, spreadBeyond: 0.5 };

/** Twenty values in each of the bins `from` to `to`, on the line y = 2 x and off it by up to `noise`. */
function line(from: number, to: number, noise = 0): [number, number][] {
  const random = seededRandom(5);
  const points: [number, number][] = [];
  for (let bin = from; bin < to; bin += 1) {
    for (let n = 0; n < 20; n += 1) {
      const x = bin + (n + 0.5) / 20;
      points.push([x, 2 * x + noise * (2 * random.next() - 1)]);
    }
  }
  return points;
}

test('follows a line between the middles of its bins, with no better spread than an instrument has', () => {
  const relation = fitRelation(line(2, 6), SHAPE);
  expect(relation?.x).toEqual([2.5, 3.5, 4.5, 5.5]);
  expect(relation?.count).toEqual([20, 20, 20, 20]);
  for (const at of [2.5, 3.1, 4.9, 5.5]) {
    const { y, spread } = predict(relation ?? { x: [], y: [], spread: [], count: [] }, at, SHAPE);
    expect(y).toBeCloseTo(2 * at, 9);
    expect(spread).toBeGreaterThanOrEqual(0.01);
    expect(spread).toBeLessThan(0.6);
  }
});

test('knows less the further it is from known ground, and extends the end of the line no further', () => {
  const relation = fitRelation(line(2, 6, 0.1), SHAPE) ?? { x: [], y: [], spread: [], count: [] };
  const inside = predict(relation, 4, SHAPE);
  const [near, far] = [predict(relation, 6.5, SHAPE), predict(relation, 9.5, SHAPE)];
  expect(near.y).toBe(far.y);
  expect(near.spread).toBeGreaterThan(inside.spread);
  expect(far.spread).toBeGreaterThan(near.spread + 1);
  expect(predict(relation, 0, SHAPE).spread).toBeGreaterThan(1);
});

test('a bin of few values says nothing, and none at all gives no relation', () => {
  const few = line(7, 8).slice(0, 11);
  expect(fitRelation(few, SHAPE)).toBeUndefined();
  expect(fitRelation([], SHAPE)).toBeUndefined();
  expect(fitRelation([...line(2, 3), ...few], SHAPE)?.x).toEqual([2.5]);
  expect(fitRelation(line(12, 14), SHAPE)).toBeUndefined();
});

test('one wild value in a bin moves neither the line nor its spread by much', () => {
  const sound = fitRelation(line(2, 4, 0.1), SHAPE);
  const wild = fitRelation([...line(2, 4, 0.1), [2.5, 4000], [3.5, -4000]], SHAPE);
  for (const bin of [0, 1]) {
    expect(wild?.y[bin]).toBeCloseTo(sound?.y[bin] ?? 0, 0);
    expect(wild?.spread[bin]).toBeLessThan(2 * (sound?.spread[bin] ?? 0));
  }
});

test('the median is the middle, or the mean of the two middles', () => {
  expect(medianOf([9, 1, 5])).toBe(5);
  expect(medianOf([9, 1, 5, 6])).toBe(5.5);
  expect(medianOf([])).toBeNaN();
});
