import { availableParallelism } from 'node:os';
import { checkHashes, type HashCheckOptions, type HashReport } from '../../core/ledger/check-hashes.ts';
import { type LedgerFrame, readFrame } from '../../core/ledger/check-whole.ts';
import { type FsckOptions, type FsckReport, fsck } from '../../core/ledger/fsck.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import { indexesOfKind } from '../../core/store/stored-entries.ts';
import { checkClaims, checkClose, closesBelow } from './check-months.ts';
import { checkParts } from './check-parts.ts';
import type { PartThread } from './part-job.ts';

const THREADS_MAX = 8;

export interface ThreadOptions {
  /** With one, everything is done in this thread. */
  readonly threads?: number;
  readonly partEntries?: number;
  /** Ledgers with fewer entries are checked in this thread: starting others would take longer. */
  readonly aloneBelow?: number;
}

/** `closedMonths` and `mints` count the entries of them that hold. */
export type LedgerReport = FsckReport & { readonly closedMonths: number; readonly mints: number };

/** A part takes a fraction of a second, so that progress shows and no thread waits long for the last one. */
const FULL = { partEntries: 2_000, aloneBelow: 6_000 } as const;
const QUICK = { partEntries: 16_384, aloneBelow: 60_000 } as const;

/**
 * `fsck` of a store and of what it says of closed months and mints, with as many threads as there are processors, at most 8. Threads only say
 * that everything holds, and where something does not, the entries are looked at in order to name the first.
 */
export async function fsckLedger(
  store: ReadableStore,
  options: FsckOptions = {},
  threads: ThreadOptions = {},
): Promise<LedgerReport> {
  const { onProgress, ...plain } = options;
  const thread: PartThread = { storePath: store.path, depth: 'full', options: plain };
  const found = await inThreads(store, thread, { ...FULL, ...threads }, onProgress);
  const { keptCheckpoint: kept } = options;
  if (found === undefined || (kept !== undefined && kept.size > found.frame.size)) return inOrder(store, options);
  const { frame, counts } = found;
  const { checkedNodes = 0, checkedCheckpoints = 0, checkedSignatures = 0, readings = 0, gaps = 0 } = counts;
  const checked = { checkedNodes, checkedCheckpoints, checkedSignatures, readings, gaps };
  const report = { ok: true, entries: frame.size, ...checked, ...claimsBelow(store, frame.size), keys: frame.keys };
  return kept === undefined ? report : { ...report, extendsSize: kept.size };
}

/** The whole in one thread, then what it says of closed months and mints. */
async function inOrder(store: ReadableStore, options: FsckOptions): Promise<LedgerReport> {
  const plain = fsck(ledgerReader(store), options);
  const report = { ...plain, ...claimsBelow(store, plain.entries) };
  if (!plain.ok) return report;
  let firstBad = checkClaims(store, plain.entries);
  for (const index of closesBelow(store, plain.entries)) {
    if (firstBad !== undefined && firstBad.index <= index) break;
    firstBad = (await checkClose(store, index)) ?? firstBad;
  }
  if (firstBad === undefined) return report;
  return { ...report, ...claimsBelow(store, firstBad.index), ok: false, entries: firstBad.index, firstBad };
}

function claimsBelow(store: ReadableStore, size: number): Pick<LedgerReport, 'closedMonths' | 'mints'> {
  const mints = indexesOfKind(store, 'token-minted', 0, size).length;
  return { closedMonths: closesBelow(store, size).length, mints };
}

/** `checkHashes` of a store, in the same way. */
export async function checkLedgerHashes(
  store: ReadableStore,
  options: HashCheckOptions = {},
  threads: ThreadOptions = {},
): Promise<HashReport> {
  const { onProgress, ...plain } = options;
  const thread: PartThread = { storePath: store.path, depth: 'quick', options: plain };
  const found = await inThreads(store, thread, { ...QUICK, ...threads }, onProgress);
  if (found === undefined) return checkHashes(ledgerReader(store), options);
  const { checkedNodes = 0, checkedCheckpoints = 0 } = found.counts;
  return { ok: true, entries: found.frame.size, checkedNodes, checkedCheckpoints, keys: found.frame.keys };
}

interface FoundSound {
  readonly frame: LedgerFrame;
  readonly counts: Readonly<Record<string, number>>;
}

/** What threads found, or undefined where they were not asked or not everything holds. */
async function inThreads(
  store: ReadableStore,
  thread: PartThread,
  options: Required<Omit<ThreadOptions, 'threads'>> & ThreadOptions,
  onProgress: ((entries: number) => void) | undefined,
): Promise<FoundSound | undefined> {
  const { threads = Math.min(THREADS_MAX, availableParallelism()), partEntries, aloneBelow } = options;
  if (threads < 2) return undefined;
  const frame = frameOf(store, thread.options.verifierKey);
  if (frame?.isSound !== true || frame.size < aloneBelow) return undefined;
  const closes = closesBelow(store, frame.size);
  const counts = await checkParts(thread, { size: frame.size, threads, partEntries, closes, onProgress });
  return counts === undefined ? undefined : { frame, counts };
}

function frameOf(store: ReadableStore, verifierKey: string | readonly string[] | undefined): LedgerFrame | undefined {
  const beyond = (size: number) => ledgerReader(store, { from: size, to: Number.MAX_SAFE_INTEGER });
  try {
    return readFrame(ledgerReader(store), beyond, verifierKey);
  } catch {
    // What keeps it from being read is said by the check in order.
    return undefined;
  }
}
