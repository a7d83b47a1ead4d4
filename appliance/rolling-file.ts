import { closeSync, mkdirSync, openSync, readdirSync, rmSync, statSync } from 'node:fs';
import { devNull } from 'node:os';
import { join } from 'node:path';
import sonicBoom, { type SonicBoom } from 'sonic-boom';

export interface RollingFileParts {
  readonly folder: string;
  /** Size beyond which the next file is begun. */
  readonly bytesMax: number;
  /** Files kept, the one that is written among them. */
  readonly filesMax: number;
  readonly mode: number;
  /** Bytes that may wait for the disk; more is dropped. */
  readonly waitingBytesMax: number;
}

const NAME = /^forebay\.([0-9]{1,9})\.log$/;

/**
 * Writes lines to `forebay.N.log` in the folder, and goes on in the file of the next number once one is full. While no file can
 * be opened, lines go on to the one before, or at the start nowhere; `error` is emitted once, and each line tries anew.
 */
export function openRollingFile({ folder, bytesMax, filesMax, mode, waitingBytesMax }: RollingFileParts): SonicBoom {
  let number = numbersIn(folder)[0] ?? 1;
  const path = (): string => join(folder, nameOf(number));
  // A file that is there may be another user's.
  if (sizeOf(path()) >= bytesMax || openTrouble(folder, path(), mode) !== undefined) number += 1;
  let trouble = openTrouble(folder, path(), mode);
  let bytes = trouble === undefined ? sizeOf(path()) : bytesMax;
  const dest = trouble === undefined ? path() : devNull;
  const file = new sonicBoom.SonicBoom({ dest, append: true, mode, maxLength: waitingBytesMax });
  if (trouble !== undefined) process.nextTick(() => file.emit('error', trouble));
  file.on('write', (written: number) => {
    bytes += written;
    if (bytes < bytesMax) return;
    const next = (numbersIn(folder)[0] ?? 0) + 1;
    const found = openTrouble(folder, join(folder, nameOf(next)), mode);
    if (found !== undefined && trouble === undefined) file.emit('error', found);
    trouble = found;
    if (found !== undefined) return;
    bytes = 0;
    number = next;
    // What is being written goes to the old file to its end, so no line is parted.
    file.reopen(path());
    removeOld(folder, filesMax);
  });
  return file;
}

/**
 * Why the file cannot be written; makes it where it is not there. Looked at first, since the stream ends the process that writes
 * before a file was ever open, and closes the old file twice where the next one did not open: by then it may be another's.
 */
function openTrouble(folder: string, path: string, mode: number): Error | undefined {
  try {
    mkdirSync(folder, { recursive: true });
    closeSync(openSync(path, 'a', mode));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Keeps so many of those that are there. What another program holds open is removed another time. */
function removeOld(folder: string, kept: number): void {
  for (const number of numbersIn(folder).slice(kept)) {
    try {
      rmSync(join(folder, nameOf(number)), { force: true });
    } catch {}
  }
}

function nameOf(number: number): string {
  return `forebay.${number}.log`;
}

/** Newest first. A folder that is not there yet holds none. */
function numbersIn(folder: string): number[] {
  try {
    const numbers = readdirSync(folder).flatMap((name) => NAME.exec(name)?.[1] ?? []);
    return numbers.map(Number).sort((a, b) => b - a);
  } catch {
    return [];
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
