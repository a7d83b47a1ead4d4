import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Failure } from '../model/failure.ts';
import type { Json } from '../model/json.ts';
import { canonicalize } from './canonical.ts';

const SEED = Number(process.env.FOREBAY_SEED ?? 1);

/** RFC 8785 as one would write it down: slow, obvious, and independent of the quick way. */
function reference(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(reference).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const object = value as { [key: string]: Json };
  const members = Object.keys(object)
    .sort((a, b) => (a < b ? -1 : 1))
    .map((key) => `${JSON.stringify(key)}:${reference(object[key] as Json)}`);
  return `{${members.join(',')}}`;
}

const json = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.string({ unit: 'binary' }),
    fc.array(tie('value'), { maxLength: 6 }),
    fc.dictionary(
      fc.oneof(fc.string({ unit: 'binary' }), fc.nat().map(String), fc.constantFrom('__proto__', 'a', 'B', '10', '9')),
      tie('value'),
      { maxKeys: 6 },
    ),
  ),
})).value;

test(`any JSON value: equal to the reference, stable, and parses back (seed ${SEED})`, () => {
  fc.assert(
    fc.property(json, (value) => {
      const text = canonicalize(value);
      expect(text).toBe(reference(value));
      expect(canonicalize(JSON.parse(text))).toBe(text);
    }),
    { seed: SEED, numRuns: 2000 },
  );
});

test('the order in which keys were inserted does not matter', () => {
  expect(canonicalize({ b: 1, a: { d: 2, c: 3 } })).toBe('{"a":{"c":3,"d":2},"b":1}');
  expect(canonicalize({ a: { c: 3, d: 2 }, b: 1 })).toBe('{"a":{"c":3,"d":2},"b":1}');
});

test.each([
  ['NaN', { power: Number.NaN }, '$.power'],
  ['infinity', [1, Number.NEGATIVE_INFINITY], '$[1]'],
  ['undefined', { a: 1, b: { c: undefined } }, '$.b.c'],
  ['a lone surrogate', { text: 'x\ud800' }, '$.text'],
  ['a lone surrogate in a key', { 'x\udc00': 1 }, '$.x\ufffd'],
  ['a big integer', { energy: 5n }, '$.energy'],
  ['a date', { at: new Date(0) }, '$.at'],
  ['a map', [new Map()], '$[0]'],
  ['a function', () => 1, '$'],
  ['undefined beside an index-like key', { 10: 1, 9: undefined }, '$.9'],
])('refuses %s and says where', (_, value, path) => {
  const attempt = (): string => canonicalize(value as unknown as Json);
  expect(attempt).toThrow(Failure);
  expect(attempt).toThrow(expect.objectContaining({ code: 'LED_NOT_CANONICAL' }));
  expect(attempt).toThrow(`${path} cannot be written`);
});

test('more shapes of objects than are kept', () => {
  for (let i = 0; i < 3000; i++) {
    expect(canonicalize({ [`k${i}`]: i, a: 0 })).toBe(`{"a":0,"k${i}":${i}}`);
  }
});

test('a part that was written before is taken as it was written, wherever it stands, and no other part is', () => {
  const part = { b: 1, a: [2, { d: 'x"', c: null }] };
  const written = { value: part, text: canonicalize(part) };
  for (const value of [part, [0, part], { z: { y: part, x: 1 }, a: 'é' }, { b: { ...part, a: 3 } }, { b: 2, a: 1 }]) {
    expect(canonicalize(value, written)).toBe(canonicalize(value));
  }
  expect(canonicalize([part, { ...part }], { value: part, text: '"told"' })).toBe(`["told",${written.text}]`);
});

test('a reading whose text is at hand is refused for what stands beside it, as any other', () => {
  const part = { a: 1 };
  const attempt = (): string => canonicalize({ part, other: Number.NaN }, { value: part, text: canonicalize(part) });
  expect(attempt).toThrow('$.other cannot be written');
});

test.each([
  ['every control character', Array.from({ length: 0x20 }, (_, code) => String.fromCharCode(code)).join('')],
  ['quotes, slashes and delete', '"\\/\x7f'],
  ['line separators and the edges of the surrogates', '\u2028\u2029\ud7ff\ue000\uffff'],
  ['a pair of surrogates', 'a\u{1f4a7}b'],
  ['a very long text', `${'x'.repeat(5_000_000)}"`],
])('writes %s as the reference does', (_, text) => {
  const value = { b: text, a: text };
  expect(canonicalize(value) === reference(value)).toBe(true);
});
