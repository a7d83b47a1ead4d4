import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WritableStore } from '../../../core/store/handle.ts';

/** A disk of a few megabytes that a test fills and empties. */
export interface SmallDisk {
  readonly folder: string;
  readonly kind: 'file system' | 'page limit';
  space(): { readonly freeBytes: number; readonly totalBytes: number };
  /** Another program's file takes all but so many bytes. */
  fill(leftBytes: number): void;
  empty(): void;
  /** Must know the store where the limit is not the operating system's. */
  holds(store: WritableStore): void;
  remove(): void;
}

const PAGE_BYTES = 8192;

/** A file system of its own where this user may mount one; else a store that may not grow beyond the limit. */
export function makeSmallDisk(bytes: number): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), 'forebay-small-disk-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder]).status === 0;
  return mounted ? fileSystem(folder) : pageLimit(folder, bytes);
}

function fileSystem(folder: string): SmallDisk {
  const ballast = join(folder, 'ballast');
  const space = () => {
    const { bavail, blocks, bsize } = statfsSync(folder);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  };
  return {
    folder,
    kind: 'file system',
    space,
    fill(leftBytes) {
      rmSync(ballast, { force: true });
      writeFileSync(ballast, Buffer.alloc(Math.max(0, space().freeBytes - leftBytes), 1));
    },
    empty: () => rmSync(ballast, { force: true }),
    holds: () => {},
    remove() {
      spawnSync('umount', [folder]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function pageLimit(folder: string, bytes: number): SmallDisk {
  let store: WritableStore | undefined;
  let taken = 0;
  const used = (): number => statSync(store?.path ?? '', { throwIfNoEntry: false })?.size ?? 0;
  const limit = (): void => {
    store?.run(`PRAGMA max_page_count = ${Math.max(1, Math.floor((bytes - taken) / PAGE_BYTES))}`);
  };
  return {
    folder,
    kind: 'page limit',
    space: () => ({ freeBytes: Math.max(0, bytes - taken - used()), totalBytes: bytes }),
    fill(leftBytes) {
      taken = Math.max(0, bytes - used() - leftBytes);
      limit();
    },
    empty() {
      taken = 0;
      limit();
    },
    holds(held) {
      store = held;
      limit();
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
