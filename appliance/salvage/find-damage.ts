import { existsSync, statSync } from 'node:fs';
import { ROW_CODE, rowFailure } from '../../core/ledger/check-rows.ts';
import { checkTail } from '../../core/ledger/check-tail.ts';
import { Frontier } from '../../core/ledger/frontier.ts';
import { fsck } from '../../core/ledger/fsck.ts';
import type { LedgerReader } from '../../core/ledger/ledger-storage.ts';
import { isEqual, leafHash } from '../../core/ledger/merkle.ts';
import { Failure } from '../../core/model/failure.ts';
import { unpackBlock } from '../../core/store/entry-blocks.ts';
import { findRows } from '../../core/store/found-rows.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import { holdsNoTables, openStore } from '../../core/store/open-store.ts';
import { damaged } from '../../core/store/store-failure.ts';
import { undoHalfSwap } from '../backup/put-in-place.ts';
import type { DataFolder } from '../data-folder.ts';
import { settleEncryption } from '../encryption/settle-encryption.ts';
import { explainFullDisk } from '../full-disk.ts';
import { hadLedger, isEmptyFile, refuseLostLedger } from '../lost-ledger.ts';
import { sweepLeftOver } from '../sweep-left-over.ts';
import { type DamageNote, forgetDamage, noteDamage, notedDamage } from './damage-note.ts';

/** A file of this size is looked through in well under a second. */
const QUICK_CHECK_BYTES = 64 * 1024 * 1024;
/** So many entries are checked in some seconds; a longer ledger is checked beside the recording. */
const AT_ONCE_ENTRIES = 20_000;
/** What says that the store cannot be recorded into any more. A disk that refuses a write, as when full, is no damage. */
const DAMAGE: ReadonlySet<string> = new Set([
  'STO_DAMAGED',
  'STO_ENTRY_DAMAGED',
  'LED_HEAD_MISMATCH',
  'LED_NODE_MISSING',
  'LED_FSCK_HOLE',
  'LED_FSCK_ENTRY',
  'LED_FSCK_BLOCK',
]);

/** What only keeps a store from being read, and not from being written. */
const FOR_WRITERS: ReadonlySet<string> = new Set(['STO_OUTDATED', 'STO_EMPTY', 'STO_NOT_WRITABLE']);

export function isDamage(error: unknown): error is Failure {
  return error instanceof Failure && DAMAGE.has(error.code);
}

/** The same, and tables for queries that are not what the entries say: what the next start has to know. */
export function isToBeNoted(error: unknown): error is Failure {
  return isDamage(error) || (error instanceof Failure && error.code === ROW_CODE);
}

/** False figures of which every entry is as the device signed it: a salvage would give the same ledger, and mend nothing. */
const CLAIMS: ReadonlySet<string> = new Set(['LED_FSCK_MONTH', 'LED_FSCK_MINT']);

/** Whether what a whole check found is damage of the entries or of what proves them. */
export function isDamageFound(code: string): boolean {
  return code !== ROW_CODE && !CLAIMS.has(code) && (code.startsWith('LED_FSCK_') || DAMAGE.has(code));
}

/**
 * Why the store of this folder cannot be recorded into; undefined when it can. Takes a moment whatever its size: the
 * newest entries, the head of the tree, and small files as a whole. Where the last run noted damage, everything is
 * checked, and a note that nothing bears out is forgotten: here where the ledger is short or the note urgent, else by the
 * check in the background. Only for whoever holds the folder's lock, since an exchange of the store that was cut off is
 * taken back first, what was left half done removed, and a change of its encryption settled where it is sound.
 *
 * @throws Failure of a store that is not damaged and cannot be opened all the same, as without its key; `APP_DISK_FULL`,
 * `STO_LEDGER_LOST`.
 */
export function findDamage(folder: DataFolder): Failure | undefined {
  const { storePath } = folder;
  undoHalfSwap(storePath);
  sweepLeftOver(folder);
  refuseLostLedger(folder);
  if (!existsSync(storePath)) return undefined;
  const found = look(folder);
  if (found !== 'sound') return found;
  try {
    settleEncryption(folder);
  } catch (error) {
    // It is tried again at the next start; what the disk refuses here is no damage of the store.
    throw explainFullDisk(error, folder);
  }
  return undefined;
}

