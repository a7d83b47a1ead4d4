import { describe, expect, it } from 'vitest';
import { present } from '../../model/assert.ts';
import { RELATION_SHAPES } from './observe.ts';
import { withPrior } from './prior.ts';
import { predict, type Relation } from './relation.ts';

const SHAPE = RELATION_SHAPES.powerByFlow;
/** A guarantee with its peak at 0.85, known to 2.5 %. */
const priorAt = (load: number): { efficiency: number; spread: number } => ({
  efficiency: 0.9 - 0.3 * (load - 0.85) ** 2,
  spread: 0.025,
});
/** The unit was seen at two loads only, where it is 2 % worse than guaranteed. */
const seen: Relation = {
  x: [0.475, 0.875],
  y: [0.475, 0.875].map((x) => Math.log(0.98 * priorAt(x).efficiency)),
  spread: [0.003, 0.003],
  count: [300, 500],
};
const whole = withPrior(seen, SHAPE, priorAt);

describe('the prior of a twin', () => {
  it('leaves alone what was seen', () => {
    for (const [index, x] of seen.x.entries()) {
      const at = whole.x.indexOf(x);
      expect([whole.y[at], whole.spread[at], whole.count[at]]).toEqual([
        seen.y[index],
        seen.spread[index],
        seen.count[index],
      ]);
    }
    expect(whole.x).toEqual(whole.x.toSorted((a, b) => a - b));
  });

  it.each([0.125, 0.3, 0.675, 1.025, 1.175])(
    'takes the shape of the curve at a load of %f, and what the unit is off it',
    (load) => {
      const { y, spread } = predict(whole, load, SHAPE);
      expect(Math.exp(y) / (0.98 * priorAt(load).efficiency)).toBeCloseTo(1, 2);
      expect(spread).toBeGreaterThan(0.01);
      expect(spread).toBeLessThan(0.025 * Math.SQRT2 + 0.003);
    },
  );

  it('trusts it less the further away what was seen is, and never more than what was seen', () => {
    const spreads = [0.9, 0.975, 1.075, 1.175].map((load) => predict(whole, load, SHAPE).spread);
    expect(spreads).toEqual(spreads.toSorted((a, b) => a - b));
    expect(present(spreads[0], 'a spread')).toBeGreaterThan(predict(whole, 0.875, SHAPE).spread);
    expect(whole.spread.every((spread) => spread >= 0.003)).toBe(true);
  });

  it('says nothing of loads at which no unit runs', () => {
    expect(Math.min(...whole.x)).toBeGreaterThan(0.1);
    expect(Math.max(...whole.x)).toBeLessThan(1.2);
    const { spread } = predict(whole, 1.29, SHAPE);
    expect(spread).toBeGreaterThan(0.04);
  });
});
