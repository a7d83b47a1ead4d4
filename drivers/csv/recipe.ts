import type { DecodeRecipe } from '../../core/acquisition/sample.ts';
import type { PointConfig } from '../../core/config/plant.ts';
import { assert } from '../../core/model/assert.ts';
import { decimalOf, toText } from '../../core/model/decimal.ts';
import type { JsonObject } from '../../core/model/json.ts';
import type { CsvConnectionSettings } from './connection-schema.ts';
import { ENCODINGS, type Encoding } from './dialect.ts';
import type { NumberStyle } from './number-text.ts';
import type { CsvPointSettings } from './point-schema.ts';

const RECIPE_VERSION = 1;

/**
 * How the raw bytes of one point become its value and its time. The bytes are fields of one row as they stand in the
 * file, quotes included, with the delimiter between them: those of the time, the value, then what the row is known by
 * (`where`) and its quality. `fields` names them in that order.
 */
export type CsvRecipe = DecodeRecipe &
  NumberStyle & {
    readonly fields: readonly string[];
    /** Which of the fields is the value, from 0. */
    readonly value: number;
    readonly encoding: Encoding;
    readonly delimiter: string;
    readonly time: { readonly format: string; readonly zone?: string; readonly repeatedHour: string };
    readonly scale: string;
    readonly offset: string;
    readonly counter?: 'exact';
    readonly map?: JsonObject;
    readonly notAvailable?: readonly string[];
    readonly min?: number;
    readonly max?: number;
    readonly template?: string;
  };

/** The names of the columns that a point's sample takes its bytes from, the value's place among them known. */
export function sampleColumns(
  point: PointConfig,
  connection: CsvConnectionSettings,
): { names: string[]; value: number } {
  const { column, where } = point.settings as CsvPointSettings;
  const { timestamp, quality } = connection;
  const behind = [...Object.keys(where ?? {}), ...(quality === undefined ? [] : [quality.column])];
  return { names: [...timestamp.column, column, ...behind], value: timestamp.column.length };
}

/** The recipe of a point, to be made once and shared by all its samples. */
export function recipeOf(point: PointConfig, connection: CsvConnectionSettings): CsvRecipe {
  const { scale, offset, map, notAvailable, min, max } = point.settings as CsvPointSettings;
  const { format, zone, repeatedHour } = connection.timestamp;
  const { names, value } = sampleColumns(point, connection);
  return {
    v: RECIPE_VERSION,
    driver: 'csv',
    fields: names,
    value,
    encoding: connection.encoding,
    delimiter: connection.delimiter,
    decimal: connection.decimal,
    thousands: connection.thousands,
    time: { format, ...(zone === undefined ? {} : { zone }), repeatedHour },
    scale: toText(decimalOf(scale)),
    offset: toText(decimalOf(offset)),
    ...(point.kind === 'counter' ? { counter: 'exact' as const } : {}),
    ...(map === undefined ? {} : { map }),
    ...(notAvailable.length === 0 ? {} : { notAvailable }),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(point.template === undefined ? {} : { template: point.template }),
  };
}

/** A recipe that comes back from a ledger or an evidence bundle. Throws when it is not one this version can follow. */
export function asCsvRecipe(recipe: DecodeRecipe): CsvRecipe {
  assert(recipe.driver === 'csv', `recipe of driver ${recipe.driver} is one of csv`);
  assert(recipe.v === RECIPE_VERSION, `recipe version ${recipe.v} is known`);
  const candidate = recipe as CsvRecipe;
  assert(ENCODINGS.includes(candidate.encoding), `encoding ${candidate.encoding} is known`);
  return candidate;
}
