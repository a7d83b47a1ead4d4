import {
  closeSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { KeyDisk } from '../ledger/key-disk.ts';
import { makeFolder } from './make-folder.ts';
import { syncFolder } from './sync-folder.ts';

const PERMISSION_BITS = 0o777;

/** The operating system's disk. Windows has no permission bits; there the data folder's own list of rights protects. */
export const nodeKeyDisk: KeyDisk = {
  read(path) {
    try {
      const mode = process.platform === 'win32' ? 0 : statSync(path).mode & PERMISSION_BITS;
      return { text: readFileSync(path, 'utf8'), mode };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  },

  replace(path, text, mode) {
    makeFolder(dirname(path));
    const temporary = `${path}.new`;
    const file = openSync(temporary, 'w', mode);
    try {
      // The mode given to open is narrowed by the process's mask and ignored for a file that a crash left behind.
      fchmodSync(file, mode);
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
    syncFolder(dirname(path));
  },

  overwrite(path) {
    if (statSync(path, { throwIfNoEntry: false }) === undefined) return;
    const file = openSync(path, 'r+');
    try {
      writeFileSync(file, Buffer.alloc(fstatSync(file).size));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  },

  move(from, to) {
    renameSync(from, to);
    syncFolder(dirname(to));
  },

  remove(path) {
    rmSync(path, { force: true });
    syncFolder(dirname(path));
  },
};
