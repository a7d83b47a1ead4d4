import { randomBytes } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../../core/model/failure.ts';
import { readEncryption, writeEncryption } from '../../core/store/encryption-setting.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import { openStore } from '../../core/store/open-store.ts';
import { recodeStore } from '../../core/store/recode-store.ts';
import { formOf, PLAIN_FORM } from '../../core/store/store-form.ts';
import { readHead } from '../../core/store/store-head.ts';
import { benchReading } from '../../tests/bench/ledger-readings.ts';
import { copyKeys, FIRST_MS, openTestFolder } from '../../tests/fixtures/data-folder.ts';
import { encryptedFolder, putStoreKey, testStoreKey } from '../../tests/fixtures/encrypted-folder.ts';
import { rootOf } from '../backup/compare-ledgers.ts';
import { makeBackup } from '../backup/make-backup.ts';
import { restoreBackup } from '../backup/restore-backup.ts';
import { type DataFolder, openDataFolder } from '../data-folder.ts';
import { findDamage } from '../salvage/find-damage.ts';
import { mendStore } from '../salvage/mend-store.ts';
import { readSealed } from '../salvage/sealed-lines.ts';
import { changeEncryption, type EncryptionJob } from './change-encryption.ts';
import { otherStores } from './other-stores.ts';

let base: string;
let folder: DataFolder;
let ledgerRoot: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'forebay-encryption-'));
  const made = openTestFolder(join(base, 'data'));
  ({ folder } = made);
  made.recorder.record(Array.from({ length: 30 }, (_, n) => benchReading(n, made.key)));
  made.store.close();
  ledgerRoot = rootAt(folder.storePath);
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

function rootAt(path: string, keysOf?: string): string {
  const store = openStore(path, { access: 'read', keysOf });
  try {
    const reader = ledgerReader(store);
    return rootOf(reader, Math.min(31, reader.size()));
  } finally {
    store.close();
  }
}

function change(what: EncryptionJob['change'], more: Partial<EncryptionJob> = {}) {
  return changeEncryption({ folder, change: what, nowMs: FIRST_MS, randomBytes, ...more });
}

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return error instanceof Failure ? error.code : String(error);
  }
}

function changeEncryptionBack(to: string): void {
  recodeStore({ from: folder.storePath, fromForm: formOf(folder.storePath), to, toForm: PLAIN_FORM });
}

/** What lies in the data folder beside what always does. */
function strays(): string[] {
  const usual = /^(?:drivers|encryption\.json|instance\.lock|keys|ledger\.db(?:-wal|-shm)?|logs|run|secrets)$/;
  return readdirSync(folder.root).filter((name) => !usual.test(name));
}

