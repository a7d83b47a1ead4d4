import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { Failure } from '../model/failure.ts';
import type { ReadableStore, WritableStore } from './handle.ts';
import { makeFolder } from './make-folder.ts';
import { MIGRATIONS, migrate, refuseFuture } from './migrate.ts';
import { openDatabase, type SqliteDatabase } from './open-database.ts';
import { openInForm } from './open-in-form.ts';
import { PAGE_BYTES } from './page-size.ts';
import { SqliteStore } from './sqlite-store.ts';
import { notWritable, toStoreFailure } from './store-failure.ts';
import { PLAIN_FORM } from './store-form.ts';
import { refuseHalfSwapped } from './swap-mark.ts';
import { writeLogAnew } from './write-log-anew.ts';

/** Marks the file as Forebay's for whoever looks at its first page (`FBAY`). */
export const APPLICATION_ID = 0x46_42_41_59;

/** How long a statement waits for another program's lock before it fails. */
const BUSY_TIMEOUT_MS = 5000;
const CACHE_KIB = 4 * 1024;
/** Pages in the write-ahead log before they are moved to the main file: about 32 MB. */
const CHECKPOINT_PAGES = 4096;
/** After a burst the log is cut back to this. */
const LOG_BYTES_MAX = 64 * 1024 * 1024;

export type StoreAccess = 'write' | 'read';

export interface OpenOptions<Access extends StoreAccess> {
  readonly access: Access;
  /** A store in whose folder the key of this one is, when it is a copy that lies elsewhere. */
  readonly keysOf?: string | undefined;
}

/**
 * Opens the store at `path`. With `write` it and its folder are created when absent and older stores are brought up
 * to date; there is one writer at a time (see `holdInstanceLock`). With `read` nothing is changed; reading works while
 * a writer writes and when none runs. An encrypted store is opened with the key that its folder names, and a new one is
 * encrypted where the folder says so (`EncryptionSetting`).
 *
 * @throws Failure `STO_ABSENT`, `STO_FOREIGN`, `STO_FROM_FUTURE`, `STO_OUTDATED`, `STO_EMPTY`, `STO_DAMAGED`, `STO_NOT_WRITABLE`,
 * `STO_LOCKED`, `STO_FULL`, `STO_DISK`, `STO_SWAP_UNFINISHED`, `STO_CIPHER_ABSENT`, or about the key as `formOf`.
 */
export function openStore(path: string, options: OpenOptions<'write'>): WritableStore;
export function openStore(path: string, options: OpenOptions<'read'>): ReadableStore;
export function openStore(path: string, { access, keysOf }: OpenOptions<StoreAccess>): ReadableStore | WritableStore {
  if (path !== ':memory:') refuseHalfSwapped(path);
  const database = openFile(path, access, keysOf);
  const store = new SqliteStore(database, path);
  try {
    setUp(database, path, access);
    if (access === 'write') migrate(store);
    return store;
  } catch (error) {
    database.close();
    throw toStoreFailure(error, path);
  }
}

/**
 * Whether the file has no tables, so that opening it for writing would begin an empty store in it.
 *
 * @throws Failure `STO_DAMAGED`, `STO_DISK` when it cannot be read.
 */
export function holdsNoTables(path: string): boolean {
  const database = openFile(path, 'read');
  try {
    return database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0;
  } catch (error) {
    throw toStoreFailure(error, path);
  } finally {
    database.close();
  }
}

function openFile(path: string, access: StoreAccess, keysOf?: string): SqliteDatabase {
  const isFile = path !== ':memory:';
  if (isFile && access === 'read' && !existsSync(path)) {
    throw new Failure('STO_ABSENT', `There is no store at ${path}.`, {
      hint: 'check --data; where a ledger was, `forebay restore` a backup first; only for a new plant start the appliance once to create it',
      exitCode: 2,
    });
  }
  try {
    if (isFile && access === 'write') makeFolder(dirname(path));
    const options = { readonly: access === 'read', timeout: BUSY_TIMEOUT_MS };
    return isFile ? openInForm(path, keysOf, options) : openDatabase(path, PLAIN_FORM, options);
  } catch (error) {
    const failure = toStoreFailure(error, path);
    throw failure instanceof Failure ? failure : notWritable(path, error);
  }
}

function setUp(database: SqliteDatabase, path: string, access: StoreAccess): void {
  const isNew = checkIdentity(database, path);
  database.pragma('trusted_schema = OFF');
  database.pragma('foreign_keys = ON');
  // Otherwise INSERT OR REPLACE would slip past the triggers that refuse to delete.
  database.pragma('recursive_triggers = ON');
  database.pragma(`cache_size = -${CACHE_KIB}`);
  if (access === 'read') {
    if (isNew) throw empty(path);
    database.pragma('query_only = ON');
    const version = database.pragma('user_version', { simple: true }) as number;
    if (version < (MIGRATIONS.at(-1)?.version ?? 0)) throw outdated(path);
    return;
  }
  if (isNew) {
    database.pragma(`page_size = ${PAGE_BYTES}`);
    database.pragma(`application_id = ${APPLICATION_ID}`);
  }
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  database.pragma(`journal_size_limit = ${LOG_BYTES_MAX}`);
  writeLogAnew(database, path);
}

/** Whether the file is still empty. Refuses files that are not ours and stores of a later version. */
function checkIdentity(database: SqliteDatabase, path: string): boolean {
  const id = database.pragma('application_id', { simple: true });
  const version = database.pragma('user_version', { simple: true }) as number;
  const tables = database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get();
  if (id === 0 && version === 0 && tables === 0) return true;
  if (id !== APPLICATION_ID) {
    throw new Failure('STO_FOREIGN', `${path} is a database of another program.`, {
      hint: 'choose another data folder with --data',
      exitCode: 2,
    });
  }
  refuseFuture(version, path);
  return false;
}

function empty(path: string): Failure {
  return new Failure('STO_EMPTY', `${path} is empty: it holds no ledger.`, {
    hint: 'restore a backup with `forebay restore FILE --data DIR`; where there was no ledger yet, start the appliance once',
    exitCode: 4,
  });
}

function outdated(path: string): Failure {
  return new Failure('STO_OUTDATED', `${path} was written by an older Forebay and must be brought up to date first.`, {
    hint: 'start the appliance once with this version',
    exitCode: 2,
  });
}
