import { lstat, mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { CarrierDisk } from '../../core/sync/targets/file.ts';
import { readPastCache } from './read-past-cache.ts';

/** The operating system's disk, for a folder that may go away at any moment. */
export const carrierDisk: CarrierDisk = carrierDiskWith('.part');

/** The same for a second process that may write to the same folder: what is not whole yet has another ending there. */
export function carrierDiskWith(ending: string): CarrierDisk {
  return {
    async isThere(folder) {
      try {
        return (await stat(folder)).isDirectory();
      } catch {
        return false;
      }
    },

    async list(folder) {
      return (await orAbsent(readdir(folder))) ?? [];
    },

    async sizeOf(path) {
      const found = await orAbsent(lstat(path));
      return found?.isFile() === true ? found.size : undefined;
    },

    async read(path, bytesMax) {
      return orAbsent(readPastCache(path, bytesMax));
    },

    async write(path, bytes) {
      const folder = dirname(path);
      // Not the folder above: where a stick is not in, its place must stay empty.
      await mkdir(folder).catch(ignoring('EEXIST'));
      // A link that lies on a disk would lead to a file of this computer.
      if (!(await lstat(folder)).isDirectory()) throw Object.assign(new Error('no folder'), { code: 'ENOTDIR' });
      const temporary = `${path}${ending}`;
      await rm(temporary, { force: true });
      try {
        const file = await open(temporary, 'wx');
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
}

/** Undefined where the file or folder is not there, or is no folder. */
async function orAbsent<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

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