describe('a change of the encryption', () => {
  it('turns it on, takes another key, and turns it off; the ledger stays what it is, and nothing is left over', () => {
    expect(readFileSync(folder.storePath).includes('"kind":"reading"')).toBe(true);
    const on = change('on');
    expect(on).toMatchObject({ entries: 31, formerKey: null });
    expect(readHead(folder.storePath)).toEqual({ kind: 'encrypted', keyId: on.key?.id });
    expect(readFileSync(folder.storePath).includes('"kind":"reading"')).toBe(false);
    expect(statSync(folder.storePath).mode & 0o077).toBe(0);
    const other = change('change');
    expect(other.formerKey).toEqual(on.key);
    expect(readHead(folder.storePath)).toEqual({ kind: 'encrypted', keyId: other.key?.id });
    expect(rootAt(folder.storePath)).toBe(ledgerRoot);
    expect(change('off')).toMatchObject({ key: null, formerKey: other.key });
    expect(readHead(folder.storePath)).toEqual({ kind: 'plain' });
    expect(rootAt(folder.storePath)).toBe(ledgerRoot);
    expect(strays()).toEqual([]);
    expect(existsSync(join(folder.root, 'encryption.json'))).toBe(false);
  });

  it('says so where there is nothing to change, and changes nothing', () => {
    expect(codeOf(() => change('off'))).toBe('STO_ENCRYPTION_SAME');
    expect(codeOf(() => change('change'))).toBe('STO_ENCRYPTION_SAME');
    change('on');
    expect(codeOf(() => change('on'))).toBe('STO_ENCRYPTION_SAME');
  });

  it('needs room for a second file, and a key where one was named', () => {
    const before = readFileSync(folder.storePath);
    expect(codeOf(() => change('on', { freeBytes: () => 100_000 }))).toBe('STO_ENCRYPTION_ROOM');
    expect(codeOf(() => change('on', { source: 'keys/mine.key' }))).toBe('STO_KEY_MISSING');
    expect(readFileSync(folder.storePath).equals(before)).toBe(true);
    expect(readEncryption(folder.root)).toBeUndefined();
    writeFileSync(join(folder.keysFolder, 'mine.key'), '01'.repeat(32), { mode: 0o600 });
    expect(change('on', { source: 'keys/mine.key' }).key).toEqual({ id: testStoreKey().id, source: 'keys/mine.key' });
    expect(rootAt(folder.storePath)).toBe(ledgerRoot);
  });

  it('that finds the same key in another place only notes the place', () => {
    const { key } = change('on');
    const { ino } = statSync(folder.storePath);
    const own = join(folder.root, key?.source ?? '');
    const source = join(base, 'moved.key');
    renameSync(own, source);
    // Without the key nothing is begun, not even to name another place.
    expect(codeOf(() => change('change', { source }))).toBe('STO_KEY_MISSING');
    renameSync(source, own);
    writeFileSync(source, readFileSync(own), { mode: 0o600 });
    expect(change('change', { source }).key).toEqual({ id: key?.id, source });
    rmSync(own);
    expect(statSync(folder.storePath).ino).toBe(ino);
    expect(rootAt(folder.storePath)).toBe(ledgerRoot);
  });

  it('encrypts a ledger that is yet to begin', () => {
    folder = openDataFolder(join(base, 'new'));
    const { key } = change('on');
    openTestFolder(folder.root).store.close();
    expect(readHead(folder.storePath)).toEqual({ kind: 'encrypted', keyId: key?.id });
  });

  // All others are cut in tests/fault/disk.
  const STEPS = ['kept', 'synced', 'placed'] as const;
  it.each(STEPS)('that fails in the middle, after the step "%s", is taken back or done', (at) => {
    for (const what of ['on', 'change', 'off'] as const) {
      const former = readHead(folder.storePath);
      const fail = (step: string): void => {
        if (step === at) throw new Error('it failed');
      };
      expect(codeOf(() => change(what, { afterStep: fail }))).toBe('Error: it failed');
      expect(rootAt(folder.storePath)).toBe(ledgerRoot);
      expect(findDamage(folder)).toBeUndefined();
      if (at !== 'placed') expect(readHead(folder.storePath)).toEqual(former);
      expect(readEncryption(folder.root)?.changing).toBeUndefined();
      expect(strays()).toEqual([]);
      // A key that took its place before it failed is in force.
      if (at !== 'placed') change(what);
      expect(rootAt(folder.storePath)).toBe(ledgerRoot);
    }
  });

  it('that was cut off before the former file went, with a destroyed beginning, is saved from both files', () => {
    const on = change('on');
    writeEncryption(folder.root, { store: 'ledger.db', key: null, changing: { key: on.key, aside: 'before-x' } });
    mkdirSync(join(folder.root, 'before-x'));
    const bytes = readFileSync(folder.storePath);
    changeEncryptionBack(join(folder.root, 'before-x', 'ledger.db'));
    writeFileSync(folder.storePath, bytes.fill(0, 0, bytes.length / 2));
    // What others put beside the former file stays.
    writeFileSync(join(folder.root, 'before-x', 'notes.txt'), 'x');
    const clock = { wallMs: () => FIRST_MS };
    expect(mendStore({ folder, backupFolder: undefined, clock, tell: () => {} })).toMatchObject({ size: 31 });
    expect(rootAt(folder.storePath)).toBe(ledgerRoot);
    expect(readHead(folder.storePath)).toEqual({ kind: 'encrypted', keyId: on.key?.id });
    expect(findDamage(folder)).toBeUndefined();
    expect(readEncryption(folder.root)).toEqual({ store: 'ledger.db', key: on.key, v: 1 });
    expect(readdirSync(join(folder.root, 'before-x'))).toEqual(['notes.txt']);
  });

  it('goes on in its new form whatever is done once the former file went and before the key was noted', () => {
    const { path } = makeBackup({ storePath: folder.storePath, out: `${base}/`, program: '0', nowMs: FIRST_MS });
    const { key } = change('on');
    const changing = { key, aside: 'before-x', isPlaced: true } as const;
    writeEncryption(folder.root, { store: 'ledger.db', key: null, changing });
    const clock = { wallMs: () => FIRST_MS };
    const other = join(base, 'other');
    cpSync(folder.root, other, { recursive: true });
    const restored = { file: path, dataFolder: other, by: 'test', clock, existing: 'set-aside' } as const;
    expect(restoreBackup(restored)).toMatchObject({ isDeciphered: false });
    expect(readHead(join(other, 'ledger.db'))).toEqual({ kind: 'encrypted', keyId: key?.id });
    expect(readEncryption(other)).toEqual({ store: 'ledger.db', key, v: 1 });
    writeFileSync(folder.storePath, readFileSync(folder.storePath).fill(0, 0, 8192));
    expect(mendStore({ folder, backupFolder: undefined, clock, tell: () => {} })).toMatchObject({ size: 31 });
    expect(readHead(folder.storePath)).toEqual({ kind: 'encrypted', keyId: key?.id });
    expect(readEncryption(folder.root)).toEqual({ store: 'ledger.db', key, v: 1 });
  });

  it('keeps the former file where the store does not hold all of it any more', () => {
    const { path } = makeBackup({ storePath: folder.storePath, out: `${base}/`, program: '0', nowMs: FIRST_MS });
    const grown = openTestFolder(folder.root);
    grown.recordGaps(0, 3);
    grown.store.close();
    const { key } = change('on');
    mkdirSync(join(folder.root, 'before-x'));
    changeEncryptionBack(join(folder.root, 'before-x', 'ledger.db'));
    writeEncryption(folder.root, { store: 'ledger.db', key: null, changing: { key, aside: 'before-x' } });
    writeFileSync(folder.storePath, Buffer.alloc(20_000, 1));
    const clock = { wallMs: () => FIRST_MS };
    restoreBackup({ file: path, dataFolder: folder.root, by: 'test', clock, existing: 'set-aside' });
    expect(findDamage(folder)).toBeUndefined();
    expect(readEncryption(folder.root)).toEqual({ store: 'ledger.db', key, v: 1 });
    expect(readHead(folder.storePath)).toEqual({ kind: 'encrypted', keyId: key?.id });
    const former = openStore(join(folder.root, 'before-x', 'ledger.db'), { access: 'read' });
    expect(ledgerReader(former).size()).toBe(34);
    former.close();
  });

  it('lists what is still in clear beside it', () => {
    const { path } = makeBackup({ storePath: folder.storePath, out: `${base}/`, program: '0', nowMs: FIRST_MS });
    const { key } = change('on');
    const later = makeBackup({
      storePath: folder.storePath,
      out: join(base, 'later.db'),
      program: '0',
      nowMs: FIRST_MS,
    });
    expect(otherStores(folder.root, base)).toEqual([
      { path, keyId: null },
      { path: later.path, keyId: key?.id },
    ]);
  });
});

