import { expect, test } from 'vitest';
import { ENTRY_KINDS, type Entry } from '../../core/ledger/entry.ts';
import { leafHash } from '../../core/ledger/merkle.ts';
import { canonicalizeEntry } from '../../core/ledger/recorder.ts';
import golden from './store-entries.json' with { type: 'json' };

const KINDS = ['restore', 'samples'] as const;

test('entries about the store itself are frozen', () => {
  for (const { entry, canonical, leafHash: leaf } of golden.entries) {
    expect(canonicalizeEntry(entry as unknown as Entry)).toBe(canonical);
    expect(Buffer.from(leafHash(Buffer.from(canonical, 'utf8'))).toString('hex')).toBe(leaf);
  }
  expect(new Set(golden.entries.map(({ entry }) => entry.kind))).toEqual(new Set(KINDS));
  expect(ENTRY_KINDS).toEqual(expect.arrayContaining([...KINDS]));
});
