import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Random } from '../../../core/model/random.ts';
import type { DiskChange } from './disk-trace.ts';

/**
 * What becomes of the writes that were not synced:
 *
 * - `kept`: all of them are on the disk, as when only the process dies
 * - `dropped`: none is
 * - `cut`: those up to some moment, and the last of them torn
 * - `torn`: any of their sectors, in any order
 */
export const CUT_KINDS = ['kept', 'dropped', 'cut', 'torn'] as const;
export type CutKind = (typeof CUT_KINDS)[number];

/** No disk tears what it writes at once: SQLite counts on that too. */
const SECTOR_BYTES = 512;
/** Shared memory of SQLite, and the lock of a running instance: a power cut leaves nothing of either that counts. */
const IS_PASSING = /-shm$/;

type Pending = { readonly at: number; readonly data: Buffer } | { readonly size: number };
type NameChange = Extract<DiskChange, { op: 'create' | 'remove' | 'make-folder' | 'rename' | 'link' }>;

/** A file's content: what is surely on the disk, and what was written since its last sync, in order. */
class FileContent {
  #synced: Buffer = Buffer.alloc(0);
  #pending: Pending[] = [];

  add(change: Pending): void {
    this.#pending.push(change);
  }

  sync(): void {
    this.#synced = applied(this.#synced, this.#pending);
    this.#pending = [];
  }

  lose(): void {
    this.#pending = [];
  }

  after(cut: CutKind, random: Random): Buffer {
    if (cut === 'kept') return applied(this.#synced, this.#pending);
    if (cut === 'dropped') return this.#synced;
    const kept = cut === 'cut' ? cutOff(this.#pending, random) : this.#pending.flatMap((one) => tear(one, random));
    return applied(this.#synced, kept);
  }
}

/**
 * A disk that remembers what was synced and what was not, as POSIX has it: the content of a file by a sync of the file,
 * its name by a sync of the folder. After any change it can be asked for a disk that a power cut may have left.
 */
export class CrashDisk {
  /** Present names; a folder has no content. */
  readonly #names = new Map<string, FileContent | undefined>();
  #syncedNames = new Map<string, FileContent | undefined>();
  #pendingNames: (NameChange & { readonly content?: FileContent | undefined })[] = [];

  apply(change: DiskChange): void {
    if (change.op === 'said') return;
    if (IS_PASSING.test(change.path)) return;
    switch (change.op) {
      case 'write':
        this.#content(change.path).add({ at: change.at, data: change.data });
        break;
      case 'truncate':
        this.#content(change.path).add({ size: change.size });
        break;
      case 'sync':
        this.#content(change.path).sync();
        break;
      case 'lost':
        this.#content(change.path).lose();
        break;
      case 'sync-folder':
        this.#syncNames(change.path);
        break;
      default:
        this.#rename(change);
    }
  }

  /** Takes the files as they stand for what is on the disk: as after an orderly shutdown of the computer. */
  settle(): void {
    for (const content of this.#names.values()) content?.sync();
    this.#syncedNames = new Map(this.#names);
    this.#pendingNames = [];
  }

  /** Writes what a power cut may have left at this moment into a new folder. */
  writeTo(folder: string, cut: CutKind, random: Random): void {
    const names = new Map(this.#syncedNames);
    const count = this.#pendingNames.length;
    const lasting = cut === 'kept' ? count : cut === 'dropped' ? 0 : Math.floor(random.next() * (count + 1));
    for (const change of this.#pendingNames.slice(0, lasting)) renameIn(names, change, change.content);
    mkdirSync(folder, { mode: 0o700, recursive: true });
    // A folder stands before what lies in it.
    for (const [path, content] of [...names].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (!isReachable(names, path)) continue;
      if (content === undefined) mkdirSync(join(folder, path), { mode: 0o700 });
      else writeFileSync(join(folder, path), content.after(cut, random), { mode: 0o600 });
    }
  }

  #content(path: string): FileContent {
    const content = this.#names.get(path);
    if (content === undefined) throw new Error(`${path} was written before it was seen to be made`);
    return content;
  }

  #rename(change: NameChange): void {
    const content = change.op === 'create' ? new FileContent() : this.#names.get(change.path);
    renameIn(this.#names, change, content);
    this.#pendingNames.push({ ...change, content });
  }

  #syncNames(folder: string): void {
    const isIn = (change: NameChange): boolean => {
      const home = dirname(change.op === 'link' ? change.to : change.path);
      return (home === '.' ? '' : home) === folder;
    };
    for (const change of this.#pendingNames.filter(isIn)) renameIn(this.#syncedNames, change, change.content);
    this.#pendingNames = this.#pendingNames.filter((change) => !isIn(change));
  }
}

function renameIn(
  names: Map<string, FileContent | undefined>,
  change: NameChange,
  content: FileContent | undefined,
): void {
  if (change.op === 'create' || change.op === 'make-folder') names.set(change.path, content);
  else if (change.op !== 'link') names.delete(change.path);
  // A folder that is gone takes with it what its last sync still said of it.
  if (change.op === 'remove')
    for (const path of names.keys()) if (path.startsWith(`${change.path}/`)) names.delete(path);
  if (change.op === 'rename' || change.op === 'link') names.set(change.to, content);
}

/** Whether every folder above has its name on the disk too. */
function isReachable(names: ReadonlyMap<string, unknown>, path: string): boolean {
  const above = dirname(path);
  return above === '.' || (names.has(above) && isReachable(names, above));
}

function applied(content: Buffer, changes: readonly Pending[]): Buffer {
  if (changes.length === 0) return content;
  const end = changes.reduce((max, one) => Math.max(max, 'size' in one ? one.size : one.at + one.data.length), 0);
  const whole = Buffer.alloc(Math.max(content.length, end));
  content.copy(whole);
  let size = content.length;
  for (const one of changes) {
    if ('size' in one) {
      if (one.size < size) whole.fill(0, one.size, size);
      size = one.size;
    } else {
      one.data.copy(whole, one.at);
      size = Math.max(size, one.at + one.data.length);
    }
  }
  return whole.subarray(0, size);
}

/** The changes up to some moment; the last one may have come to the disk in part. */
function cutOff(changes: readonly Pending[], random: Random): Pending[] {
  const count = Math.floor(random.next() * (changes.length + 1));
  const last = changes[count];
  const whole = changes.slice(0, count);
  return last === undefined ? whole : [...whole, ...tear(last, random)];
}

/** Those sectors of a write that came to the disk, each by chance. */
function tear(change: Pending, random: Random): Pending[] {
  if ('size' in change) return random.next() < 0.5 ? [change] : [];
  const { at, data } = change;
  const whole = random.next();
  if (whole < 0.4) return whole < 0.2 ? [change] : [];
  const parts: Pending[] = [];
  let from = 0;
  while (from < data.length) {
    const to = Math.min(data.length, from + SECTOR_BYTES - ((at + from) % SECTOR_BYTES));
    if (random.next() < 0.5) parts.push({ at: at + from, data: data.subarray(from, to) });
    from = to;
  }
  return parts;
}
