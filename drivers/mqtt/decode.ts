import { present } from '../../core/model/assert.ts';
import { add, type Decimal, multiply, parseDecimal, toNumber, toText } from '../../core/model/decimal.ts';
import type { Fault } from '../../core/model/fault.ts';
import type { Quality } from '../../core/model/quality.ts';
import { type JsonNode, readJson } from './json-tree.ts';
import type { MqttRecipe } from './recipe.ts';
import { epochTime, isoTime } from './source-time.ts';
import {
  decimalComma,
  needsPath,
  notANumber,
  notFinite,
  noValue,
  outOfRange,
  timeInvalid,
  tooLarge,
  unknownQuality,
  unknownState,
} from './value-fault.ts';

/** What the bytes of a sample say. */
export interface Decoded {
  /** A finite number in the point's unit, or the name of a state. */
  readonly value: number | string;
  /** For counters only: the same value, exact to the last digit that was sent. */
  readonly register?: Decimal;
  readonly deviceAtMs?: number;
  readonly quality: Quality;
}

export type DecodeOutcome =
  | ({ readonly kind: 'decoded' } & Decoded)
  | { readonly kind: 'fault'; readonly fault: Fault };

/** More than this no counter and no float64 needs; what is beyond would only cost memory. */
const DIGITS_MAX = 64;
const EXPONENT_MAX = 308;
const EXPONENT = /[eE]([+-]?\d+)$/;
const PLAIN_NUMBER = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const COMMA_NUMBER = /^[+-]?\d[\d .']*,\d[\d .,']*$/;
const NOT_FINITE = /^[+-]?(?:nan|inf|infinity|1\.#(?:qnan|inf|ind)\d*)$/i;

/**
 * The value of a sample from its bytes and its recipe, and nothing else: what is read at the plant and what a verifier
 * reads again goes through here. What is not exactly a number or a named state is a fault, never a value.
 */
export function decode(recipe: MqttRecipe, raw: Uint8Array): DecodeOutcome {
  const text = new TextDecoder().decode(raw);
  if (recipe.form === 'plain') return fromValue(recipe, plainSource(text), {});
  const lines = text.split('\n');
  const value = lines.shift() ?? '';
  const time = recipe.timePath === undefined ? undefined : (lines.shift() ?? '');
  const quality = recipe.qualityPath === undefined ? undefined : (lines.shift() ?? '');
  return fromValue(recipe, jsonSource(value), { time, quality });
}

/** One value as it was sent: what it says, and whether that is a number, a text or something else. */
interface Source {
  readonly text: string;
  readonly kind: JsonNode['kind'];
}

function jsonSource(text: string): Source {
  const read = readJson(text);
  if (read.kind === 'flaw') return { text, kind: 'object' };
  return { text: read.root.kind === 'text' ? read.root.text : text, kind: read.root.kind };
}

/** A bare payload: the kinds of JSON, told from the text itself. */
function plainSource(payload: string): Source {
  const text = payload.trim();
  if (text === '' || text === 'null') return { text, kind: 'null' };
  if (PLAIN_NUMBER.test(text)) return { text, kind: 'number' };
  if (NOT_FINITE.test(text)) return { text, kind: 'nonfinite' };
  if (text.startsWith('{') || text.startsWith('[')) return { text, kind: 'object' };
  return { text, kind: 'text' };
}

interface Company {
  readonly time?: string | undefined;
  readonly quality?: string | undefined;
}

function fromValue(recipe: MqttRecipe, source: Source, { time, quality }: Company): DecodeOutcome {
  const value = recipe.map === undefined ? numberOf(recipe, source) : stateOf(recipe.map, source);
  if (typeof value === 'object' && 'code' in value) return faulty(value);
  const at = time === undefined ? undefined : timeOf(recipe, jsonSource(time));
  if (typeof at === 'object') return faulty(at);
  const worth = quality === undefined ? 'good' : qualityOf(recipe, jsonSource(quality));
  if (typeof worth === 'object') return faulty(worth);
  const common = { kind: 'decoded' as const, quality: worth, ...(at === undefined ? {} : { deviceAtMs: at }) };
  if (typeof value === 'string') return { ...common, value };
  const number = toNumber(value) + 0;
  const isBelow = recipe.min !== undefined && number < recipe.min;
  const isAbove = recipe.max !== undefined && number > recipe.max;
  if (isBelow || isAbove) return faulty(outOfRange(number, recipe));
  return { ...common, value: number, ...(recipe.counter === undefined ? {} : { register: value }) };
}

function numberOf(recipe: MqttRecipe, { text, kind }: Source): Decimal | Fault {
  if (kind === 'null') return noValue();
  if (kind === 'nonfinite') return notFinite(text);
  if (kind === 'object' && recipe.form === 'plain') return needsPath();
  if (kind === 'text') {
    if (NOT_FINITE.test(text)) return notFinite(text);
    if (COMMA_NUMBER.test(text)) return decimalComma(text);
    if (recipe.quoted !== true || !PLAIN_NUMBER.test(text)) return notANumber(text);
  } else if (kind !== 'number') return notANumber(text);
  const number = exactly(text);
  if (number === undefined) return tooLarge(text);
  const scale = present(parseDecimal(recipe.scale), 'a decimal scale');
  const offset = present(parseDecimal(recipe.offset), 'a decimal offset');
  const scaled = add(multiply(number, scale), offset);
  return Number.isFinite(toNumber(scaled)) ? scaled : tooLarge(text);
}

/** The decimal that a number's text writes, without a rounding step; undefined where it is beyond all measure. */
function exactly(text: string): Decimal | undefined {
  const exponent = Number(EXPONENT.exec(text)?.[1] ?? '0');
  if (text.length > DIGITS_MAX || Math.abs(exponent) > EXPONENT_MAX) return undefined;
  return parseDecimal(text);
}

function stateOf(map: NonNullable<MqttRecipe['map']>, source: Source): string | Fault {
  if (source.kind === 'null') return noValue();
  const key = keyOf(source);
  const state = key !== undefined && Object.hasOwn(map, key) ? map[key] : undefined;
  return typeof state === 'string' ? state : unknownState(source.text);
}

/** By which name a value stands in a map: 2, 2.0 and 2e0 are one number. */
function keyOf({ text, kind }: Source): string | undefined {
  if (kind === 'text' || kind === 'boolean') return text;
  const number = kind === 'number' ? exactly(text) : undefined;
  return number === undefined ? undefined : toText(number);
}

function timeOf(recipe: MqttRecipe, { text, kind }: Source): number | Fault {
  const format = recipe.timeFormat ?? 'iso';
  if (format === 'iso') {
    const outcome = kind === 'text' ? isoTime(text) : ({ kind: 'problem', why: 'is no text' } as const);
    return outcome.kind === 'time' ? outcome.atMs : timeInvalid(text, outcome.why);
  }
  const count = kind === 'number' ? exactly(text) : undefined;
  if (count === undefined) return timeInvalid(text, `is no number of ${format}`);
  const outcome = epochTime(count, format);
  return outcome.kind === 'time' ? outcome.atMs : timeInvalid(text, outcome.why);
}

/** Texts that leave no doubt. Numbers do: 0 is bad in OPC DA and good in OPC UA. */
const QUALITY_WORDS: Readonly<Record<string, Quality>> = { good: 'good', uncertain: 'uncertain', bad: 'bad' };

function qualityOf(recipe: MqttRecipe, source: Source): Quality | Fault {
  const map = recipe.qualityMap;
  const key = keyOf(source) ?? '';
  const given = map === undefined ? QUALITY_WORDS[key.toLowerCase()] : Object.hasOwn(map, key) ? map[key] : undefined;
  return given === 'good' || given === 'uncertain' || given === 'bad' ? given : unknownQuality(source.text);
}

function faulty(fault: Fault): DecodeOutcome {
  return { kind: 'fault', fault };
}
