import { readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { DataFolder } from './data-folder.ts';
import { isAlive } from './run-file.ts';

/** The files that a restore and a salvage work in, with what SQLite puts beside them, and a mark that was never whole. */
const WORK = /^(?:restoring\.(?<pid>\d+)|salvaged|found|swap\.part)(?:-wal|-shm|-journal|\.key)?$/;
/** By which `roomToExchange` finds out whether a file may have two names. */
export const NAME_PROBES = ['.name', '.second-name'] as const;

/** Where a restore writes what is to take the store's place; two at a time do not touch each other's. */
export function restoringPath(storePath: string): string {
  return `${storePath}.restoring.${process.pid}`;
}

/**
 * Removes what a restore or a salvage was working in when it was killed: as large as the store, and in the form that
 * the store had then. Only with the folder's lock; a restore that still copies has none yet, and keeps its own.
 */
export function sweepLeftOver({ root, storePath }: Pick<DataFolder, 'root' | 'storePath'>): void {
  const begin = `${basename(storePath)}.`;
  const isLeftOver = (name: string): boolean => {
    const found = name.startsWith(begin) ? WORK.exec(name.slice(begin.length)) : null;
    return found !== null && !isAlive(Number(found.groups?.pid ?? Number.NaN));
  };
  for (const name of [...NAME_PROBES, ...readdirSync(root).filter(isLeftOver)]) {
    try {
      rmSync(join(root, name), { force: true });
    } catch {
      // It only takes room; the next start tries again.
    }
  }
}
