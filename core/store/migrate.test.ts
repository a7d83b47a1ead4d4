import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encryptedFolder, testStoreKey } from '../../tests/fixtures/encrypted-folder.ts';
import { testKey } from '../../tests/fixtures/ledger.ts';
import { fixturePath } from '../../tests/fixtures/stores/write-store-fixture.ts';
import { fsck } from '../ledger/fsck.ts';
import { ledgerReader } from './ledger-store.ts';
import { MIGRATIONS, migrate, schemaVersion } from './migrate.ts';
import { openStore } from './open-store.ts';
import { recodeStore } from './recode-store.ts';
import { SqliteStore } from './sqlite-store.ts';
import { PLAIN_FORM } from './store-form.ts';
import { readHead } from './store-head.ts';

const VERSIONS = MIGRATIONS.map(({ version }) => version);
const NEWEST = VERSIONS.at(-1) ?? 0;
let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forebay-migrate-'));
  path = join(folder, 'ledger.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The store as schema `version` wrote it. */
function makeOld(version: number): void {
  const database = new Database(path);
  database.exec(readFileSync(fixturePath(version), 'utf8'));
  database.close();
}

/** What every table is made of, however it came to be. */
function shapeOf(file: string): unknown {
  const database = new Database(file, { readonly: true });
  try {
    const objects = database.prepare(
      "SELECT type, name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name",
    );
    return objects.all().map((object) => {
      const { type, name } = object as { type: string; name: string };
      const columns = database.pragma(type === 'index' ? `index_xinfo(${name})` : `table_info(${name})`) as object[];
      return {
        type,
        name,
        columns: columns
          .map((column) => ({ ...column, cid: 0 }))
          .map((column) => JSON.stringify(column))
          .sort(),
      };
    });
  } finally {
    database.close();
  }
}

describe('a store of an older schema', () => {
  it.each(VERSIONS)('of number %i becomes the newest, whole, and the same as a new one', (version) => {
    makeOld(version);
    const store = openStore(path, { access: 'write' });
    expect(schemaVersion(store)).toBe(NEWEST);
    const report = fsck(ledgerReader(store), { verifierKey: testKey.verifierKey });
    // Before projections were, rows for queries were not; they are computed anew from the entries.
    if (version >= 20) expect(report).toMatchObject({ ok: true, entries: 4, readings: 2, gaps: 1 });
    else expect(report.firstBad).toMatchObject({ code: 'LED_FSCK_PROJECTION' });
    store.close();
    const fresh = join(folder, 'fresh.db');
    openStore(fresh, { access: 'write' }).close();
    expect(shapeOf(path)).toEqual(shapeOf(fresh));
  });

  it('is brought up to date encrypted as in clear', () => {
    makeOld(90);
    const data = encryptedFolder(join(folder, 'data')).storePath;
    recodeStore({ from: path, fromForm: PLAIN_FORM, to: data, toForm: { key: testStoreKey() } });
    const store = openStore(data, { access: 'write' });
    expect(schemaVersion(store)).toBe(NEWEST);
    expect(fsck(ledgerReader(store), { verifierKey: testKey.verifierKey })).toMatchObject({ ok: true, entries: 4 });
    store.close();
    expect(readHead(data)).toMatchObject({ kind: 'encrypted' });
  });

  it.each(VERSIONS.slice(1))(
    'stays as it was when the step to number %i breaks off, and goes on the next time',
    (version) => {
      const before = VERSIONS[VERSIONS.indexOf(version) - 1] ?? 0;
      makeOld(before);
      const shape = shapeOf(path);
      const database = new Database(path);
      const broken = MIGRATIONS.map((step) =>
        step.version !== version
          ? step
          : {
              version,
              apply: (write: SqliteStore) => {
                step.apply(write);
                throw new Error('the power is gone');
              },
            },
      );
      expect(() => migrate(new SqliteStore(database, path), broken as typeof MIGRATIONS)).toThrow('the power is gone');
      database.close();
      expect(shapeOf(path)).toEqual(shape);
      const store = openStore(path, { access: 'write' });
      expect(schemaVersion(store)).toBe(NEWEST);
      store.close();
    },
  );

  it('of a later Forebay is refused and left alone', () => {
    makeOld(NEWEST);
    const database = new Database(path);
    database.pragma(`user_version = ${NEWEST + 5}`);
    database.close();
    const bytes = readFileSync(path);
    for (const access of ['write', 'read'] as const) {
      expect(() => openStore(path, { access } as { access: 'write' })).toThrow(
        expect.objectContaining({ code: 'STO_FROM_FUTURE', exitCode: 4 }),
      );
    }
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  it('goes up by tens, and a step once numbered keeps its number', () => {
    expect(VERSIONS).toEqual([...VERSIONS].sort((a, b) => a - b));
    expect(VERSIONS.slice(0, 9)).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90]);
  });
});
