import type { DecodeRecipe } from '../../core/acquisition/sample.ts';
import type { PointConfig } from '../../core/config/plant.ts';
import { assert } from '../../core/model/assert.ts';
import { decimalOf, toText } from '../../core/model/decimal.ts';
import type { JsonObject } from '../../core/model/json.ts';
import type { OpcUaPointSettings } from './point-schema.ts';
import { SCALAR_NAMES, type ScalarName } from './scalar-type.ts';

const RECIPE_VERSION = 1;

/**
 * How the raw bytes of one point become its value: everything that `decoderOf` looks at, and nothing else, so that
 * a verifier who has the recipe and the bytes needs no configuration. `form` says how the bytes are laid out: a
 * DataValue in the standard's binary encoding. Scale and offset are decimal text.
 */
export type OpcUaRecipe = DecodeRecipe & {
  readonly form: 'data-value';
  readonly nodeId: string;
  readonly scale: string;
  readonly offset: string;
  /** The type that the value must have; any number when absent. */
  readonly type?: ScalarName;
  /** `exact`: the sample carries the register as an exact decimal, too. */
  readonly counter?: 'exact';
  readonly map?: JsonObject;
  readonly notAvailable?: readonly number[];
  readonly min?: number;
  readonly max?: number;
  /** `name@version` of the template that describes the point. */
  readonly template?: string;
};

/** The recipe of a point, to be made once and shared by all its samples. */
export function recipeOf(point: PointConfig): OpcUaRecipe {
  const settings = point.settings as OpcUaPointSettings;
  return {
    v: RECIPE_VERSION,
    driver: 'opcua',
    form: 'data-value',
    nodeId: settings.nodeId,
    scale: toText(decimalOf(settings.scale)),
    offset: toText(decimalOf(settings.offset)),
    ...(settings.type === undefined ? {} : { type: settings.type }),
    ...(point.kind === 'counter' ? { counter: 'exact' as const } : {}),
    ...(settings.map === undefined ? {} : { map: settings.map }),
    ...(settings.notAvailable.length === 0 ? {} : { notAvailable: settings.notAvailable }),
    ...(settings.min === undefined ? {} : { min: settings.min }),
    ...(settings.max === undefined ? {} : { max: settings.max }),
    ...(point.template === undefined ? {} : { template: point.template }),
  };
}

/** A recipe that comes back from a ledger or an evidence bundle. Throws when it is not one this version can follow. */
export function asOpcUaRecipe(recipe: DecodeRecipe): OpcUaRecipe {
  assert(recipe.driver === 'opcua', `recipe of driver ${recipe.driver} is one of opcua`);
  assert(recipe.v === RECIPE_VERSION, `recipe version ${recipe.v} is known`);
  const candidate = recipe as OpcUaRecipe;
  assert(candidate.form === 'data-value', `form ${candidate.form} is known`);
  assert(candidate.type === undefined || SCALAR_NAMES.includes(candidate.type), `type ${candidate.type} is known`);
  return candidate;
}
