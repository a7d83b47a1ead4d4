import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type BackupManifest, manifestPathOf, parseManifest } from './backup-manifest.ts';

/** A backup in a folder that is whole as far as its manifest and length say. */
export interface KeptBackup {
  readonly path: string;
  readonly manifest: BackupManifest;
}

/** What the schedule needs of the folder. Every call may take long: a share or a stick that does not answer. */
export interface BackupFolder {
  /** The whole backups of all ledgers in it, newest first. Rejects when the folder cannot be read. */
  list(): Promise<readonly KeptBackup[]>;
  remove(backup: KeptBackup): Promise<void>;
  /** Whether its bytes are still those that were backed up; reads all of them. Rejects when `signal` is aborted. */
  isIntact(backup: KeptBackup, signal: AbortSignal): Promise<boolean>;
  /** Whether a file of this name is there, be it whole or not. */
  holds(path: string): Promise<boolean>;
  /** Removes beginnings of backups that were never finished, as long as nobody can still be at them. */
  sweep(olderThanMs: number): Promise<void>;
}

const MANIFEST = /^forebay-.+\.db\.json$/;
const PART = /^forebay-.+\.part(?:-journal)?$/;

export function backupFolderAt(folder: string): BackupFolder {
  return {
    async list() {
      const names = (await readdir(folder)).filter((name) => MANIFEST.test(name));
      const backups: KeptBackup[] = [];
      for (const name of names) {
        const path = join(folder, name.slice(0, -'.json'.length));
        const backup = await wholeBackup(path);
        if (backup !== undefined) backups.push(backup);
      }
      return backups.toSorted((a, b) => Date.parse(b.manifest.createdAt) - Date.parse(a.manifest.createdAt));
    },
    async remove({ path }) {
      // In this order a backup that is half removed is none.
      await rm(manifestPathOf(path), { force: true });
      await rm(path, { force: true });
    },
    async isIntact({ path, manifest }, signal) {
      try {
        return (await digestOf(path, signal)) === manifest.sha256;
      } catch (error) {
        // Of a bad sector nobody gets a backup back, while a disk that is gone says nothing of what is on it.
        if ((error as NodeJS.ErrnoException).code === 'EIO') return false;
        throw error;
      }
    },
    async holds(path) {
      try {
        await stat(path);
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
        throw error;
      }
    },
    async sweep(olderThanMs) {
      for (const name of await readdir(folder)) {
        const path = join(folder, name);
        if (PART.test(name) && (await stat(path)).mtimeMs < olderThanMs) await rm(path, { force: true });
      }
    },
  };
}

/** Makes the folder itself, never those above it: where the stick is not plugged in, there is nothing to fill. */
export async function makeBackupFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Small, so that whoever polls meanwhile gets a turn between two pieces. */
const PIECE_BYTES = 256 * 1024;

async function digestOf(path: string, signal: AbortSignal): Promise<string> {
  const file = await open(path, 'r');
  try {
    const digest = createHash('sha256');
    const piece = Buffer.alloc(PIECE_BYTES);
    for (;;) {
      signal.throwIfAborted();
      const { bytesRead } = await file.read(piece, 0, PIECE_BYTES, null);
      if (bytesRead === 0) return digest.digest('hex');
      digest.update(piece.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}

async function wholeBackup(path: string): Promise<KeptBackup | undefined> {
  try {
    const manifest = parseManifest(await readFile(manifestPathOf(path), 'utf8'));
    if (manifest === undefined || (await stat(path)).size !== manifest.bytes) return undefined;
    return { path, manifest };
  } catch (error) {
    // A manifest whose file is not there was kept by itself, or is half removed.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
