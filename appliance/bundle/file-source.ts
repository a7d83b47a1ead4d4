import { type FileHandle, open } from 'node:fs/promises';
import type { BundleSource } from '../../core/evidence/machine.ts';
import { Failure } from '../../core/model/failure.ts';
import { whyUnreadable } from '../why-unreadable.ts';

/**
 * Runs `work` on the file at `path`, any part of which can be read.
 *
 * @throws Failure `LED_BUNDLE_UNREADABLE` when the file cannot be opened or read.
 */
export async function withFileSource<T>(path: string, work: (source: BundleSource) => Promise<T>): Promise<T> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    const { size } = await file.stat();
    const handle = file;
    return await work({ size, read: (from, to) => readPart(handle, from, to) });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof Failure || code === undefined || code.startsWith('ERR_')) throw error;
    throw new Failure('LED_BUNDLE_UNREADABLE', `${path} cannot be read: ${whyUnreadable(error)}.`, {
      hint: 'check its name and that you may read it',
      exitCode: 2,
      cause: error,
    });
  } finally {
    await file?.close();
  }
}

async function readPart(file: FileHandle, from: number, to: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafe(to - from);
  let at = 0;
  while (at < bytes.length) {
    const { bytesRead } = await file.read(bytes, at, bytes.length - at, from + at);
    if (bytesRead === 0) throw Object.assign(new Error('it became shorter while it was read'), { code: 'SHORTER' });
    at += bytesRead;
  }
  return bytes;
}
