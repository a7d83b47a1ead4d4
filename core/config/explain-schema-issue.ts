import { z } from 'zod';
import { parseDuration } from '../model/time.ts';
import type { ConfigPath, PathIssue } from './config-issue.ts';
import { nameHint } from './nearest-name.ts';

type SchemaIssue = z.core.$ZodIssue;

export interface SchemaContext {
  readonly schema: z.ZodType;
  /** What the schema was given. */
  readonly value: unknown;
  /** Where that stands in the file. */
  readonly base: ConfigPath;
  /** Keys that are valid beside those of the schema at its top. */
  readonly extraKeys?: readonly string[];
}

/** How the schema library begins the messages that nobody wrote; all others say what was expected. */
const BUILT_IN = /^(Invalid|Too (small|big)|Unrecognized)/;

/** What the schema complains of, as sentences about the file. */
export function explainSchemaIssue(issue: SchemaIssue, context: SchemaContext): PathIssue[] {
  const inner = issue.path as ConfigPath;
  const path = [...context.base, ...inner];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(key, path, inner, context));
  const found = valueAt(context.value, inner);
  if (found === undefined && issue.code !== 'custom') return [missing(path, issue)];
  if (issue.code === 'custom') return [{ code: 'CFG_VALUE', path, message: sentence(issue.message) }];
  if (issue.code === 'invalid_key') {
    const message = `expected ${issue.issues[0]?.message ?? 'another key'}, found "${String(path.at(-1))}"`;
    return [{ code: 'CFG_VALUE', path, message, at: 'key' }];
  }
  const message = `expected ${expectation(issue)}, found ${show(found)}`;
  const hint = typeof found === 'string' ? valueHint(found, issue) : undefined;
  return [{ code: 'CFG_VALUE', path, message, ...(hint === undefined ? {} : { hint }) }];
}

/** The sentence lists what is valid already, so the hint only says which one is near, or that only quotes are wrong. */
function valueHint(found: string, issue: SchemaIssue): string | undefined {
  const values = issue.code === 'invalid_value' ? issue.values : [];
  const isNumberWanted =
    issue.code === 'invalid_type'
      ? (issue.expected === 'number' || issue.expected === 'int') &&
        found.trim() !== '' &&
        Number.isFinite(Number(found))
      : values.some((value) => typeof value === 'number' && String(value) === found.trim());
  if (isNumberWanted) return `write ${found.trim()} without quotes`;
  const names = values.map(String);
  const duration = nearestDuration(found, names);
  if (duration !== undefined) return `did you mean "${duration}"?`;
  const hint = nameHint(found, names);
  return hint?.startsWith('did') === true ? hint : undefined;
}

/** The letters of 7m are nearest to those of 1m, but 5m is what is near. Undefined unless all are durations. */
function nearestDuration(found: string, names: readonly string[]): string | undefined {
  const foundMs = parseDuration(found);
  const known = names.map((name) => ({ name, durationMs: parseDuration(name) ?? Number.NaN }));
  if (foundMs === undefined || known.some(({ durationMs }) => Number.isNaN(durationMs))) return undefined;
  const distanceMs = (durationMs: number): number => Math.abs(durationMs - foundMs);
  return known.toSorted((a, b) => distanceMs(a.durationMs) - distanceMs(b.durationMs))[0]?.name;
}

function unknownKey(key: string, path: ConfigPath, inner: ConfigPath, context: SchemaContext): PathIssue {
  const extra = inner.length === 0 ? (context.extraKeys ?? []) : [];
  const hint = nameHint(key, [...extra, ...keysAt(context.schema, inner)]);
  return {
    code: 'CFG_UNKNOWN_KEY',
    path: [...path, key],
    message: 'this key is not known here',
    at: 'key',
    ...(hint === undefined ? {} : { hint }),
  };
}

function missing(path: ConfigPath, issue: SchemaIssue): PathIssue {
  return { code: 'CFG_MISSING', path, message: `is missing: expected ${expectation(issue)}` };
}

function expectation(issue: SchemaIssue): string {
  if (issue.message !== '' && !BUILT_IN.test(issue.message)) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return TYPE_WORDS[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return issue.values.length === 1 ? String(issue.values[0]) : `one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return `${sizeWords(issue.origin)}${issue.inclusive === true ? 'at least' : 'more than'} ${issue.minimum}`;
    case 'too_big':
      return `${sizeWords(issue.origin)}${issue.inclusive === true ? 'at most' : 'less than'} ${issue.maximum}`;
    case 'invalid_union': {
      const first = issue.errors[0]?.[0];
      return first === undefined ? 'another value' : expectation(first);
    }
    default:
      return 'another value';
  }
}

const TYPE_WORDS: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'a group of keys',
  record: 'a group of keys',
};

function sizeWords(origin: string): string {
  if (origin === 'string') return 'a text whose length is ';
  return origin === 'array' ? 'a list whose length is ' : '';
}

const SHOWN_LENGTH_MAX = 60;

/** The value as the operator wrote it, shortened. */
export function show(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a group of keys';
  if (value === Infinity || value === -Infinity) return 'a number that is too large';
  if (typeof value !== 'string') return String(value);
  return `"${value.length > SHOWN_LENGTH_MAX ? `${value.slice(0, SHOWN_LENGTH_MAX)}...` : value}"`;
}

function sentence(message: string): string {
  return BUILT_IN.test(message) ? 'is not valid' : message;
}

export function valueAt(value: unknown, path: ConfigPath): unknown {
  return path.reduce<unknown>((part, step) => {
    if (typeof part !== 'object' || part === null || !Object.hasOwn(part, step)) return undefined;
    return (part as Record<string | number, unknown>)[step];
  }, value);
}

/** The keys that the schema allows in the object at `path`. */
export function keysAt(schema: unknown, path: ConfigPath): string[] {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodUnion) return inner.options.flatMap((option) => keysAt(option, path));
  const [step, ...rest] = path;
  if (step === undefined) return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
  if (inner instanceof z.ZodObject) return keysAt(inner.shape[step], rest);
  if (inner instanceof z.ZodArray) return keysAt(inner.element, rest);
  if (inner instanceof z.ZodRecord) return keysAt(inner.valueType, rest);
  if (inner instanceof z.ZodTuple) return keysAt(inner.def.items[Number(step)], rest);
  return [];
}

function unwrap(schema: unknown): unknown {
  let inner = schema;
  for (;;) {
    if (inner instanceof z.ZodPipe) inner = inner.in;
    else if (
      inner instanceof z.ZodOptional ||
      inner instanceof z.ZodNullable ||
      inner instanceof z.ZodDefault ||
      inner instanceof z.ZodPrefault ||
      inner instanceof z.ZodReadonly ||
      inner instanceof z.ZodLazy
    ) {
      inner = inner.unwrap();
    } else return inner;
  }
}
