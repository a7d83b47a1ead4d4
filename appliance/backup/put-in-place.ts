import { copyFileSync, existsSync, linkSync, mkdirSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { syncFolder } from '../../core/store/sync-folder.ts';
import { renameDurably, syncFile } from './durable-files.ts';

/**
 * Puts `fresh` in the place of the store at `storePath`. What is there goes into the folder `aside`, with its log,
 * untouched. At no moment is there no store: a start at that moment would begin a second history.
 *
 * @returns The folder with the former store; undefined when there was none.
 */
export function putInPlace(fresh: string, storePath: string, aside: string): string | undefined {
  const home = dirname(storePath);
  if (!existsSync(storePath)) {
    renameDurably(fresh, storePath);
    return undefined;
  }
  mkdirSync(aside, { recursive: true, mode: 0o700 });
  keepUnderSecondName(storePath, join(aside, basename(storePath)));
  for (const suffix of ['-wal', '-shm']) {
    const log = `${storePath}${suffix}`;
    if (existsSync(log)) renameSync(log, join(aside, basename(log)));
  }
  syncFolder(aside);
  syncFolder(home);
  renameDurably(fresh, storePath);
  return aside;
}

/** Some file systems, as on USB sticks, know one name for a file only: there it is copied. */
function keepUnderSecondName(path: string, second: string): void {
  try {
    linkSync(path, second);
  } catch {
    copyFileSync(path, second);
    syncFile(second);
  }
}
