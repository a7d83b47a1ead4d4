import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ShimOptions {
  /** Absolute, without symbolic links: what happens below it is seen. */
  readonly folder: string;
  /** Takes a record for each change; see `readTrace`. */
  readonly traceFile?: string;
  /** The process is killed right before this change, counted from 1. */
  readonly killAt?: number;
  /** A file outside of the folder whose writes are commands to the disk. */
  readonly controlFile?: string;
  /** What the disk cannot do: give a file a second name, or take more than so many bytes at once. */
  readonly hasNoLinks?: boolean;
  readonly writeBytesMax?: number;
  /** What the system says is free, and what there is room for in truth. */
  readonly freeBytes?: number;
  readonly roomBytes?: number;
}

/** The environment in which a program's changes to the disk are seen, and can be made to fail. */
export function shimEnvironment(options: ShimOptions): NodeJS.ProcessEnv {
  const { folder, traceFile, killAt, controlFile, hasNoLinks = false, writeBytesMax, freeBytes, roomBytes } = options;
  return {
    LD_PRELOAD: buildDiskShim(),
    FOREBAY_DISK_FOLDER: folder,
    ...(traceFile === undefined ? {} : { FOREBAY_DISK_TRACE: traceFile }),
    ...(killAt === undefined ? {} : { FOREBAY_DISK_KILL_AT: String(killAt) }),
    ...(controlFile === undefined ? {} : { FOREBAY_DISK_CONTROL: controlFile }),
    ...(hasNoLinks ? { FOREBAY_DISK_NO_LINKS: '1' } : {}),
    ...(writeBytesMax === undefined ? {} : { FOREBAY_DISK_SHORT: String(writeBytesMax) }),
    ...(freeBytes === undefined ? {} : { FOREBAY_DISK_FREE: String(freeBytes) }),
    ...(roomBytes === undefined ? {} : { FOREBAY_DISK_FULL: String(roomBytes) }),
  };
}

/** Compiles disk-shim.c, once for each state of its source, and returns the library. */
export function buildDiskShim(): string {
  const source = join(import.meta.dirname, 'disk-shim.c');
  const digest = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 16);
  const folder = join(tmpdir(), `forebay-peers-${process.getuid?.() ?? 0}`);
  const library = join(folder, `disk-shim-${digest}.so`);
  if (existsSync(library)) return library;
  mkdirSync(folder, { recursive: true });
  const draft = `${library}.${process.pid}`;
  try {
    const options = ['-O2', '-Wall', '-Wextra', '-Werror', '-fPIC', '-shared', '-pthread'];
    execFileSync('cc', [...options, '-o', draft, source, '-ldl'], { stdio: 'pipe' });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw new Error('A power cut is tried with a small C library: apt-get install -y gcc libc6-dev');
    }
    throw error;
  }
  renameSync(draft, library);
  return library;
}
