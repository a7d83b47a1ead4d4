import { closeSync, fsyncSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../core/model/failure.ts';
import { type DataFolder, noRoom } from './data-folder.ts';

/** What opening a store and its files takes. SQLite calls it a disk error when there is no room for it. */
const NEEDED_BYTES = 256 * 1024;
const MAY_BE_FULL: ReadonlySet<string | undefined> = new Set(['STO_DISK', 'STO_FULL', 'STO_NOT_WRITABLE']);
const FULL: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EDQUOT']);

/** Whether a disk, or a quota, had no room for what was written. */
export function isFull(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === 'STO_FULL' || FULL.has(code as string | undefined);
}

/**
 * `APP_DISK_FULL` in the place of an error that comes of a disk, or a quota, without room; any other error as it came.
 * Asked by writing: nothing else knows of quotas.
 */
export function explainFullDisk(error: unknown, { root }: Pick<DataFolder, 'root'>): unknown {
  if (FULL.has((error as NodeJS.ErrnoException).code)) return noRoom(root, error);
  if (!(error instanceof Failure) || !MAY_BE_FULL.has(error.code)) return error;
  const probe = join(root, `.room-${process.pid}`);
  try {
    const file = openSync(probe, 'w', 0o600);
    try {
      writeFileSync(file, Buffer.alloc(NEEDED_BYTES));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    return error;
  } catch (refused) {
    return FULL.has((refused as NodeJS.ErrnoException).code) ? noRoom(root, error) : error;
  } finally {
    rmSync(probe, { force: true });
  }
}
