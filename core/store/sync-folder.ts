import { closeSync, fsyncSync, openSync } from 'node:fs';

/** What a file system answers that keeps the names in a folder in its own way, or does not let this user ask. */
const NOT_HERE: ReadonlySet<string | undefined> = new Set(['EINVAL', 'ENOTSUP', 'EACCES', 'EPERM']);

/**
 * Makes the names in a folder durable: without it a file or folder that was just made or renamed may be gone after a
 * power cut, although its content is safe. Windows has no such call and needs none.
 */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  try {
    const handle = openSync(folder, 'r');
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    if (!NOT_HERE.has((error as NodeJS.ErrnoException).code)) throw error;
  }
}
