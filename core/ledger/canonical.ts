import { Failure } from '../model/failure.ts';
import type { Json } from '../model/json.ts';

/**
 * Canonical JSON after RFC 8785 (JCS): keys sorted by UTF-16 code unit, numbers as ECMAScript prints them, no
 * whitespace. Two equal values have the same bytes, so a hash or a signature over them is reproducible anywhere.
 *
 * @throws Failure `LED_NOT_CANONICAL` for what RFC 8785 cannot carry: NaN, infinity, undefined, lone surrogates, and
 * anything that is not plain JSON (dates, maps, big integers).
 *
 * `written` saves writing a part of `value` twice.
 */
export function canonicalize(value: Json, written?: WrittenPart): string {
  // What was read from canonical JSON is in order already, and the engine's own writer is the quickest.
  if (written === undefined && isInOrder(value)) return JSON.stringify(value);
  const text = write(value, written);
  if (text !== undefined) return text;
  const { path, reason } = locate(value, '$') ?? { path: '$', reason: 'unknown' };
  throw new Failure('LED_NOT_CANONICAL', `${path} cannot be written as canonical JSON: ${reason}.`);
}

/** A part of a value with its canonical form, for whoever made that before. */
export interface WrittenPart {
  readonly value: object;
  readonly text: string;
}

/** Whether the engine's JSON writer prints `value` as RFC 8785 asks. False says only that it must be looked at again. */
function isInOrder(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed();
    case 'number':
      return Number.isFinite(value);
    case 'boolean':
      return true;
    case 'object':
      if (value === null) return true;
      return Array.isArray(value) ? isListInOrder(value) : isObjectInOrder(value as Record<string, unknown>);
    default:
      return false;
  }
}

function isListInOrder(items: readonly unknown[]): boolean {
  for (let i = 0; i < items.length; i++) {
    if (!isInOrder(items[i])) return false;
  }
  return true;
}

function isObjectInOrder(object: Record<string, unknown>): boolean {
  if (!isPlain(object)) return false;
  const { keys, heads, isSorted } = shapeOf(Object.keys(object));
  if (heads === undefined || !isSorted) return false;
  for (let i = 0; i < keys.length; i++) {
    if (!isInOrder(object[keys[i] ?? ''])) return false;
  }
  return true;
}

/** The text, or undefined where a part of the value has no canonical form. */
function write(value: unknown, written?: WrittenPart): string | undefined {
  switch (typeof value) {
    case 'string':
      return writeText(value);
    case 'number':
      return Number.isFinite(value) ? String(value) : undefined;
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (value === written?.value) return written.text;
      return Array.isArray(value) ? writeList(value, written) : writeObject(value as Record<string, unknown>, written);
    default:
      return undefined;
  }
}

/** What JSON escapes, and the halves of surrogate pairs: most texts have neither. */
const NOT_PLAIN = /[^\x20\x21\x23-\x5b\x5d-\ud7ff\ue000-\uffff]/;

function writeText(text: string): string | undefined {
  if (!NOT_PLAIN.test(text)) return `"${text}"`;
  return text.isWellFormed() ? JSON.stringify(text) : undefined;
}

function writeList(items: readonly unknown[], written?: WrittenPart): string | undefined {
  let text = '[';
  for (let i = 0; i < items.length; i++) {
    const item = write(items[i], written);
    if (item === undefined) return undefined;
    text += i === 0 ? item : `,${item}`;
  }
  return `${text}]`;
}

function writeObject(object: Record<string, unknown>, written?: WrittenPart): string | undefined {
  if (!isPlain(object)) return undefined;
  const { sortedKeys, heads } = shapeOf(Object.keys(object));
  if (heads === undefined) return undefined;
  let text = '{';
  for (let i = 0; i < sortedKeys.length; i++) {
    const item = write(object[sortedKeys[i] ?? ''], written);
    if (item === undefined) return undefined;
    text += heads[i] + item;
  }
  return `${text}}`;
}

/** What sorting the keys of an object gives. The same few lists of keys come again and again, so they are kept. */
interface Shape {
  readonly keys: readonly string[];
  /** JavaScript compares strings by UTF-16 code unit, which is the order of RFC 8785 section 3.2.3. */
  readonly sortedKeys: readonly string[];
  /** What stands before the value of each of the sorted keys; undefined where a key is malformed. */
  readonly heads: readonly string[] | undefined;
  /** Whether the engine's JSON writer prints them as they should stand. */
  readonly isSorted: boolean;
}

const SHAPES_MAX = 1000;
/** By first key, a short list each. */
const shapes = new Map<string, Shape[]>();
let shapeCount = 0;

function shapeOf(keys: string[]): Shape {
  const first = keys[0] ?? '';
  const known = shapes.get(first);
  const match = known?.find((shape) => isSameList(shape.keys, keys));
  if (match !== undefined) return match;
  const sortedKeys = keys.toSorted();
  const shape = { keys, sortedKeys, heads: headsOf(sortedKeys), isSorted: isSameList(keys, sortedKeys) };
  if (shapeCount < SHAPES_MAX) {
    shapeCount += 1;
    if (known === undefined) shapes.set(first, [shape]);
    else known.push(shape);
  }
  return shape;
}

function headsOf(sortedKeys: readonly string[]): string[] | undefined {
  if (!sortedKeys.every((key) => key.isWellFormed())) return undefined;
  return sortedKeys.map((key, i) => `${i === 0 ? '' : ','}${JSON.stringify(key)}:`);
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) return false;
  }
  return true;
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
    return write(value) === undefined ? { path, reason: `it is ${typeof value}` } : undefined;
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
