import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Failure } from '../core/model/failure.ts';
import { makeFolder } from '../core/store/make-folder.ts';
import { syncFolder } from '../core/store/sync-folder.ts';

/** Where everything of one plant lies. Absolute paths. */
export interface DataFolder {
  readonly root: string;
  /** The store: entries, samples, keys' hashes. */
  readonly storePath: string;
  /** The device key. */
  readonly keysFolder: string;
  readonly logsFolder: string;
  /** What a running appliance says of itself. */
  readonly runFolder: string;
  /** Passwords and keys that plant.yaml names by file. */
  readonly secretsFolder: string;
  /** What drivers keep over restarts, a folder for each. */
  readonly driversFolder: string;
}

const OWNER_ONLY = 0o700;

/** @throws Failure `APP_DATA_FOLDER` when the path is a file's. */
export function dataFolderAt(path: string): DataFolder {
  const folder = resolve(path);
  refuseFile(folder);
  return {
    root: folder,
    storePath: join(folder, 'ledger.db'),
    keysFolder: join(folder, 'keys'),
    logsFolder: join(folder, 'logs'),
    runFolder: join(folder, 'run'),
    secretsFolder: join(folder, 'secrets'),
    driversFolder: join(folder, 'drivers'),
  };
}

/**
 * Makes what is missing of the folder, for its owner only, and makes sure that it can be written.
 *
 * @throws Failure `APP_DATA_FOLDER`, `APP_DISK_FULL`.
 */
export function openDataFolder(path: string): DataFolder {
  const folder = dataFolderAt(path);
  try {
    makeFolder(resolve(folder.root, '..'));
    const { root, keysFolder, logsFolder, runFolder, secretsFolder, driversFolder } = folder;
    const parts = [root, keysFolder, logsFolder, runFolder, secretsFolder, driversFolder];
    for (const part of parts) makePrivate(part);
    for (const part of parts) accessSync(part, constants.W_OK);
    return folder;
  } catch (error) {
    throw explain(folder.root, error as NodeJS.ErrnoException);
  }
}

/** A folder that is there keeps the rights that its owner gave it. */
function makePrivate(path: string): void {
  try {
    mkdirSync(path, { mode: OWNER_ONLY });
    syncFolder(dirname(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  accessSync(join(path, '.'), constants.X_OK);
}

function explain(path: string, error: NodeJS.ErrnoException): Failure {
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT') return noRoom(path, error);
  const reasons: Readonly<Record<string, string>> = REASONS;
  const reason = reasons[error.code ?? ''] ?? error.message;
  return new Failure('APP_DATA_FOLDER', `The data folder ${path} cannot be used: ${reason}.`, {
    hint: 'give the user that runs Forebay the right to write there, or choose another folder with --data',
    exitCode: 2,
    cause: error,
  });
}

export function noRoom(path: string, cause: unknown): Failure {
  return new Failure('APP_DISK_FULL', `The disk has no room for the data folder ${path}.`, {
    hint: 'free some space, or choose another disk with --data',
    exitCode: 2,
    cause,
  });
}

function refuseFile(path: string): void {
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return;
  } catch (error) {
    // Anything else is said by whoever opens the folder.
    if ((error as NodeJS.ErrnoException).code !== 'ENOTDIR') return;
  }
  throw new Failure('APP_DATA_FOLDER', `The data folder ${path} cannot be used: ${REASONS.ENOTDIR}.`, {
    hint: 'name a folder after --data',
    exitCode: 2,
  });
}

const REASONS = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'the disk is read-only',
  ENOTDIR: 'a file is in its place',
  ENOENT: 'it cannot be created there',
} as const;
