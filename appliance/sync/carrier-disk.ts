import { mkdir, open, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { CarrierDisk } from '../../core/sync/targets/file.ts';
import { readPastCache } from './read-past-cache.ts';

/** The operating system's disk, for a folder that may go away at any moment. */
export const carrierDisk: CarrierDisk = {
  async isThere(folder) {
    try {
      return (await stat(folder)).isDirectory();
    } catch {
      return false;
    }
  },

  async read(path) {
    try {
      return await readPastCache(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  },

  async write(path, bytes) {
    const folder = dirname(path);
    // Not the folder above: where a stick is not in, its place must stay empty.
    await mkdir(folder).catch(ignoring('EEXIST'));
    const temporary = `${path}.part`;
    try {
      const file = await open(temporary, 'w');
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined);
      throw error;
    }
    await syncFolder(folder);
  },

  async freeBytes(folder) {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  },
};

/** FAT and Windows know no folder that could be made durable by itself. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync().catch(ignoring('EINVAL'));
  } finally {
    await handle.close();
  }
}

function ignoring(code: string): (error: unknown) => void {
  return (error) => {
    if ((error as NodeJS.ErrnoException).code !== code) throw error;
  };
}
