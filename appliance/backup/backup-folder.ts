import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
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
