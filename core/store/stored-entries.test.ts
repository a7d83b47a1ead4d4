import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/** Bytes of entries are read here, and by steps of the schema that come before there were blocks. */
const READERS = [
  'core/store/stored-entries.ts',
  'core/store/packed-run.ts',
  'core/store/pack-entries.ts',
  'core/store/migrations/0060-gap-treatments.ts',
  'core/store/migrations/0080-fingerprints.ts',
];

test('no other statement reads the bytes of entries: those of a packed one are not in its row', () => {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const found = ['core', 'appliance', 'drivers', 'electron'].flatMap((folder) =>
    readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.includes('.test'))
      .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
      .filter((name) => readsBytes(readFileSync(`${root}${name}`, 'utf8'))),
  );
  expect(found.toSorted()).toEqual(READERS.toSorted());
});

/** Whether a statement selects a column of that name, and entries stand where it selects from. */
function readsBytes(source: string): boolean {
  return /SELECT\b[^;]{0,400}\bbytes\b[^;]{0,400}\b(?:FROM|JOIN) entries\b/.test(source);
}
