import type { EfficiencyPrior } from '../efficiency-prior.ts';
import type { Relation, RelationShape } from './relation.ts';

/** Loads beyond which a unit is not expected to run, as shares of rated flow. */
const LOAD_MIN = 0.1;
const LOAD_MAX = 1.2;
/** Over so much of the rated flow an error of the prior stays about the same: machines are off as a whole. */
const ERROR_LENGTH = 0.25;

/**
 * The efficiency by load where the unit has shown it, and the prior where it has not: moved by what the nearest loads
 * that were seen are off it, and trusted less the further away they are. An error that is alike over `ERROR_LENGTH`
 * (an Ornstein-Uhlenbeck process of the prior's spread s) differs over a distance d by s sqrt(2 (1 - exp(-d / length))).
 */
export function withPrior(
  seen: Relation,
  shape: RelationShape,
  priorAt: (load: number) => Pick<EfficiencyPrior, 'efficiency' | 'spread'>,
): Relation {
  const known = seen.x.map((x, index) => ({
    x,
    y: seen.y[index] ?? 0,
    spread: seen.spread[index] ?? 0,
    count: seen.count[index] ?? 0,
  }));
  const offsets = known.map(({ x, y }) => y - Math.log(Math.max(EFFICIENCY_MIN, priorAt(x).efficiency)));
  const width = (shape.to - shape.from) / shape.bins;
  const quietest = Math.min(...seen.spread);
  const knots = [...known];
  for (let bin = 0; bin < shape.bins; bin += 1) {
    const x = shape.from + (bin + 0.5) * width;
    const isSeen = known.some((each) => Math.floor((each.x - shape.from) / width) === bin);
    const { efficiency, spread } = priorAt(x);
    if (isSeen || x < LOAD_MIN || x > LOAD_MAX || efficiency < EFFICIENCY_MIN) continue;
    const distance = Math.min(...known.map((each) => Math.abs(each.x - x)));
    const apart = spread * Math.sqrt(2 * (1 - Math.exp(-distance / ERROR_LENGTH)));
    const y = Math.log(efficiency) + offsetAt(seen.x, offsets, x);
    knots.push({ x, y, spread: Math.hypot(quietest, apart), count: 0 });
  }
  knots.sort((one, other) => one.x - other.x);
  return {
    x: knots.map(({ x }) => x),
    y: knots.map(({ y }) => y),
    spread: knots.map(({ spread }) => spread),
    count: knots.map(({ count }) => count),
  };
}

/** Of a machine that hardly turns no logarithm is worth anything. */
const EFFICIENCY_MIN = 0.05;

/** Straight between the loads that were seen, the outermost beyond them. */
function offsetAt(x: readonly number[], offsets: readonly number[], at: number): number {
  const upper = x.findIndex((each) => each >= at);
  if (upper === -1) return offsets.at(-1) ?? 0;
  const [x1 = at, y1 = 0] = [x[upper], offsets[upper]];
  const [x0 = x1, y0 = y1] = [x[upper - 1], offsets[upper - 1]];
  return x1 === x0 ? y1 : y0 + ((at - x0) / (x1 - x0)) * (y1 - y0);
}
