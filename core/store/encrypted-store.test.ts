import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encryptedFolder, putStoreKey, testStoreKey } from '../../tests/fixtures/encrypted-folder.ts';
import { testGap, testGenesis, testRecorder } from '../../tests/fixtures/ledger.ts';
import { copyStore } from './copy-store.ts';
import { writeEncryption } from './encryption-setting.ts';
import { findRows } from './found-rows.ts';
import type { WritableStore } from './handle.ts';
import { ledgerReader } from './ledger-store.ts';
import { writeNote } from './notes.ts';
import { openStore } from './open-store.ts';
import { readHead } from './store-head.ts';
import { formatStoreKey, parseStoreKey } from './store-key.ts';

const SECRET_WORDS = 'the words that nobody may read';

let base: string;
let root: string;
let path: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'forebay-encrypted-'));
  ({ root, storePath: path } = encryptedFolder(join(base, 'data')));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

function fill(store: WritableStore): void {
  testRecorder(store).record([testGenesis, ...Array.from({ length: 40 }, (_, n) => testGap(n))]);
  // Longer than a page, so that it lies on others too.
  writeNote(store, 'words', JSON.stringify([SECRET_WORDS.repeat(2000)]));
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

const failure = (code: string): unknown => expect.objectContaining({ code, exitCode: 2 });
const reading = (from = path, keysOf?: string) => openStore(from, { access: 'read', keysOf });

describe('an encrypted store', () => {
  it('is read and written like any other, and says with which key it is encrypted', () => {
    const store = openStore(path, { access: 'write' });
    fill(store);
    expect(store.get('PRAGMA synchronous')).toEqual({ synchronous: 2 });
    expect(store.get('SELECT journal_mode FROM pragma_journal_mode')).toEqual({ journal_mode: 'wal' });
    const beside = reading();
    expect(ledgerReader(beside).size()).toBe(41);
    beside.close();
    store.close();
    expect(readHead(path)).toEqual({ kind: 'encrypted', keyId: testStoreKey().id });
    const again = openStore(path, { access: 'write' });
    expect(ledgerReader(again).size()).toBe(41);
    again.close();
  });

  it('has nothing in clear in any file: store, log, copy', () => {
    const store = openStore(path, { access: 'write' });
    fill(store);
    copyStore(path, join(root, 'copy.db'));
    const log = filesBelow(root).filter((file) => file.endsWith('-wal'));
    expect(log).toHaveLength(1);
    for (const file of filesBelow(root)) {
      const bytes = readFileSync(file);
      for (const words of [SECRET_WORDS, 'CREATE TABLE', '"kind":', 'HP-001']) {
        expect(bytes.includes(words), `${file} holds ${words}`).toBe(false);
      }
    }
    store.close();
    expect(readFileSync(path).includes(SECRET_WORDS)).toBe(false);
    const copy = reading(join(root, 'copy.db'), path);
    expect(ledgerReader(copy).size()).toBe(41);
    copy.close();
  });

  it.runIf(process.platform === 'linux')('sorts, and takes back half a statement, without a temporary file', () => {
    const store = openStore(path, { access: 'write' });
    const before = openFiles();
    store.run('CREATE TABLE long_rows (n INTEGER PRIMARY KEY, words TEXT UNIQUE) STRICT');
    const numbers = 'WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 5000)';
    store.run(`INSERT INTO long_rows ${numbers} SELECT n, hex(randomblob(500)) || n FROM numbers`);
    const seen = new Set<string>();
    store.write(() => {
      store.run('UPDATE long_rows SET words = words || 1');
      for (const _ of store.rows('SELECT words FROM long_rows ORDER BY substr(words, 7) LIMIT 3')) {
        for (const file of openFiles()) if (!before.includes(file)) seen.add(file);
      }
    });
    expect([...seen].filter((file) => !file.startsWith(path))).toEqual([]);
    store.close();
  });

  it('gives the same rows to whoever searches its pages, of the file and of the log', () => {
    const clear = join(base, 'clear', 'ledger.db');
    for (const way of [path, clear]) {
      const store = openStore(way, { access: 'write' });
      fill(store);
      copyFileSync(`${way}-wal`, `${way}.log`);
      store.run('PRAGMA wal_checkpoint(TRUNCATE)');
      store.close();
      copyFileSync(`${way}.log`, `${way}-wal`);
    }
    const rows = (way: string) => [...findRows(way)].map((row) => JSON.stringify(row)).toSorted();
    const found = rows(path);
    expect(found.filter((row) => row.includes('"what":"entry"')).length).toBeGreaterThanOrEqual(80);
    expect(found.some((row) => row.includes(SECRET_WORDS))).toBe(true);
    expect(new Set(found)).toEqual(new Set(rows(clear)));
  });

  it('is damaged where a byte was changed, whichever page it is on', () => {
    const store = openStore(path, { access: 'write' });
    fill(store);
    store.close();
    const sound = readFileSync(path);
    for (const at of [0, 9, 200, 8192 + 300, sound.length - 5]) {
      const bytes = Buffer.from(sound);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      writeFileSync(path, bytes);
      const looked = () => {
        const opened = reading();
        try {
          return opened.all('PRAGMA integrity_check');
        } finally {
          opened.close();
        }
      };
      // In the id it could be another key, which is never guessed at.
      const code = at === 9 ? 'STO_KEY_WRONG' : 'STO_DAMAGED';
      expect(looked).toThrow(expect.objectContaining({ code }));
    }
  });
});

function openFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((number) => {
    try {
      const file = readlinkSync(`/proc/self/fd/${number}`);
      return file.startsWith('/') && !file.startsWith('/dev/') ? [file] : [];
    } catch {
      return [];
    }
  });
}

