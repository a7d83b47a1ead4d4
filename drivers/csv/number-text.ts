import { type Decimal, parseDecimal } from '../../core/model/decimal.ts';
import { type Complaint, shown } from './finding.ts';

export const DECIMALS = ['.', ','] as const;
export const THOUSANDS = ['none', '.', ',', ' ', "'"] as const;

/** How numbers are written. */
export interface NumberStyle {
  readonly decimal: (typeof DECIMALS)[number];
  readonly thousands: (typeof THOUSANDS)[number];
}

export type NumberOutcome =
  | { readonly kind: 'number'; readonly decimal: Decimal }
  | { readonly kind: 'complaint'; readonly complaint: Complaint };

/** As many digits as any meter has, and no exponent that would take the memory. */
const PLAIN = /^[+-]?\d{1,40}(?:\.\d{1,40})?(?:[eE][+-]?\d{1,3})?$/;
const NOT_FINITE = /^[+-]?(nan|inf|infinity|1\.#inf|1\.#qnan|1\.#ind|#div\/0!|#n\/a|#num!)\d*$/i;
const LOOKS_NUMERIC = /^[+-]?[\d.,' \u00a0\u202f]+(?:[eE][+-]?\d+)?$/;

/** Reads a number that is written exactly as the style says. Whatever deviates is a complaint, never a guess. */
export function readNumber(written: string, style: NumberStyle): NumberOutcome {
  const text = written.trim();
  const plain = plainText(text, style);
  if (plain === undefined) return { kind: 'complaint', complaint: complaintOf(text, style) };
  const decimal = parseDecimal(plain);
  // Written as it should be, so it can only be the exponent.
  return decimal === undefined ? { kind: 'complaint', complaint: tooLarge(text) } : { kind: 'number', decimal };
}

/** The number with a point for decimals and nothing between thousands, or undefined where it is written otherwise. */
function plainText(text: string, { decimal, thousands }: NumberStyle): string | undefined {
  const [mantissa = '', exponent, ...more] = text.split(/[eE]/);
  const [whole = '', fraction, ...rest] = mantissa.split(decimal);
  if (more.length > 0 || rest.length > 0) return undefined;
  const joined = thousands === 'none' ? whole : joinThousands(whole, thousands);
  // A sign that this style does not know must not pass for the other one.
  if (joined === undefined || !/^[+-]?\d+$/.test(joined)) return undefined;
  const plain = `${joined}${fraction === undefined ? '' : `.${fraction}`}${exponent === undefined ? '' : `e${exponent}`}`;
  return PLAIN.test(plain) ? plain : undefined;
}

/** `1 234 567` or `1234567`, and nothing between the two. */
function joinThousands(whole: string, mark: string): string | undefined {
  const groups = whole.replace(/[\u00a0\u202f]/g, ' ').split(mark);
  if (groups.length === 1) return whole;
  const [first = '', ...others] = groups;
  const isGrouped = /^[+-]?\d{1,3}$/.test(first) && others.every((group) => /^\d{3}$/.test(group));
  return isGrouped ? groups.join('') : undefined;
}

export function tooLarge(text: string): Complaint {
  return {
    code: 'DRV_CSV_NOT_FINITE',
    what: `has ${shown(text)}, which is beyond any measured value`,
    hint: 'Check the sensor or the formula behind the column',
  };
}

function complaintOf(text: string, { decimal, thousands }: NumberStyle): Complaint {
  if (NOT_FINITE.test(text)) {
    return {
      code: 'DRV_CSV_NOT_FINITE',
      what: `has ${shown(text)}, which is not a measured value`,
      hint: 'Check the sensor or the formula behind the column; a text that means "no value" belongs into notAvailable',
    };
  }
  if (!LOOKS_NUMERIC.test(text)) {
    return {
      code: 'DRV_CSV_TEXT',
      what: `has the text ${shown(text)} where a number should be`,
      hint: 'Check "column"; a text that means "no value" belongs into notAvailable, one that names a state into map',
    };
  }
  const other = decimal === '.' ? ',' : '.';
  const isOtherDecimal = text.includes(other) && !text.includes(decimal) && text.split(other).length === 2;
  if (isOtherDecimal && thousands !== other) {
    return {
      code: 'DRV_CSV_DECIMAL_SIGN',
      what: `has the number ${shown(text)}, and decimal is "${decimal}"`,
      hint: `If the file writes decimals with "${other}", set decimal: "${other}"; if it marks thousands, set thousands: "${other}"`,
      policy: 'misconfigured',
    };
  }
  return {
    code: 'DRV_CSV_THOUSANDS',
    what: `has the number ${shown(text)}, which does not fit decimal "${decimal}" and thousands "${thousands}"`,
    hint: 'Compare "decimal" and "thousands" of the connection with the file',
    policy: 'misconfigured',
  };
}
