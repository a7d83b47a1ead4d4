import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { bodyVersion, ENTRY_KINDS, type Entry, futureOf } from '../../core/ledger/entry.ts';
import { bodyTrouble, ENTRY_SCHEMAS } from '../../core/ledger/entry-schemas.ts';
import { leafHash } from '../../core/ledger/merkle.ts';
import { canonicalizeEntry } from '../../core/ledger/recorder.ts';
import type { JsonObject } from '../../core/model/json.ts';
import golden from './entries.json' with { type: 'json' };

const entries = golden.entries.map((vector) => ({ ...vector, entry: JSON.parse(vector.canonical) as Entry }));

test.each(entries)('$kind v$version: canonical bytes and leaf hash are frozen, and it is read', (vector) => {
  const { entry, canonical, version } = vector;
  expect(canonicalizeEntry(entry)).toBe(canonical);
  expect(Buffer.from(leafHash(Buffer.from(canonical, 'utf8'))).toString('hex')).toBe(vector.leafHash);
  expect(entry.kind).toBe(vector.kind);
  expect(bodyVersion(entry)).toBe(version);
  expect(futureOf(entry)).toBeUndefined();
  expect(bodyTrouble(entry, version)).toBeUndefined();
});

test.each(entries)(
  '$kind v$version: a body without one of its members, or with another kind of value, is told',
  (vector) => {
    const { entry, version } = vector;
    const names = Object.keys(entry.body).filter((name) => name !== 'v');
    const told = names.filter((name) => {
      const { [name]: _left, ...rest } = entry.body;
      return bodyTrouble({ ...entry, body: rest as JsonObject }, version) !== undefined;
    });
    expect(told.length, 'some members are needed').toBeGreaterThan(0);
    for (const name of names) {
      const body = { ...entry.body, [name]: [{ none: 'such' }] as unknown as JsonObject };
      expect(bodyTrouble({ ...entry, body }, version), name).toMatch(new RegExp(`^(${name}|it)[:.]`));
    }
  },
);

test('every kind has a schema, a golden vector for each version, and its place in the documentation', () => {
  const text = readFileSync(fileURLToPath(new URL('../../docs/ledger.md', import.meta.url)), 'utf8');
  for (const kind of ENTRY_KINDS) {
    const versions = Object.keys(ENTRY_SCHEMAS[kind]).map(Number);
    const frozen = new Set(golden.entries.filter((vector) => vector.kind === kind).map(({ version }) => version));
    expect([...frozen], `${kind} in entries.json`).toEqual(versions);
    const rows = text.match(new RegExp(`^\\| \`${kind}\` \\| ${versions.join(', ')} \\| .+\\|$`, 'gm'));
    expect(rows, `a row for ${kind}, versions ${versions.join(', ')}, in docs/ledger.md`).toHaveLength(1);
  }
});

test('what a later Forebay may write is refused in words, and never taken for something else', () => {
  const [first] = entries;
  const entry = first?.entry as Entry;
  const reading = entries.find(({ kind }) => kind === 'reading')?.entry as Entry;
  const later: readonly [object, string][] = [
    [{ ...entry, v: 2 }, 'is an entry of version 2'],
    [{ ...entry, kind: 'oracle' }, 'is of the unknown kind "oracle"'],
    [{ ...entry, kind: 'toString' }, 'is of the unknown kind "toString"'],
    [{ ...entry, body: { ...entry.body, v: 2 } }, 'is a genesis of version 2'],
    [{ ...entry, body: { ...entry.body, v: '1' } }, 'is a genesis of version "1"'],
    [{ ...reading, body: { ...reading.body, reading: { v: 2 } } }, 'is a reading of version 2'],
  ];
  for (const [value, words] of later) expect(futureOf(value as Entry)).toBe(words);
});
