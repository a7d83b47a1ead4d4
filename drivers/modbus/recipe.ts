import type { DecodeRecipe } from '../../core/acquisition/sample.ts';
import type { PointConfig } from '../../core/config/plant.ts';
import { assert } from '../../core/model/assert.ts';
import { decimalOf, toText } from '../../core/model/decimal.ts';
import type { JsonObject } from '../../core/model/json.ts';
import type { ModbusPointSettings } from './point-schema.ts';
import { REGISTER_TYPES, type RegisterType, TABLES, type Table } from './register-type.ts';
import { WORD_ORDERS, type WordOrder } from './word-order.ts';

const RECIPE_VERSION = 1;

/** The bytes of a register mean the same whatever carried them. */
export const MODBUS_DRIVERS = ['modbus-tcp', 'modbus-rtu', 'modbus-rtu-over-tcp'] as const;
export type ModbusDriverName = (typeof MODBUS_DRIVERS)[number];

/**
 * How the raw bytes of one point become its value: everything that `decoderOf` looks at, and nothing else, so that
 * a verifier who has the recipe and the bytes needs no configuration. Scale and offset are decimal text, because
 * the exact decimal that the engineer wrote is part of the meaning.
 */
export type ModbusRecipe = DecodeRecipe & {
  readonly register: Table;
  readonly address: number;
  readonly type: RegisterType;
  readonly order: WordOrder;
  readonly scale: string;
  readonly offset: string;
  /** `exact`: the sample carries the register as an exact decimal, too. */
  readonly counter?: 'exact';
  readonly bit?: number;
  readonly map?: JsonObject;
  readonly notAvailable?: readonly (number | string)[];
  readonly min?: number;
  readonly max?: number;
  /** The two bytes after those of the value are this register; the value counts only while it holds `value`. */
  readonly guard?: { readonly address: number; readonly value: number };
  /** `name@version` of the template that these settings come from. Says nothing that the other keys do not. */
  readonly template?: string;
};

/** The recipe of a point, to be made once and shared by all its samples. */
export function recipeOf(point: PointConfig, driver: string = 'modbus-tcp'): ModbusRecipe {
  const settings = point.settings as ModbusPointSettings;
  return {
    v: RECIPE_VERSION,
    driver,
    register: settings.register,
    address: settings.address,
    type: settings.type,
    order: settings.order,
    scale: toText(decimalOf(settings.scale)),
    offset: toText(decimalOf(settings.offset)),
    ...(point.kind === 'counter' ? { counter: 'exact' as const } : {}),
    ...(settings.bit === undefined ? {} : { bit: settings.bit }),
    ...(settings.map === undefined ? {} : { map: settings.map }),
    ...(settings.notAvailable.length === 0 ? {} : { notAvailable: settings.notAvailable }),
    ...(settings.min === undefined ? {} : { min: settings.min }),
    ...(settings.max === undefined ? {} : { max: settings.max }),
    ...(settings.guard === undefined ? {} : { guard: guardOf(settings.guard) }),
    ...(point.template === undefined ? {} : { template: point.template }),
  };
}

/** Without the sentence for the operator, which decodes nothing. */
function guardOf({ address, value }: NonNullable<ModbusPointSettings['guard']>): NonNullable<ModbusRecipe['guard']> {
  return { address, value };
}

/** A recipe that comes back from a ledger or an evidence bundle. Throws when it is not one this version can follow. */
export function asModbusRecipe(recipe: DecodeRecipe): ModbusRecipe {
  assert(
    MODBUS_DRIVERS.some((name) => name === recipe.driver),
    `recipe of driver ${recipe.driver} is one of Modbus`,
  );
  assert(recipe.v === RECIPE_VERSION, `recipe version ${recipe.v} is known`);
  const candidate = recipe as ModbusRecipe;
  assert(candidate.type in REGISTER_TYPES, `type ${candidate.type} is known`);
  assert(candidate.register in TABLES, `table ${candidate.register} is known`);
  assert(WORD_ORDERS.includes(candidate.order), `order ${candidate.order} is known`);
  return candidate;
}
