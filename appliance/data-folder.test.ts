import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { writeEncryption } from '../core/store/encryption-setting.ts';
import { holdInstanceLock } from '../core/store/instance-lock.ts';
import { openStore } from '../core/store/open-store.ts';
import { openDataFolder } from './data-folder.ts';
import { findRunning, readRunFile, removeRunFile, writeRunFile } from './run-file.ts';

const base = mkdtempSync(join(tmpdir(), 'forebay-folder-'));
afterAll(() => rmSync(base, { recursive: true }));
const modeOf = (path: string): number => statSync(path).mode & 0o777;

describe('openDataFolder', () => {
  it('makes every folder for its owner only', () => {
    const folder = openDataFolder(join(base, 'a', 'plant'));
    expect(folder.storePath).toBe(join(base, 'a', 'plant', 'ledger.db'));
    for (const path of [folder.root, folder.keysFolder, folder.logsFolder, folder.runFolder]) {
      expect(modeOf(path)).toBe(0o700);
    }
  });

  it('leaves the rights of a folder that is there', () => {
    const root = openDataFolder(join(base, 'b')).root;
    chmodSync(root, 0o750);
    openDataFolder(root);
    expect(modeOf(root)).toBe(0o750);
  });

  it.each([
    ['a file in its place', () => `${withFile(base)}`],
    ['a file above it', () => `${withFile(base)}/plant`],
    ['a place where nothing can be created', () => '/proc/forebay'],
  ])('says in a sentence that it cannot use %s', (_what, path) => {
    expect(() => openDataFolder(path())).toThrow(expect.objectContaining({ code: 'APP_DATA_FOLDER', exitCode: 2 }));
  });
});

it('holds what docs/ledger.md lists, and nothing else', () => {
  const folder = openDataFolder(join(base, 'listed'));
  const lock = holdInstanceLock(folder.root);
  const store = openStore(folder.storePath, { access: 'write' });
  // What a folder has whose store was encrypted once, and is in clear again.
  writeEncryption(folder.root, { store: basename(folder.storePath), key: null });
  const held = readdirSync(folder.root, { withFileTypes: true })
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .filter((name) => !/-(wal|shm|journal)$/.test(name));
  store.close();
  lock.release();
  const page = readFileSync(new URL('../docs/ledger.md', import.meta.url), 'utf8');
  const section = page.split('\n## ').find((part) => part.startsWith('Data folder\n')) ?? '';
  const listed = [...section.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name);
  expect(listed.toSorted()).toEqual(held.toSorted());
  expect(page).toContain(`One SQLite file, \`${basename(folder.storePath)}\``);
});

describe('the run file', () => {
  const folder = openDataFolder(join(base, 'run'));
  const content = { pid: process.pid, url: 'http://127.0.0.1:9', localToken: 'secret' };

  it('is whole, for its owner only, and goes when the appliance stops', () => {
    writeRunFile(folder, content);
    expect(readRunFile(folder)).toEqual(content);
    expect(modeOf(join(folder.runFolder, 'appliance.json'))).toBe(0o600);
    removeRunFile(folder);
    expect(readRunFile(folder)).toBeUndefined();
  });

  it('of another process is left alone', () => {
    writeRunFile(folder, { ...content, pid: 1 });
    removeRunFile(folder);
    expect(readRunFile(folder)?.pid).toBe(1);
  });

  it('says nothing when its process is gone or does not answer', async () => {
    writeRunFile(folder, { ...content, pid: 2 ** 22 + 1 });
    expect(await findRunning(folder)).toBeUndefined();
    writeRunFile(folder, content);
    expect(await findRunning(folder)).toBeUndefined();
    writeFileSync(join(folder.runFolder, 'appliance.json'), '{"pid":');
    expect(await findRunning(folder)).toBeUndefined();
  });
});

function withFile(folder: string): string {
  const path = join(folder, 'file');
  writeFileSync(path, '');
  return path;
}
