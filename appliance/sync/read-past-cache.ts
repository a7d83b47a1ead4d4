import { constants } from 'node:fs';
import { open, readFile } from 'node:fs/promises';

const PIECE_BYTES = 1_048_576;
/** What a file system answers that knows no reading past the cache, or wants another alignment. */
const NOT_HERE: readonly string[] = ['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

/**
 * The file's bytes from the disk itself and not from what the operating system keeps of it in memory, so that a
 * counterfeit or failing stick is found while it is still in. Where the system offers no such reading (Windows, some file
 * systems) the bytes come through its cache.
 */
export async function readPastCache(path: string): Promise<Uint8Array> {
  // Node declares it everywhere and has it on Linux only.
  const direct: number | undefined = constants.O_DIRECT;
  if (direct === undefined) return readFile(path);
  try {
    return await readDirectly(path, constants.O_RDONLY | direct);
  } catch (error) {
    if (NOT_HERE.includes((error as NodeJS.ErrnoException).code ?? '')) return readFile(path);
    throw error;
  }
}

async function readDirectly(path: string, flags: number): Promise<Uint8Array> {
  // Direct reading wants memory on a page boundary, where a buffer that may be resized always begins.
  const aligned = new Uint8Array(new ArrayBuffer(PIECE_BYTES, { maxByteLength: PIECE_BYTES }));
  const pieces: Uint8Array[] = [];
  const file = await open(path, flags);
  try {
    for (let position = 0; ; ) {
      const { bytesRead } = await file.read(aligned, 0, PIECE_BYTES, position);
      pieces.push(aligned.slice(0, bytesRead));
      position += bytesRead;
      // A piece that is not full is the last: only there may a direct read stop off a boundary.
      if (bytesRead < PIECE_BYTES) return Buffer.concat(pieces);
    }
  } finally {
    await file.close();
  }
}
