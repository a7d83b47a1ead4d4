import { type Observations, RELATION_NAMES, RELATION_SHAPES, type RelationName } from './observe.ts';
import { predict } from './relation.ts';
import type { TwinModel } from './twin-model.ts';

/** How far one relation is from what the unit has shown before. */
export interface Residual {
  /** Observed less expected, as a share: 0.05 is 5 % above. */
  readonly share: number;
  /** Standard deviation that a single honest reading has here, as a share. */
  readonly spread: number;
}

export type Residuals = Readonly<Partial<Record<RelationName, Residual>>>;

export function residualsOf(observed: Observations, model: Pick<TwinModel, 'relations'>): Residuals {
  const residuals: Partial<Record<RelationName, Residual>> = {};
  for (const name of RELATION_NAMES) {
    const seen = observed[name];
    const relation = model.relations[name];
    if (seen === undefined || relation === undefined) continue;
    const { y, spread } = predict(relation, seen.x, RELATION_SHAPES[name]);
    residuals[name] = { share: seen.y - y, spread };
  }
  return residuals;
}

/** The residuals in standard deviations, in the order of the relations; 0 where one says nothing. */
export function standardized(residuals: Residuals): number[] {
  return RELATION_NAMES.map((name) => {
    const residual = residuals[name];
    return residual === undefined ? 0 : residual.share / residual.spread;
  });
}
