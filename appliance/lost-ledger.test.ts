import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ledgerReader } from '../core/store/ledger-store.ts';
import { openStore } from '../core/store/open-store.ts';
import { copyKeys, FIRST_MS, openTestFolder } from '../tests/fixtures/data-folder.ts';
import { makeBackup } from './backup/make-backup.ts';
import { type RestoreJob, restoreBackup } from './backup/restore-backup.ts';
import { type DataFolder, openDataFolder } from './data-folder.ts';
import { markLedger, refuseBegunAnew } from './lost-ledger.ts';
import { findDamage } from './salvage/find-damage.ts';
import { mendStore } from './salvage/mend-store.ts';

const clock = { wallMs: () => FIRST_MS };
const lost = expect.objectContaining({ code: 'STO_LEDGER_LOST', exitCode: 4 });
let base: string;
let folder: DataFolder;
let backup: string;
let genesis: string;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'forebay-lost-'));
  const made = openTestFolder(join(base, 'data'));
  folder = made.folder;
  made.recordGaps(0, 5);
  const { storePath } = folder;
  backup = makeBackup({ storePath, out: join(base, 'backup.db'), program: '0.1.0', nowMs: FIRST_MS }).path;
  markLedger(folder, made.store);
  genesis = Buffer.from(ledgerReader(made.store).nodeHash(0, 0) ?? []).toString('hex');
  made.store.close();
});
afterEach(() => rmSync(base, { recursive: true }));

function removeStore(): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${folder.storePath}${suffix}`, { force: true });
}

function restore(existing: RestoreJob['existing'], dataFolder = folder.root) {
  return restoreBackup({ file: backup, dataFolder, by: 'asha', clock, existing });
}

it('marks the keys with the ledger that they belong to', () => {
  expect(readFileSync(join(folder.keysFolder, 'ledger.id'), 'utf8')).toBe(`${genesis}\n`);
  expect(findDamage(folder)).toBeUndefined();
});

it.each(['device.key', 'ledger.id', undefined])(
  'begins no second ledger where the first is gone (without %s)',
  (name) => {
    removeStore();
    if (name !== undefined) rmSync(join(folder.keysFolder, name));
    expect(() => mendStore({ folder, backupFolder: undefined, clock, tell: () => {} })).toThrow(lost);
    expect(existsSync(folder.storePath)).toBe(false);
    restore('refuse');
    expect(findDamage(folder)).toBeUndefined();
  },
);

it('begins one where keys and ledger were moved away', () => {
  removeStore();
  rmSync(folder.keysFolder, { recursive: true });
  expect(findDamage(folder)).toBeUndefined();
});

it('begins none in a store that was put there anew', () => {
  removeStore();
  const store = openStore(folder.storePath, { access: 'write' });
  expect(() => refuseBegunAnew(folder, store)).toThrow(lost);
  rmSync(join(folder.keysFolder, 'ledger.id'));
  // A power cut during the very first start leaves a key and a store without an entry.
  expect(() => refuseBegunAnew(folder, store)).not.toThrow();
  store.close();
});

it.each(['refuse', 'set-aside'] as const)('puts a backup in the place of an empty file (%s)', (existing) => {
  removeStore();
  openStore(folder.storePath, { access: 'write' }).close();
  truncateSync(folder.storePath, 0);
  expect(() => openStore(folder.storePath, { access: 'read' })).toThrow(expect.objectContaining({ code: 'STO_EMPTY' }));
  expect(() => mendStore({ folder, backupFolder: undefined, clock, tell: () => {} })).toThrow(lost);
  const { setAside } = restore(existing);
  expect(readdirSync(setAside ?? '')).toContain('ledger.db');
  expect(findDamage(folder)).toBeUndefined();
  const store = openStore(folder.storePath, { access: 'read' });
  expect(ledgerReader(store).size()).toBe(7);
  store.close();
});

it('lets the key come before the restore', () => {
  const other = openDataFolder(join(base, 'new-pc'));
  copyKeys(folder, other);
  expect(() => findDamage(other)).toThrow(lost);
  expect(restore('refuse', other.root)).toMatchObject({ entry: 'recorded' });
  expect(findDamage(other)).toBeUndefined();
});
