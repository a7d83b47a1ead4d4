import type { DecodeRecipe } from '../../core/acquisition/sample.ts';
import type { PointConfig } from '../../core/config/plant.ts';
import { assert } from '../../core/model/assert.ts';
import { decimalOf, toText } from '../../core/model/decimal.ts';
import type { JsonObject } from '../../core/model/json.ts';
import type { MqttPointSettings } from './point-schema.ts';
import type { TimeFormat } from './source-time.ts';

const RECIPE_VERSION = 1;

/**
 * How the raw bytes of a sample become its value. The bytes are UTF-8: the source of the value as it stands in the
 * payload, then, each on a line of its own and where the recipe has its path, the source of its time and of its
 * quality. `form` says whether that source is JSON or the whole payload of a topic with a bare value.
 */
export type MqttRecipe = DecodeRecipe & {
  readonly topic: string;
  readonly form: 'json' | 'plain';
  readonly path?: string;
  readonly quoted?: true;
  readonly scale: string;
  readonly offset: string;
  /** `exact`: the sample carries the register as an exact decimal, too. */
  readonly counter?: 'exact';
  readonly map?: JsonObject;
  readonly min?: number;
  readonly max?: number;
  readonly timePath?: string;
  readonly timeFormat?: TimeFormat;
  readonly qualityPath?: string;
  readonly qualityMap?: JsonObject;
  /** `name@version` of the template that describes the point. */
  readonly template?: string;
};

/** The recipe of a point, to be made once and shared by all its samples. */
export function recipeOf(point: PointConfig): MqttRecipe {
  const settings = point.settings as MqttPointSettings;
  return {
    v: RECIPE_VERSION,
    driver: 'mqtt',
    topic: settings.topic,
    form: settings.path === undefined ? 'plain' : 'json',
    ...(settings.path === undefined ? {} : { path: settings.path }),
    ...(settings.quoted ? { quoted: true as const } : {}),
    scale: toText(decimalOf(settings.scale)),
    offset: toText(decimalOf(settings.offset)),
    ...(point.kind === 'counter' ? { counter: 'exact' as const } : {}),
    ...(settings.map === undefined ? {} : { map: settings.map }),
    ...(settings.min === undefined ? {} : { min: settings.min }),
    ...(settings.max === undefined ? {} : { max: settings.max }),
    ...(settings.timePath === undefined ? {} : { timePath: settings.timePath }),
    ...(settings.timeFormat === undefined ? {} : { timeFormat: settings.timeFormat }),
    ...(settings.qualityPath === undefined ? {} : { qualityPath: settings.qualityPath }),
    ...(settings.qualityMap === undefined ? {} : { qualityMap: settings.qualityMap }),
    ...(point.template === undefined ? {} : { template: point.template }),
  };
}

/** A recipe that comes back from a ledger or an evidence bundle. Throws when it is not one this version can follow. */
export function asMqttRecipe(recipe: DecodeRecipe): MqttRecipe {
  assert(recipe.driver === 'mqtt', `recipe of driver ${recipe.driver} is one of mqtt`);
  assert(recipe.v === RECIPE_VERSION, `recipe version ${recipe.v} is known`);
  return recipe as MqttRecipe;
}
