import { createRequire } from 'node:module';
import Database from 'better-sqlite3';
import { Failure } from '../model/failure.ts';
import type { StoreForm } from './store-form.ts';
import { headFor } from './store-head.ts';
import type { StoreKey } from './store-key.ts';

export type SqliteDatabase = Database.Database;
export type SqliteOptions = Database.Options;

/** The same interface with a cipher between SQLite and its files (SQLite3 Multiple Ciphers). */
type CipherDatabase = Database.Database & { key(passphrase: Buffer): number };
type CipherConstructor = new (path: string, options?: SqliteOptions) => CipherDatabase;

const CIPHER = 'chacha20';

/**
 * Opens a file in the form that it has. The build of SQLite with ciphers is loaded with the first encrypted store and
 * never without one.
 *
 * In a process one file is only ever open in one of the two builds: a build that closes a file drops the locks that
 * the other holds on it (POSIX advisory locks, see SQLite's "How To Corrupt", section 2.2.1).
 */
export function openDatabase(path: string, { key }: StoreForm, options: SqliteOptions = {}): SqliteDatabase {
  if (key === undefined) return new Database(path, options);
  const database = openWithCiphers(path, options);
  try {
    return unlock(database, key);
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Opens a file that is not encrypted in the build that has ciphers, to attach encrypted ones to it.
 *
 * @throws Failure `STO_CIPHER_ABSENT`, or as SQLite does.
 */
export function openWithCiphers(path: string, options: SqliteOptions = {}): CipherDatabase {
  const database = construct(path, options);
  database.pragma(`cipher = '${CIPHER}'`);
  // SQLite's temporary files would hold rows in clear.
  database.pragma('temp_store = MEMORY');
  return database;
}

const NOT_LOADED: ReadonlySet<unknown> = new Set(['MODULE_NOT_FOUND', 'ERR_DLOPEN_FAILED']);

/** Never to be taken for damage of the store. */
function construct(path: string, options: SqliteOptions): CipherDatabase {
  try {
    const Ciphers = createRequire(import.meta.url)('better-sqlite3-multiple-ciphers') as CipherConstructor;
    return new Ciphers(path, options);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (!NOT_LOADED.has(code)) throw cause;
    throw new Failure('STO_CIPHER_ABSENT', `What opens encrypted stores cannot be loaded: ${message.split('\n')[0]}.`, {
      hint: 'install Forebay again; nothing is wrong with the store',
      exitCode: 2,
      cause,
    });
  }
}

export function unlock(database: CipherDatabase, key: StoreKey): CipherDatabase {
  database.key(passphraseOf(key));
  return database;
}

/**
 * The raw key, so that no time goes into stretching what is random already, and the 16 bytes that begin the file, which
 * the cipher has no other use for with a raw key.
 */
export function passphraseOf(key: StoreKey): Buffer {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  return Buffer.from(`raw:${hex(key.secret)}${hex(headFor(key))}`, 'latin1');
}
