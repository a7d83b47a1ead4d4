import { readdirSync, rmSync, statSync } from 'node:fs';
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

/** Writes lines to `forebay.N.log` in the folder, and goes on in the file of the next number once one is full. */
export function openRollingFile({ folder, bytesMax, filesMax, mode, waitingBytesMax }: RollingFileParts): SonicBoom {
  let number = numbersIn(folder)[0] ?? 1;
  const path = (): string => join(folder, nameOf(number));
  if (sizeOf(path()) >= bytesMax) number += 1;
  let bytes = sizeOf(path());
  const file = new sonicBoom.SonicBoom({ dest: path(), append: true, mkdir: true, mode, maxLength: waitingBytesMax });
  file.on('write', (written: number) => {
    bytes += written;
    if (bytes < bytesMax) return;
    bytes = 0;
    number += 1;
    // What is being written goes to the old file to its end, so no line is parted.
    file.reopen(path());
    removeOld(folder, filesMax - 1);
  });
  return file;
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
