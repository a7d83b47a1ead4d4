import type { DecodeRecipe } from '../../core/acquisition/sample.ts';
import { type Decimal, decimalOf, multiply, parseDecimal, toNumber } from '../../core/model/decimal.ts';
import { isUnitState, type UnitState } from '../../core/model/unit-state.ts';

/** How the text of a pushed value becomes a number of the point's unit, or a state. A change of meaning raises `v`. */
export type HttpRecipe = DecodeRecipe & {
  readonly driver: 'http';
  readonly form: 'flat' | 'signed';
  /** The field, or the sensor's id. */
  readonly field: string;
} & (
    | { readonly as: 'number'; readonly unit: string; readonly factor: number }
    | { readonly as: 'state'; readonly map: Readonly<Record<string, UnitState>> | null }
  );

export type Decoded =
  | { readonly kind: 'number'; readonly value: number; readonly exact: Decimal }
  | { readonly kind: 'state'; readonly value: UnitState }
  | { readonly kind: 'none' };

/** Larger numbers are no measurement, and more digits only take time. */
const TEXT_MAX = 64;
const EXPONENT = /[eE]([+-]?\d+)$/;
const EXPONENT_MAX = 30;

/** The value that `raw` (UTF-8, as it stood in the body) is under the recipe. A verifier does the same. */
export function decodeValue(raw: Uint8Array, recipe: HttpRecipe): Decoded {
  const text = Buffer.from(raw).toString('utf8');
  if (recipe.as === 'state') return stateOf(text, recipe.map);
  const sent = readMeasured(text);
  if (sent === undefined) return { kind: 'none' };
  const exact = recipe.factor === 1 ? sent : multiply(sent, decimalOf(recipe.factor));
  // The engine's own reading of the digits, so that no value differs from what any other JSON reader gets.
  const value = recipe.factor === 1 ? Number(text) : toNumber(exact);
  return { kind: 'number', value, exact };
}

/** The decimal that the text of a pushed number writes; undefined for what no measurement gives, however short its text. */
export function readMeasured(text: string): Decimal | undefined {
  if (text.length > TEXT_MAX || Math.abs(Number(EXPONENT.exec(text)?.[1] ?? 0)) > EXPONENT_MAX) return undefined;
  return parseDecimal(text);
}

/** Without a map the states are named as Forebay names them, in any case. */
function stateOf(text: string, map: Readonly<Record<string, UnitState>> | null): Decoded {
  const state = map === null ? text.trim().toLowerCase() : Object.hasOwn(map, text) ? map[text] : undefined;
  return isUnitState(state) ? { kind: 'state', value: state } : { kind: 'none' };
}
