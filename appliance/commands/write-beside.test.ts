import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Failure } from '../../core/model/failure.ts';
import { createApiKey, listApiKeys, revokeApiKey } from '../../core/store/api-keys.ts';
import { openStore } from '../../core/store/open-store.ts';
import { FIRST_MS, openTestFolder } from '../../tests/fixtures/data-folder.ts';
import type { DataFolder } from '../data-folder.ts';
import { changeEncryption } from '../encryption/change-encryption.ts';
import { writeBeside } from './write-beside.ts';

let base: string;
let folder: DataFolder;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'forebay-write-beside-'));
  const made = openTestFolder(join(base, 'data'));
  ({ folder } = made);
  made.store.close();
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

function keys(): readonly (readonly [string, boolean])[] {
  const store = openStore(folder.storePath, { access: 'read' });
  try {
    return listApiKeys(store).map(({ name, revokedAtMs }) => [name, revokedAtMs !== null] as const);
  } finally {
    store.close();
  }
}

function create(name: string, within: () => void = () => {}): string {
  return writeBeside(folder, (write) => {
    within();
    return createApiKey(write, { name, role: 'viewer', nowMs: FIRST_MS }, randomBytes).id;
  });
}

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return error instanceof Failure ? error.code : String(error);
  }
}

test('what is written to a store is there, and nothing is written that a change of the encryption would lose', () => {
  const id = create('before');
  const codes: (string | undefined)[] = [];
  changeEncryption({
    folder,
    change: 'on',
    nowMs: FIRST_MS,
    randomBytes: (count) => {
      // Once the store was looked at, and before anything says that it changes.
      create('meanwhile');
      return randomBytes(count);
    },
    onPhase: (phase) => {
      if (phase !== 'exchange') return;
      codes.push(codeOf(() => create('lost')));
      codes.push(codeOf(() => writeBeside(folder, (write) => revokeApiKey(write, id, FIRST_MS))));
    },
  });
  expect(codes).toEqual(['STO_EXCHANGED', 'STO_EXCHANGED']);
  create('after');
  expect(keys().toSorted()).toEqual([
    ['after', false],
    ['before', false],
    ['meanwhile', false],
  ]);
});

test('nothing is written to a file that another one has taken the place of', () => {
  const copy = join(base, 'copy.db');
  copyFileSync(folder.storePath, copy);
  expect(codeOf(() => create('lost', () => renameSync(copy, folder.storePath)))).toBe('STO_EXCHANGED');
  expect(keys()).toEqual([]);
});