/** Undefined where whoever opens the store for writing has to find out. */
function look(folder: DataFolder): Failure | 'sound' | undefined {
  const { storePath } = folder;
  const wasLedger = hadLedger(folder);
  // The store comes before the key: an empty file beside a key was a ledger once.
  if (wasLedger && isEmptyFile(storePath)) return damaged(storePath, 'it is empty');
  try {
    if (wasLedger && holdsNoTables(storePath)) return damaged(storePath, 'its tables are gone');
    // For reading, so that a damaged store is looked at and not touched.
    const store = openStore(storePath, { access: 'read' });
    const noted = storeDamageNoted(folder);
    try {
      const reader = ledgerReader(store);
      if (noted?.weight === 'certain') return damaged(storePath, noted.message.replace(/\.$/, ''));
      const checksAll = noted !== undefined && (noted.weight === 'urgent' || reader.size() <= AT_ONCE_ENTRIES);
      if (checksAll || sizeOf(storePath) <= QUICK_CHECK_BYTES) {
        const first = store.get<{ quick_check: string }>('PRAGMA quick_check(1)')?.quick_check;
        if (first !== 'ok') return damaged(storePath, String(first));
      }
      const found = tailDamage(reader, storePath) ?? (checksAll ? damageWithin(reader, folder) : undefined);
      if (found !== undefined) return found;
    } finally {
      store.close();
    }
    return 'sound';
  } catch (error) {
    if (isDamage(error)) return error;
    // The mark of who wrote the file is among its first bytes, which damage hits as well.
    if (error instanceof Failure && error.code === 'STO_FOREIGN' && isOurs(storePath))
      return damaged(storePath, 'its mark is gone');
    // Whoever opens it for writing brings an older form up to date, and takes back a write that a power cut ended.
    if (error instanceof Failure && FOR_WRITERS.has(error.code)) return undefined;
    if (error instanceof Failure) throw explainFullDisk(error, folder);
    return damaged(storePath, error instanceof Error ? error.message : String(error), error);
  }
}

/** Tables that are not what the entries say are no damage of the ledger: they are computed anew. */
function storeDamageNoted(folder: DataFolder): DamageNote | undefined {
  const noted = notedDamage(folder);
  return noted?.code === ROW_CODE ? undefined : noted;
}

/** Whether entries of a ledger can be found in the file. */
function isOurs(storePath: string): boolean {
  for (const { what, row } of findRows(storePath)) {
    if (what === 'entry' && isEqual(leafHash(row.bytes), row.leafHash)) return true;
    if (what === 'packed' && !('trouble' in unpackBlock(row))) return true;
  }
  return false;
}

function tailDamage(reader: LedgerReader, path: string): Failure | undefined {
  const size = reader.size();
  checkTail(reader, size);
  const root = Frontier.of(size, (level, index) => {
    const hash = reader.nodeHash(level, index);
    if (hash !== undefined) return hash;
    throw damaged(path, `tree node ${index} of level ${level} is missing`);
  }).root();
  const newest = reader.latestCheckpoint();
  const isSound = newest === undefined ? size === 0 : newest.size === size && isEqual(newest.root, root);
  return isSound ? undefined : damaged(path, `its ${size} entries do not lead to the newest checkpoint`);
}

/**
 * The first thing that does not hold anywhere in the ledger. What a later version wrote is no damage, and tables that
 * are not what the entries say are noted for whoever computes them anew.
 */
function damageWithin(reader: LedgerReader, folder: DataFolder): Failure | undefined {
  const { firstBad } = fsck(reader);
  if (firstBad !== undefined && isDamageFound(firstBad.code)) return damaged(folder.storePath, firstBad.message);
  forgetDamage(folder);
  if (firstBad?.code === ROW_CODE) noteDamage(folder, rowFailure(firstBad), 'suspected');
  return undefined;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