describe('a backup', () => {
  const backup = () =>
    makeBackup({ storePath: folder.storePath, out: join(base, 'b.db'), program: '0.1.0', nowMs: FIRST_MS }).path;
  const restore = (file: string, to: DataFolder) =>
    restoreBackup({ file, dataFolder: to.root, by: 'test', clock: { wallMs: () => FIRST_MS }, existing: 'refuse' });

  it('of an encrypted store is encrypted, and stays so in a new folder that has the key', () => {
    const { key } = change('on');
    const file = backup();
    expect(readHead(file)).toEqual({ kind: 'encrypted', keyId: key?.id });
    const target = openDataFolder(join(base, 'target'));
    expect(codeOf(() => restore(file, target))).toBe('STO_ENCRYPTED');
    expect(existsSync(target.storePath)).toBe(false);
    writeFileSync(join(target.root, key?.source ?? ''), readFileSync(join(folder.root, key?.source ?? '')), {
      mode: 0o600,
    });
    expect(restore(file, target)).toMatchObject({ size: 31 });
    expect(readEncryption(target.root)?.key).toEqual(key);
    expect(rootAt(target.storePath)).toBe(ledgerRoot);
  });

  it('stays encrypted over an encrypted store whose folder says nothing of it, as after a copy by hand', () => {
    const { key } = change('on');
    const file = backup();
    rmSync(join(folder.root, 'encryption.json'));
    const clock = { wallMs: () => FIRST_MS };
    const job = { file, dataFolder: folder.root, by: 'test', clock, existing: 'set-aside' } as const;
    const asides = [restoreBackup(job), restoreBackup(job)].map(({ setAside }) => setAside);
    expect(readHead(folder.storePath)).toEqual({ kind: 'encrypted', keyId: key?.id });
    expect(readEncryption(folder.root)?.key).toEqual(key);
    // Two in the same second, as on a clock that stands, keep both of what was there.
    expect(new Set(asides).size).toBe(2);
    expect(asides.map((aside) => existsSync(join(aside ?? '', 'ledger.db')))).toEqual([true, true]);
  });

  it.each(['clear', 'former key'])('in %s takes the form that the folder has', (of) => {
    if (of !== 'clear') change('on');
    const file = backup();
    const target = encryptedFolder(join(base, 'target'), testStoreKey(7));
    copyKeys(folder, target);
    if (of !== 'clear') {
      const source = readEncryption(folder.root)?.key?.source ?? '';
      writeFileSync(join(target.root, source), readFileSync(join(folder.root, source)), { mode: 0o600 });
    }
    expect(restore(file, target)).toMatchObject({ size: 31, entry: 'recorded' });
    expect(readHead(target.storePath)).toEqual({ kind: 'encrypted', keyId: testStoreKey(7).id });
    expect(rootAt(target.storePath)).toBe(ledgerRoot);
  });
});

