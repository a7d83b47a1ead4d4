import fc from 'fast-check';
import { expect, test } from 'vitest';
import { announceSeed } from '../../tests/contract/driver-host.ts';
import { findNode, parsePath, writePath } from './json-path.ts';
import { type JsonNode, readJson } from './json-tree.ts';

const SEED = announceSeed('json-tree');

test('reads what JSON.parse reads, and gives the source of each value', () => {
  let nodes = 0;
  const check = (node: JsonNode, text: string): unknown => {
    nodes += 1;
    const value = JSON.parse(text.slice(node.start, node.end)) as unknown;
    if (node.kind === 'object') {
      for (const [name, member] of node.members) {
        expect(check(member, text)).toEqual((value as Record<string, unknown>)[name]);
      }
    } else if (node.kind === 'array') {
      for (const [index, item] of node.items.entries()) expect(check(item, text)).toEqual((value as unknown[])[index]);
    } else if (node.kind === 'text') expect(node.text).toBe(value);
    return value;
  };
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(0, 2), (value, indent) => {
      const text = ` ${JSON.stringify(value, null, indent)}\n`;
      const read = readJson(text);
      expect(read.kind).toBe('tree');
      if (read.kind === 'tree') expect(check(read.root, text)).toEqual(JSON.parse(text));
    }),
    { seed: SEED, numRuns: 500 },
  );
  expect(nodes).toBeGreaterThan(500);
});

test('refuses what JSON.parse refuses, whatever one character does to a text', () => {
  let refused = 0;
  let accepted = 0;
  const spoiled = fc.tuple(fc.jsonValue({ maxDepth: 3 }), fc.nat(), fc.constantFrom(...',:{}[]"\\-+.eE0123x \u0001'));
  fc.assert(
    fc.property(spoiled, fc.constantFrom('insert', 'replace', 'delete'), ([value, place, character], way) => {
      const text = JSON.stringify(value);
      const at = place % (text.length + 1);
      const rest = text.slice(way === 'insert' ? at : at + 1);
      const changed = `${text.slice(0, at)}${way === 'delete' ? '' : character}${rest}`;
      const isValid = parses(changed);
      if (isValid) accepted += 1;
      else refused += 1;
      expect(readJson(changed).kind, changed).toBe(isValid ? 'tree' : 'flaw');
    }),
    { seed: SEED, numRuns: 3000 },
  );
  expect(Math.min(refused, accepted)).toBeGreaterThan(100);
});

test('a path leads where it was written from', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), fc.nat(9999)), { maxLength: 8 }), (steps) => {
      expect(parsePath(writePath(steps))).toEqual({ kind: 'path', steps });
    }),
    { seed: SEED, numRuns: 1000 },
  );
});

test('a path that may lead to several values, or to none, is refused in words', () => {
  const wrong = [
    'flow',
    '',
    '$.',
    '$..flow',
    '$.*',
    '$[*]',
    '$[0:2]',
    '$[-1]',
    '$[?(@.a)]',
    '$.a b',
    "$['a",
    '$[01]',
    '$.a[',
  ];
  for (const path of wrong) expect(parsePath(path), path).toMatchObject({ kind: 'problem' });
  expect(parsePath('$..flow')).toMatchObject({ message: expect.stringContaining('several values') });
});

test('what is not there is described by what is', () => {
  const text = '{"a":{"b":[1,{"c":2}],"d":3}}';
  const read = readJson(text);
  if (read.kind === 'flaw') throw new Error(read.what);
  const find = (path: string) => {
    const parsed = parsePath(path);
    return parsed.kind === 'path' ? findNode(read.root, parsed.steps) : parsed;
  };
  expect(find('$.a.b[1].c')).toMatchObject({ kind: 'found', node: { kind: 'number' } });
  expect(find('$.a.x')).toEqual({ kind: 'absent', at: '$.a', there: ['b', 'd'] });
  expect(find('$.a.b[2]')).toEqual({ kind: 'absent', at: '$.a.b', there: ['2 items'] });
  expect(find('$.a.d.e')).toEqual({ kind: 'absent', at: '$.a.d', there: ['a number'] });
  expect(find('$')).toMatchObject({ kind: 'found', node: { kind: 'object' } });
});

test('a text as long as a payload may be is read', () => {
  const text = JSON.stringify({
    long: 'x\\n'.repeat(80_000),
    list: Array.from({ length: 20_000 }, (_, index) => index),
  });
  expect(readJson(text).kind).toBe('tree');
});

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
