import { present } from '../../core/model/assert.ts';
import { add, type Decimal, multiply, parseDecimal, toNumber } from '../../core/model/decimal.ts';
import { fieldsOf, type ParseCsv, textOf } from './dialect.ts';
import { type Complaint, shown } from './finding.ts';
import { readNumber, tooLarge } from './number-text.ts';
import type { CsvRecipe } from './recipe.ts';

export type Decoded =
  | { readonly kind: 'value'; readonly value: number | string; readonly register?: Decimal }
  | { readonly kind: 'complaint'; readonly complaint: Complaint };

/** Turns the text of one field into the point's value. */
export type Decoder = (field: string) => Decoded;

/**
 * The decoder of a recipe, made once for each point: empty, then the texts for "no value", then state or number, then
 * range, in that order. What does not pass is a complaint, never a value: an empty field above all is no zero.
 */
export function decoderOf(recipe: CsvRecipe): Decoder {
  const scale = present(parseDecimal(recipe.scale), 'a decimal scale');
  const offset = present(parseDecimal(recipe.offset), 'a decimal offset');
  const { map, min, max } = recipe;
  return (field) => {
    const text = field.trim();
    if (recipe.notAvailable?.includes(text) === true) return complain(notAvailable(text));
    if (text === '') return complain(EMPTY);
    if (map !== undefined) {
      const state = Object.hasOwn(map, text) ? map[text] : undefined;
      return typeof state === 'string' ? { kind: 'value', value: state } : complain(unknownState(text));
    }
    const read = readNumber(text, recipe);
    if (read.kind === 'complaint') return read;
    const register = add(multiply(read.decimal, scale), offset);
    // Adding zero turns -0, which JSON cannot carry, into 0.
    const value = toNumber(register) + 0;
    if (!Number.isFinite(value)) return complain(tooLarge(text));
    if (min !== undefined && value < min) return complain(outOfRange(value, `below its minimum ${min}`));
    if (max !== undefined && value > max) return complain(outOfRange(value, `above its maximum ${max}`));
    return recipe.counter === undefined ? { kind: 'value', value } : { kind: 'value', value, register };
  };
}

/** Decodes the raw bytes of a sample again, as a verifier does. */
export function decodeRaw(
  recipe: CsvRecipe,
  raw: Uint8Array,
  parser: ParseCsv,
): Decoded & { fields: readonly string[] } {
  const text = present(textOf(raw, recipe.encoding), 'text in the encoding of the recipe');
  const fields = present(fieldsOf(text, recipe.delimiter, parser)?.[0], 'fields');
  return { ...decoderOf(recipe)(present(fields[recipe.value], 'the field of the value')), fields };
}

const EMPTY: Complaint = {
  code: 'DRV_CSV_EMPTY',
  what: 'has an empty field where the value should be',
  hint: 'The historian had no value: check the sensor and its connection to the historian',
};

function notAvailable(text: string): Complaint {
  return {
    code: 'DRV_CSV_NOT_AVAILABLE',
    what: `says with ${shown(text)} that there is no value`,
    hint: 'Check the sensor behind this point and its connection to the historian',
  };
}

function unknownState(text: string): Complaint {
  return {
    code: 'DRV_CSV_UNKNOWN_STATE',
    what: `has the state ${shown(text)}, which the point's map does not name`,
    hint: "Find out what it means and add it to the point's map, exactly as it is written",
  };
}

function outOfRange(value: number, how: string): Complaint {
  return {
    code: 'DRV_CSV_OUT_OF_RANGE',
    what: `gives ${value}, which is ${how}`,
    hint: 'Check the sensor, and scale and decimal sign; if the value is right, widen min and max of the point',
  };
}

function complain(complaint: Complaint): Decoded {
  return { kind: 'complaint', complaint };
}