describe('a start', () => {
  const mend = (backupFolder?: string) =>
    mendStore({ folder, backupFolder, clock: { wallMs: () => FIRST_MS }, tell: () => {} });

  it.each([
    ['without the key', 'STO_KEY_MISSING', (path: string) => rmSync(path)],
    [
      'with another key',
      'STO_KEY_WRONG',
      () => {
        const { store } = readEncryption(folder.root) ?? {};
        putStoreKey(folder, testStoreKey(3));
        expect(store).toBe('ledger.db');
      },
    ],
    ['with a broken key', 'STO_KEY_UNREADABLE', (path: string) => writeFileSync(path, 'nothing')],
  ])('%s salvages nothing and begins nothing, also beside a backup and after damage was noted', (_, code, spoil) => {
    makeBackup({ storePath: folder.storePath, out: `${base}/`, program: '0', nowMs: FIRST_MS });
    const { key } = change('on');
    const path = join(folder.root, key?.source ?? '');
    spoil(path);
    if (code === 'STO_KEY_WRONG') {
      const wrong = testStoreKey(3).id;
      writeFileSync(path, readFileSync(join(folder.keysFolder, `store-${wrong}.key`)));
    }
    writeFileSync(join(folder.root, 'ledger.damaged'), '{"code":"STO_DAMAGED","message":"x"}');
    const before = readFileSync(folder.storePath);
    expect(codeOf(() => mend(base))).toBe(code);
    // Not even where the head of the file is destroyed as well.
    writeFileSync(folder.storePath, Buffer.concat([Buffer.alloc(4096), before.subarray(4096)]));
    expect(codeOf(() => mend(base))).toBe(code);
    expect(strays()).toEqual(['ledger.damaged']);
  });

  it('saves what can be saved of a damaged encrypted store, and keeps nothing of it in clear', () => {
    const { key } = change('on');
    const sound = readFileSync(folder.storePath);
    sound.fill(0, 0, 8192);
    writeFileSync(folder.storePath, sound);
    const report = mend();
    expect(report).toMatchObject({ size: 31, beyond: 0 });
    expect(rootAt(folder.storePath)).toBe(ledgerRoot);
    expect(readHead(folder.storePath)).toEqual({ kind: 'encrypted', keyId: key?.id });
    for (const file of readdirSync(folder.root, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      expect(readFileSync(join(file.parentPath, file.name)).includes('"kind":"reading"'), file.name).toBe(false);
    }
  });

  it('seals the entries beyond a hole, and whoever has the key opens them', () => {
    const { key } = change('on');
    const bytes = readFileSync(folder.storePath);
    // Every second page from the middle on, and the head.
    for (let at = 0; at < bytes.length; at += 8192) {
      const isHit = at === 0 || (at > bytes.length / 2 && (at / 8192) % 3 === 0);
      if (isHit) bytes.fill(0, at, at + 8192);
    }
    writeFileSync(folder.storePath, bytes);
    const report = mend();
    if (report === undefined) throw new Error('it is damaged');
    expect(report.size).toBeLessThan(31);
    const sealed = join(report.setAside, 'beyond.ndjson.sealed');
    expect(existsSync(join(report.setAside, 'beyond.ndjson'))).toBe(false);
    const lines = [...readSealed(sealed, () => keyIn(key?.source ?? ''))].join('').split('\n').filter(Boolean);
    expect(lines).toHaveLength(report.beyond);
    expect(report.beyond).toBeGreaterThan(0);
    for (const line of lines) expect(JSON.parse(line).index).toBeGreaterThanOrEqual(report.size);
    const text = readFileSync(sealed);
    for (const spoiled of [
      text.subarray(0, -1),
      text.subarray(0, 36),
      Buffer.concat([text.subarray(0, -1), Buffer.from([(text.at(-1) ?? 0) ^ 1])]),
    ]) {
      writeFileSync(sealed, spoiled);
      expect(codeOf(() => [...readSealed(sealed, () => keyIn(key?.source ?? ''))])).toBe('STO_SEALED_FILE');
    }
  });
});

function keyIn(source: string) {
  const [, id = '', hex = ''] = readFileSync(join(folder.root, source), 'utf8').trim().split(' ');
  return { id, secret: Buffer.from(hex, 'hex') };
}
