import { NANOS_PER_SECOND } from './entity-id.ts';
import type { Row } from './mirror-rows.ts';

const LIMIT_DEFAULT = 25;
const LIMIT_MAX = 100;

/** What a request asks of a list. */
export interface ListQuery {
  readonly limit: number;
  readonly order: 'asc' | 'desc';
  /** The value is in what was asked for under this name, such as `timestamp=gt:12.5`. */
  allows(name: string, value: bigint): boolean;
}

/** A request that the mirror answers with 400. */
export class BadRequest extends Error {}

/** Reads `limit`, `order` and the filters by number or time. */
export function readQuery(query: URLSearchParams, filters: readonly string[], order: 'asc' | 'desc'): ListQuery {
  const tests = new Map(filters.map((name) => [name, query.getAll(name).map((text) => readFilter(name, text))]));
  return {
    limit: readLimit(query.get('limit')),
    order: readOrder(query.get('order') ?? order),
    allows: (name, value) => (tests.get(name) ?? []).every((test) => test(value)),
  };
}

function readLimit(text: string | null): number {
  if (text === null) return LIMIT_DEFAULT;
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1) throw new BadRequest('Invalid parameter: limit');
  return Math.min(limit, LIMIT_MAX);
}

function readOrder(text: string): 'asc' | 'desc' {
  if (text !== 'asc' && text !== 'desc') throw new BadRequest('Invalid parameter: order');
  return text;
}

function readFilter(name: string, text: string): (value: bigint) => boolean {
  const [, operator = 'eq', number = '', fraction] =
    /^(?:(eq|gte?|lte?|ne):)?(\d{1,19})(?:\.(\d{1,9}))?$/.exec(text) ?? fail(name);
  if (fraction !== undefined && name !== 'timestamp') fail(name);
  const wanted =
    name === 'timestamp' ? BigInt(number) * NANOS_PER_SECOND + BigInt((fraction ?? '').padEnd(9, '0')) : BigInt(number);
  return (value) => {
    if (operator === 'gt') return value > wanted;
    if (operator === 'gte') return value >= wanted;
    if (operator === 'lt') return value < wanted;
    if (operator === 'lte') return value <= wanted;
    return operator === 'ne' ? value !== wanted : value === wanted;
  };
}

function fail(name: string): never {
  throw new BadRequest(`Invalid parameter: ${name}`);
}

/** One page of a list that stands in ascending order, and the link to the next page where this one is full. */
export function page<Item>(
  path: string,
  query: ListQuery,
  items: readonly Item[],
  row: (item: Item) => Row,
  cursor: { readonly name: string; readonly valueOf: (item: Item) => string },
): { rows: Row[]; links: { next: string | null } } {
  const ordered = query.order === 'asc' ? items : items.toReversed();
  const shown = ordered.slice(0, query.limit);
  const last = shown.at(-1);
  const isFull = shown.length === query.limit && last !== undefined;
  const operator = query.order === 'asc' ? 'gt' : 'lt';
  const next = isFull
    ? `${path}?limit=${query.limit}&order=${query.order}&${cursor.name}=${operator}:${cursor.valueOf(last)}`
    : null;
  return { rows: shown.map(row), links: { next } };
}
