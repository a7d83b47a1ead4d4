import { Failure } from '../model/failure.ts';
import type { Json } from '../model/json.ts';

/**
 * Canonical JSON after RFC 8785 (JCS): keys sorted by UTF-16 code unit, numbers as ECMAScript prints them, no
 * whitespace. Two equal values have the same bytes, so a hash or a signature over them is reproducible anywhere.
 *
 * @throws Failure `LED_NOT_CANONICAL` for what RFC 8785 cannot carry: NaN, infinity, undefined, lone surrogates, and
 * anything that is not plain JSON (dates, maps, big integers).
 */
export function canonicalize(value: Json): string {
  const text = serialize(value);
  if (text !== undefined) return text;
  const { path, reason } = locate(value, '$') ?? { path: '$', reason: 'unknown' };
  throw new Failure('LED_NOT_CANONICAL', `${path} cannot be written as canonical JSON: ${reason}.`);
}

/** Everything a quoted string must escape, and every surrogate: the rest is copied as it stands. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 8785 section 3.2.2.2 is about control characters.
const UNUSUAL = /[\u0000-\u001f"\\\ud800-\udfff]/;

/** The canonical text, or undefined when some part has none; `locate` then says which. */
function serialize(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
      return Number.isFinite(value) ? `${value}` : undefined;
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? serializeList(value) : serializeObject(value as Record<string, unknown>);
    default:
      return undefined;
  }
}

function serializeList(items: readonly unknown[]): string | undefined {
  let text = '[';
  for (let i = 0; i < items.length; i++) {
    const item = serialize(items[i]);
    if (item === undefined) return undefined;
    text += i === 0 ? item : `,${item}`;
  }
  return `${text}]`;
}

function serializeObject(object: Record<string, unknown>): string | undefined {
  if (!isPlain(object)) return undefined;
  let text = '{';
  let separator = '';
  for (const key of sortedKeys(object)) {
    const item = serialize(object[key]);
    const name = quote(key);
    if (item === undefined || name === undefined) return undefined;
    text += `${separator}${name}:${item}`;
    separator = ',';
  }
  return `${text}}`;
}

/** JavaScript compares strings by UTF-16 code unit, which is the order RFC 8785 section 3.2.3 asks for. */
function sortedKeys(object: Record<string, unknown>): string[] {
  const keys = Object.keys(object);
  for (let i = 1; i < keys.length; i++) {
    if ((keys[i] as string) < (keys[i - 1] as string)) return keys.sort();
  }
  return keys;
}

function quote(text: string): string | undefined {
  if (!UNUSUAL.test(text)) return `"${text}"`;
  return text.isWellFormed() ? JSON.stringify(text) : undefined;
}

function isPlain(object: object): boolean {
  const prototype = Object.getPrototypeOf(object);
  return prototype === Object.prototype || prototype === null;
}

interface Misfit {
  readonly path: string;
  readonly reason: string;
}

/** The first part of `value` that has no canonical form. Only called once there is one. */
function locate(value: unknown, path: string): Misfit | undefined {
  if (typeof value === 'number' && !Number.isFinite(value)) return { path, reason: `${value} is not a finite number` };
  if (typeof value === 'string' && !value.isWellFormed()) return { path, reason: 'it holds a lone surrogate' };
  if (typeof value !== 'object') {
    return serialize(value) === undefined ? { path, reason: `it is ${typeof value}` } : undefined;
  }
  if (value === null) return undefined;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const found = locate(value[i], `${path}[${i}]`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (!isPlain(value)) return { path, reason: 'it is not a plain object' };
  for (const [key, item] of Object.entries(value)) {
    const keyPath = `${path}.${key.toWellFormed()}`;
    const found = key.isWellFormed() ? locate(item, keyPath) : { path: keyPath, reason: 'its name is malformed' };
    if (found !== undefined) return found;
  }
  return undefined;
}
