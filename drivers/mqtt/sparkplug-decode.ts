import type { DecodeRecipe } from '../../core/acquisition/sample.ts';
import type { PointConfig } from '../../core/config/plant.ts';
import { assert, present } from '../../core/model/assert.ts';
import { add, type Decimal, decimalOf, multiply, parseDecimal, toNumber, toText } from '../../core/model/decimal.ts';
import type { Fault } from '../../core/model/fault.ts';
import type { JsonObject } from '../../core/model/json.ts';
import {
  ambiguousFault,
  notANumber,
  notFinite,
  nullFault,
  outOfRange,
  typeMismatchFault,
  unknownState,
  unsupportedTypeFault,
} from './sparkplug-fault.ts';
import { readMetric, type SparkplugMetric } from './sparkplug-payload.ts';
import type { MetricPlace, SparkplugPointSettings } from './sparkplug-schema.ts';
import { contentOf, isReadable } from './sparkplug-type.ts';

const RECIPE_VERSION = 1;

/**
 * How the raw bytes of a sample, which are those of one Sparkplug metric, become its value. The type is the one of the
 * birth: what follows a birth need not repeat it, nor the name.
 */
export type SparkplugRecipe = DecodeRecipe & {
  readonly group: string;
  readonly node: string;
  readonly device?: string;
  readonly metric: string;
  readonly type: string;
  readonly scale: string;
  readonly offset: string;
  readonly counter?: 'exact';
  readonly map?: JsonObject;
  readonly min?: number;
  readonly max?: number;
  readonly template?: string;
};

export type SparkplugDecoded =
  | { readonly kind: 'decoded'; readonly value: number | string; readonly register?: Decimal }
  | { readonly kind: 'fault'; readonly fault: Fault };

/** The recipe of a point whose metric has this type; the same for all its samples until a birth changes the type. */
export function sparkplugRecipe(point: PointConfig, place: MetricPlace, type: string): SparkplugRecipe {
  const settings = point.settings as SparkplugPointSettings;
  return {
    v: RECIPE_VERSION,
    driver: 'sparkplug-b',
    group: place.group,
    node: place.node,
    ...(place.device === '' ? {} : { device: place.device }),
    metric: settings.metric,
    type,
    scale: toText(decimalOf(settings.scale)),
    offset: toText(decimalOf(settings.offset)),
    ...(point.kind === 'counter' ? { counter: 'exact' as const } : {}),
    ...(settings.map === undefined ? {} : { map: settings.map }),
    ...(settings.min === undefined ? {} : { min: settings.min }),
    ...(settings.max === undefined ? {} : { max: settings.max }),
    ...(point.template === undefined ? {} : { template: point.template }),
  };
}

/** A recipe that comes back from a ledger or an evidence bundle. Throws when it is not one this version can follow. */
export function asSparkplugRecipe(recipe: DecodeRecipe): SparkplugRecipe {
  assert(recipe.driver === 'sparkplug-b', `recipe of driver ${recipe.driver} is one of sparkplug-b`);
  assert(recipe.v === RECIPE_VERSION, `recipe version ${recipe.v} is known`);
  return recipe as SparkplugRecipe;
}

/** The value from the bytes of a metric, for a verifier. */
export function decodeSparkplug(recipe: SparkplugRecipe, raw: Uint8Array): SparkplugDecoded {
  const metric = readMetric(raw);
  return metric === undefined ? faulty(typeMismatchFault(recipe.metric, recipe.type)) : decodeMetric(recipe, metric);
}

export function decodeMetric(recipe: SparkplugRecipe, metric: SparkplugMetric): SparkplugDecoded {
  if (metric.isNull) return faulty(nullFault(recipe.metric));
  if (!isReadable(recipe.type)) return faulty(unsupportedTypeFault(recipe.metric, recipe.type));
  const contents = new Set(metric.values.map((value) => contentOf(recipe.type, value)));
  const [content] = contents;
  if (contents.size > 1) return faulty(ambiguousFault(recipe.metric, 'it came in two fields that differ'));
  if (content === undefined) return faulty(typeMismatchFault(recipe.metric, recipe.type));
  if (recipe.map !== undefined) return stateOf(recipe.map, content);
  if (typeof content === 'string' || typeof content === 'boolean') return faulty(notANumber(recipe.type));
  if (typeof content === 'number' && !Number.isFinite(content)) return faulty(notFinite(content));
  return numberOf(recipe, typeof content === 'bigint' ? { digits: content, places: 0 } : decimalOf(content));
}

function numberOf(recipe: SparkplugRecipe, content: Decimal): SparkplugDecoded {
  const scale = present(parseDecimal(recipe.scale), 'a decimal scale');
  const offset = present(parseDecimal(recipe.offset), 'a decimal offset');
  const register = add(multiply(content, scale), offset);
  // Adding zero turns -0, which JSON cannot carry, into 0.
  const value = toNumber(register) + 0;
  if (!Number.isFinite(value)) return faulty(notFinite(value));
  const isBelow = recipe.min !== undefined && value < recipe.min;
  const isAbove = recipe.max !== undefined && value > recipe.max;
  if (isBelow || isAbove) return faulty(outOfRange(value, recipe));
  return { kind: 'decoded', value, ...(recipe.counter === undefined ? {} : { register }) };
}

function stateOf(map: JsonObject, content: bigint | number | string | boolean): SparkplugDecoded {
  const key = String(content);
  const state = Object.hasOwn(map, key) ? map[key] : undefined;
  return typeof state === 'string' ? { kind: 'decoded', value: state } : faulty(unknownState(key));
}

function faulty(fault: Fault): SparkplugDecoded {
  return { kind: 'fault', fault };
}
