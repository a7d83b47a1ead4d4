import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { syncFolder } from './sync-folder.ts';

/**
 * Makes the folder and those above it where they are missing, durably: what is recorded in a folder is lost with its
 * name. Not by the recursive way of `mkdirSync`, which tries for ever on file systems that answer "no such folder" to
 * every attempt, such as /proc.
 */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    makeFolder(dirname(path));
    mkdirSync(path);
  }
  syncFolder(dirname(path));
}
