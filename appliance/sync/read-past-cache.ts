import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

const PIECE_BYTES = 1_048_576;
/** What a file system answers that knows no reading past the cache, or wants another alignment. */
const NOT_HERE: readonly string[] = ['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

/** Node declares these everywhere and has them on some systems only. */
const { O_DIRECT, O_NOFOLLOW, O_NONBLOCK }: Partial<Record<string, number>> = constants;
/** A link leads elsewhere, and a pipe would be waited for. */
const PLAIN = constants.O_RDONLY | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0);

/**
 * The file's bytes from the disk itself and not from what the operating system keeps of it in memory, so that a
 * counterfeit or failing stick is found while it is still in. Where the system offers no such reading (Windows, some file
 * systems) the bytes come through its cache. Whoever had the disk may have put anything on it: undefined for what is no
 * file, such as a link or a device, and for a file of more than `bytesMax`.
 */
export async function readPastCache(path: string, bytesMax: number): Promise<Uint8Array | undefined> {
  if (O_DIRECT !== undefined) {
    try {
      return await readWith(path, PLAIN | O_DIRECT, bytesMax);
    } catch (error) {
      if (!NOT_HERE.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
  return readWith(path, PLAIN, bytesMax);
}

async function readWith(path: string, flags: number, bytesMax: number): Promise<Uint8Array | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, flags);
  } catch (error) {
    if (LINKS.includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
  try {
    const stats = await file.stat();
    return stats.isFile() && stats.size <= bytesMax ? await piecesOf(file, bytesMax) : undefined;
  } finally {
    await file.close();
  }
}

/** What opening a link without following it answers, by system; and opening a pipe or a device that nobody serves. */
const LINKS: readonly string[] = ['ELOOP', 'EMLINK', 'EFTYPE', 'ENXIO', 'EISDIR'];

async function piecesOf(file: FileHandle, bytesMax: number): Promise<Uint8Array | undefined> {
  // Direct reading wants memory on a page boundary, where a buffer that may be resized always begins.
  const aligned = new Uint8Array(new ArrayBuffer(PIECE_BYTES, { maxByteLength: PIECE_BYTES }));
  const pieces: Uint8Array[] = [];
  for (let position = 0; position <= bytesMax; ) {
    const { bytesRead } = await file.read(aligned, 0, PIECE_BYTES, position);
    pieces.push(aligned.slice(0, bytesRead));
    position += bytesRead;
    // A piece that is not full is the last: only there may a direct read stop off a boundary.
    if (bytesRead < PIECE_BYTES) return position <= bytesMax ? Buffer.concat(pieces) : undefined;
  }
  return undefined;
}