describe.each(['plain', 'encrypted'])('a store that a process has open (%s)', (form) => {
  it.runIf(process.platform === 'linux')('keeps its locks, whatever the process does with other handles of it', () => {
    const own = form === 'encrypted' ? path : join(base, 'clear', 'ledger.db');
    const store = openStore(own, { access: 'write' });
    fill(store);
    const held = locksOn(own);
    expect(held).toHaveLength(1);
    openStore(own, { access: 'read' }).close();
    copyStore(own, join(base, 'copy.db'));
    // Another process would take itself for the last one that has the store open.
    expect(locksOn(own)).toEqual(held);
    store.close();
    expect(locksOn(own)).toEqual([]);
  });
});

/** The kind and the bytes of each lock that this process has on the file. */
function locksOn(file: string): string[] {
  const place = new RegExp(` ${process.pid} [0-9a-f]+:[0-9a-f]+:${statSync(file).ino} `);
  const lines = readFileSync('/proc/locks', 'utf8').split('\n');
  return lines.filter((line) => place.test(line)).map((line) => line.replace(/^\d+: /, ''));
}

describe('a key', () => {
  it('is a line that shows a slip, or 64 hexadecimal digits', () => {
    const line = formatStoreKey(testStoreKey());
    const key = parseStoreKey(` ${line}\r\n`);
    expect(key === undefined ? undefined : formatStoreKey(key)).toBe(line);
    expect(parseStoreKey('01'.repeat(32))?.id).toBe(testStoreKey().id);
    for (const wrong of ['', 'words', `${line}0`, line.slice(0, -1), line.replace(/.$/, '2'), '01'.repeat(31)]) {
      expect(parseStoreKey(wrong), wrong).toBeUndefined();
    }
  });

  const other = testStoreKey(2);
  const keyFile = () => join(root, 'keys', `store-${testStoreKey().id}.key`);

  function begun(): void {
    const store = openStore(path, { access: 'write' });
    fill(store);
    store.close();
  }

  it('that is missing is named, whether there is a store or not yet, and none is begun', () => {
    rmSync(keyFile());
    expect(() => openStore(path, { access: 'write' })).toThrow(failure('STO_KEY_MISSING'));
    expect(readHead(path)).toEqual({ kind: 'absent' });
    putStoreKey({ root }, testStoreKey());
    begun();
    rmSync(keyFile());
    for (const access of ['read', 'write'] as const) {
      const open = () => (access === 'read' ? openStore(path, { access }) : openStore(path, { access }));
      expect(open).toThrow(failure('STO_KEY_MISSING'));
    }
  });

  it('that is another one is named, also in the place of the right one', () => {
    begun();
    writeFileSync(keyFile(), formatStoreKey(other), { mode: 0o600 });
    expect(() => reading()).toThrow(failure('STO_KEY_WRONG'));
    putStoreKey({ root }, testStoreKey());
    putStoreKey({ root }, other);
    writeEncryption(root, { store: 'ledger.db', key: { id: other.id, source: `keys/store-${other.id}.key` } });
    expect(() => reading()).toThrow(failure('STO_KEY_WRONG'));
  });

  it.runIf(process.platform !== 'win32')('that others may read, or that is none, is not used', () => {
    begun();
    chmodSync(keyFile(), 0o640);
    expect(() => reading()).toThrow(failure('STO_KEY_EXPOSED'));
    chmodSync(keyFile(), 0o600);
    writeFileSync(keyFile(), `${formatStoreKey(testStoreKey())}1`);
    expect(() => reading()).toThrow(failure('STO_KEY_UNREADABLE'));
  });

  it('that nobody knows of leaves an encrypted file closed, and one in its folder opens it', () => {
    begun();
    const elsewhere = join(base, 'elsewhere');
    mkdirSync(elsewhere);
    copyFileSync(path, join(elsewhere, 'copy.db'));
    expect(() => reading(join(elsewhere, 'copy.db'))).toThrow(failure('STO_ENCRYPTED'));
    expect(ledgerSize(join(elsewhere, 'copy.db'), path)).toBe(41);
    putStoreKey({ root: elsewhere }, testStoreKey());
    expect(ledgerSize(join(elsewhere, 'copy.db'))).toBe(41);
  });

  it('is of no use to a store in clear that took the place of the encrypted one', () => {
    const clear = join(base, 'clear', 'ledger.db');
    openStore(clear, { access: 'write' }).close();
    copyFileSync(clear, path);
    expect(() => openStore(path, { access: 'write' })).toThrow(failure('STO_NOT_ENCRYPTED'));
  });

  it('may come from the environment or from a credential of the service', () => {
    const { id } = testStoreKey();
    const credentials = join(base, 'credentials');
    mkdirSync(credentials);
    writeFileSync(join(credentials, 'store-key'), '01'.repeat(32), { mode: 0o440 });
    const formerly = { ...process.env };
    try {
      for (const source of ['env:FOREBAY_TEST_STORE_KEY', 'credential:store-key']) {
        writeEncryption(root, { store: 'ledger.db', key: { id, source } });
        expect(() => openStore(path, { access: 'write' })).toThrow(failure('STO_KEY_MISSING'));
        process.env.FOREBAY_TEST_STORE_KEY = formatStoreKey(testStoreKey());
        process.env.CREDENTIALS_DIRECTORY = credentials;
        openStore(path, { access: 'write' }).close();
        expect(readHead(path)).toEqual({ kind: 'encrypted', keyId: id });
        delete process.env.FOREBAY_TEST_STORE_KEY;
        delete process.env.CREDENTIALS_DIRECTORY;
      }
    } finally {
      process.env = formerly;
    }
  });

  it.each(['', '{}', '{"v":2,"store":"ledger.db","key":null}', '{"v":1,"store":"../x","key":null}', 'null'])(
    'is not guessed where the setting says %j',
    (text) => {
      writeFileSync(join(root, 'encryption.json'), text);
      expect(() => openStore(path, { access: 'write' })).toThrow(failure('STO_ENCRYPTION_SETTING'));
    },
  );
});

function ledgerSize(from: string, keysOf?: string): number {
  const store = reading(from, keysOf);
  try {
    return ledgerReader(store).size();
  } finally {
    store.close();
  }
}
