import { promises } from 'node:fs';
import { join } from 'node:path';

export interface FileFacts {
  /** Device and number of the file, which a renaming does not change; empty where the system has none. */
  readonly identity: string;
  readonly size: number;
  readonly changedAtMs: number;
  readonly isFile: boolean;
}

/** What the driver does with the folder it watches: looking and reading. Nothing here can change it. */
export interface CsvDisk {
  /** Names in the folder. Rejects with the system's error. */
  list(folder: string): Promise<readonly string[]>;
  facts(folder: string, file: string): Promise<FileFacts>;
  /** At most `length` bytes from `from`; fewer at the end of the file. */
  read(folder: string, file: string, from: number, length: number): Promise<Uint8Array>;
}

export const machineDisk: CsvDisk = {
  list: (folder) => promises.readdir(folder),
  async facts(folder, file) {
    const { dev, ino, size, mtimeMs, isFile } = await statOf(join(folder, file));
    return { identity: ino === 0n ? '' : `${dev}:${ino}`, size, changedAtMs: mtimeMs, isFile };
  },
  async read(folder, file, from, length) {
    const handle = await promises.open(join(folder, file), 'r');
    try {
      const buffer = new Uint8Array(length);
      let filled = 0;
      while (filled < length) {
        const { bytesRead } = await handle.read(buffer, filled, length - filled, from + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return buffer.subarray(0, filled);
    } finally {
      await handle.close();
    }
  },
};

async function statOf(path: string) {
  // File numbers on Windows and on network drives have more than 53 bits.
  const facts = await promises.stat(path, { bigint: true });
  return {
    dev: facts.dev,
    ino: facts.ino,
    size: Number(facts.size),
    mtimeMs: Number(facts.mtimeNs) / 1e6,
    isFile: facts.isFile(),
  };
}
