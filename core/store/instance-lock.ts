import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Failure } from '../model/failure.ts';
import { makeFolder } from './make-folder.ts';
import { notWritable } from './store-failure.ts';

export interface InstanceLock {
  release(): void;
}

/**
 * Holds the data folder for this process. The lock is the operating system's, on a file of its own, so it ends with
 * the process however that ends; nothing is left behind that a person would have to remove.
 *
 * @throws Failure `STO_IN_USE` when another appliance holds the folder, `STO_NOT_WRITABLE`.
 */
export function holdInstanceLock(folder: string): InstanceLock {
  const path = join(folder, 'instance.lock');
  let database: Database.Database | undefined;
  try {
    makeFolder(folder);
    database = new Database(path, { timeout: 0 });
    database.exec('BEGIN EXCLUSIVE');
    const held = database;
    return { release: () => held.close() };
  } catch (error) {
    database?.close();
    const { code } = error as { code?: unknown };
    if (typeof code === 'string' && code.startsWith('SQLITE_BUSY')) {
      throw new Failure('STO_IN_USE', `Another Forebay is already running on the data folder ${folder}.`, {
        hint: 'use that one, stop it first, or choose another folder with --data',
        exitCode: 2,
      });
    }
    throw notWritable(path, error);
  }
}
