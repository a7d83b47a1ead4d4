import type { DecodeRecipe } from '../../core/acquisition/sample.ts';
import type { PointConfig } from '../../core/config/plant.ts';
import { assert } from '../../core/model/assert.ts';
import { decimalOf, toText } from '../../core/model/decimal.ts';
import type { JsonObject } from '../../core/model/json.ts';
import { addressText } from './address.ts';
import { DATA_TYPES, type DataType } from './data-type.ts';
import type { S7PointSettings } from './point-schema.ts';

const RECIPE_VERSION = 1;

/**
 * How the raw bytes of one point become its value: everything that `decoderOf` looks at, so that a verifier who has
 * the recipe and the bytes needs no configuration. Scale and offset are decimal text, because the exact decimal that
 * the engineer wrote is part of the meaning. `address` is for people.
 */
export type S7Recipe = DecodeRecipe & {
  readonly address: string;
  readonly type: DataType;
  readonly scale: string;
  readonly offset: string;
  /** `exact`: the sample carries the register as an exact decimal, too. */
  readonly counter?: 'exact';
  readonly bit?: number;
  readonly map?: JsonObject;
  readonly notAvailable?: readonly (number | string)[];
  readonly min?: number;
  readonly max?: number;
  readonly template?: string;
};

/** The recipe of a point, to be made once and shared by all its samples. */
export function recipeOf(point: PointConfig): S7Recipe {
  const { address, scale, offset, map, notAvailable, min, max } = point.settings as S7PointSettings;
  return {
    v: RECIPE_VERSION,
    driver: 's7',
    address: addressText(address),
    type: address.type,
    scale: toText(decimalOf(scale)),
    offset: toText(decimalOf(offset)),
    ...(point.kind === 'counter' ? { counter: 'exact' as const } : {}),
    ...(address.bit === undefined ? {} : { bit: address.bit }),
    ...(map === undefined ? {} : { map }),
    ...(notAvailable.length === 0 ? {} : { notAvailable }),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(point.template === undefined ? {} : { template: point.template }),
  };
}

/** A recipe that comes back from a ledger or an evidence bundle. Throws when it is not one this version can follow. */
export function asS7Recipe(recipe: DecodeRecipe): S7Recipe {
  assert(recipe.driver === 's7', `recipe of driver ${recipe.driver} is one of s7`);
  assert(recipe.v === RECIPE_VERSION, `recipe version ${recipe.v} is known`);
  const candidate = recipe as S7Recipe;
  assert(Object.hasOwn(DATA_TYPES, candidate.type), `type ${candidate.type} is known`);
  return candidate;
}
