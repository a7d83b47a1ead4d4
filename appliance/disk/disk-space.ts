import { statfsSync } from 'node:fs';

/** The room on a disk. */
export interface DiskSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** From here on nothing is kept that can be computed again. */
export const DERIVED_USED = 0.95;
const ENTRIES_RESERVE_BYTES = 1024 ** 3;
const ENTRIES_RESERVE_SHARE = 0.02;

export function spaceAt(folder: string): DiskSpace {
  const { bavail, blocks, bsize } = statfsSync(folder);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}

/** Below so much free space only entries are kept, so that they are for a long time yet: 1 GiB holds 500,000 readings. */
export function reserveOf({ totalBytes }: DiskSpace): number {
  return Math.min(ENTRIES_RESERVE_BYTES, totalBytes * ENTRIES_RESERVE_SHARE);
}
