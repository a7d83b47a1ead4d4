import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { assert } from '../../core/model/assert.ts';
import { swapMarkOf } from '../../core/store/swap-mark.ts';
import { syncFolder } from '../../core/store/sync-folder.ts';
import { NAME_PROBES } from '../sweep-left-over.ts';
import { copyDurably, digestOfFile, renameDurably, writeDurably } from './durable-files.ts';

const LOGS = ['-wal', '-shm'] as const;
/** Ends the name of a copy that is not whole yet. */
const UNFINISHED = '.part';

/** Called after each step that a power cut may follow; an argument for tests. */
export type AfterStep = (step: 'marked' | 'kept' | 'log-moved' | 'shm-moved' | 'synced' | 'placed') => void;

/**
 * Puts `fresh` in the place of the store at `storePath`. What is there goes into the folder `aside`, with its log,
 * untouched; it holds no other store yet. At no moment is there no store: a start at that moment would begin a second history. Nor is there a moment
 * at which the former store could be opened without its log, which holds its newest entries: a mark stands beside it
 * until all is done, and `undoHalfSwap` takes back what a power cut left.
 *
 * @returns The folder with the former store; undefined when there was none.
 */
export function putInPlace(
  fresh: string,
  storePath: string,
  aside: string,
  afterStep: AfterStep = () => {},
): string | undefined {
  const home = dirname(storePath);
  const hasStore = existsSync(storePath);
  if (!hasStore && !LOGS.some((suffix) => existsSync(`${storePath}${suffix}`))) {
    renameDurably(fresh, storePath);
    return undefined;
  }
  const second = join(aside, basename(storePath));
  assert(!existsSync(second), 'a store is never put over another that was kept');
  mkdirSync(aside, { recursive: true, mode: 0o700 });
  try {
    markDurably(storePath, { aside: basename(aside), hasStore });
    afterStep('marked');
    if (hasStore) keepUnderSecondName(storePath, second);
    afterStep('kept');
    for (const suffix of LOGS) {
      const log = `${storePath}${suffix}`;
      if (existsSync(log)) renameSync(log, join(aside, basename(log)));
      afterStep(suffix === '-wal' ? 'log-moved' : 'shm-moved');
    }
    syncFolder(aside);
    syncFolder(home);
    afterStep('synced');
    renameDurably(fresh, storePath);
    afterStep('placed');
  } catch (error) {
    undoHalfSwap(storePath);
    removeEmpty(aside);
    throw error;
  }
  unmark(storePath);
  return aside;
}

/**
 * Bytes that the exchange takes beside the new file: those of the present store where the disk knows one name for a file
 * only, else none.
 */
export function roomToExchange(storePath: string): number {
  const { size = 0 } = statSync(storePath, { throwIfNoEntry: false }) ?? {};
  return size === 0 || hasSecondNames(dirname(storePath)) ? 0 : size;
}

function hasSecondNames(folder: string): boolean {
  const [first, second] = NAME_PROBES.map((name) => join(folder, name)) as [string, string];
  const sweep = (): void => {
    for (const path of [first, second]) rmSync(path, { force: true });
  };
  sweep();
  try {
    writeFileSync(first, '');
    linkSync(first, second);
    return true;
  } catch {
    return false;
  } finally {
    sweep();
  }
}

/**
 * Brings an exchange of the store that was cut off to an end: where the new file is in its place it is done, else the
 * former store gets its log back and is what it was. Call it before anything is opened or swept, with the folder's
 * lock. Nothing where no exchange was cut off.
 */
export function undoHalfSwap(storePath: string): void {
  const mark = swapMarkOf(storePath);
  if (!existsSync(mark)) return;
  const home = dirname(storePath);
  const { aside, hasStore } = JSON.parse(readFileSync(mark, 'utf8')) as Mark;
  const kept = join(home, aside);
  const second = join(kept, basename(storePath));
  // The former store has a second name before anything is moved, and keeps its own until the new one takes it.
  const isPlaced = hasStore ? existsSync(second) && !isSameContent(storePath, second) : existsSync(storePath);
  if (!isPlaced) {
    for (const suffix of LOGS) {
      const log = join(kept, `${basename(storePath)}${suffix}`);
      if (existsSync(log)) renameSync(log, `${storePath}${suffix}`);
    }
    syncFolder(home);
    // The store itself never left its place.
    for (const suffix of ['', UNFINISHED]) rmSync(`${second}${suffix}`, { force: true });
    removeEmpty(kept);
  }
  unmark(storePath);
}

interface Mark {
  /** The folder for the former store, within that of the store. */
  readonly aside: string;
  /** Whether there was a former store, or its log only. */
  readonly hasStore: boolean;
}

/** Under its name the mark is whole, whenever the power goes. */
function markDurably(storePath: string, mark: Mark): void {
  const path = swapMarkOf(storePath);
  writeDurably(`${path}.part`, JSON.stringify(mark));
  renameDurably(`${path}.part`, path);
}

function unmark(storePath: string): void {
  for (const suffix of ['', '.part']) rmSync(`${swapMarkOf(storePath)}${suffix}`, { force: true });
  syncFolder(dirname(storePath));
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // A salvage keeps its evidence in it, or it was never made.
  }
}

/** Some file systems, as on USB sticks, know one name for a file only: there it is copied. */
function keepUnderSecondName(path: string, second: string): void {
  try {
    linkSync(path, second);
  } catch {
    // A copy has its name only once it is whole, since it is held against the store after a power cut.
    copyDurably(path, `${second}${UNFINISHED}`);
    renameDurably(`${second}${UNFINISHED}`, second);
  }
}

function isSameContent(a: string, b: string): boolean {
  if (isSameFile(a, b)) return true;
  return statSync(a).size === statSync(b).size && digestOfFile(a) === digestOfFile(b);
}

function isSameFile(a: string, b: string): boolean {
  const other = statSync(b, { throwIfNoEntry: false, bigint: true });
  const here = statSync(a, { bigint: true });
  return other !== undefined && other.ino === here.ino && other.dev === here.dev;
}
