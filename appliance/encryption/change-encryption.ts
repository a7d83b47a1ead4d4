import { chmodSync, existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { OWNER_ONLY } from '../../core/ledger/key-file.ts';
import { Failure } from '../../core/model/failure.ts';
import { usedBytes } from '../../core/store/disk-use.ts';
import { type KeyPlace, readEncryption, writeEncryption } from '../../core/store/encryption-setting.ts';
import { holdInstanceLock } from '../../core/store/instance-lock.ts';
import { nodeKeyDisk } from '../../core/store/node-key-disk.ts';
import { openStore } from '../../core/store/open-store.ts';
import { recodeStore, withoutWriters } from '../../core/store/recode-store.ts';
import { formOf } from '../../core/store/store-form.ts';
import { formatStoreKey, STORE_KEY_BYTES, storeKeyOf } from '../../core/store/store-key.ts';
import { keyAt, ownPlaceOf, readKeySource } from '../../core/store/store-keys.ts';
import { freeBytesAt, syncFile } from '../backup/durable-files.ts';
import { newAside } from '../backup/new-aside.ts';
import { type AfterStep, putInPlace, roomToExchange } from '../backup/put-in-place.ts';
import type { DataFolder } from '../data-folder.ts';
import { reserveOf, spaceAt } from '../disk/disk-space.ts';
import { isFull } from '../full-disk.ts';
import { findDamage } from '../salvage/find-damage.ts';
import { noteKey, recodedPath, settleEncryption } from './settle-encryption.ts';
import { type StoreFacts, storeFacts } from './store-facts.ts';

export interface EncryptionJob {
  readonly folder: DataFolder;
  /** `on` where it was off, `change` takes another key, `off` writes in clear again, `rewrite` gives free pages back. */
  readonly change: 'on' | 'change' | 'off' | 'rewrite';
  /** Where the key is, see `KeyPlace`; absent, a key is made in the data folder. */
  readonly source?: string | undefined;
  readonly nowMs: number;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly onPhase?: (phase: 'copy' | 'check' | 'exchange') => void;
  /** Bytes that may be written in a folder; an argument for tests. */
  readonly freeBytes?: (folder: string) => number;
  /** See `putInPlace`; an argument for tests. */
  readonly afterStep?: AfterStep;
}

export interface ChangedEncryption {
  readonly key: KeyPlace | null;
  readonly formerKey: KeyPlace | null;
  /** Of the ledger; none where there is no store yet. */
  readonly entries: number;
}

/** What a file system needs besides the file itself, and what the cipher adds to each page. */
const ROOM_MARGIN_BYTES = 1024 * 1024;
const ROOM_FACTOR = 1.02;

/**
 * Encrypts the store of a data folder, changes its key, or writes it in clear again. It goes into a new file, which is
 * checked as a whole and takes the store's place in one step; only then is the former file removed. Whenever the power
 * goes, there is one store that opens, with the key that the folder names, and the next start settles the rest.
 *
 * @throws Failure `STO_IN_USE`, `STO_ENCRYPTION_SAME`, `STO_ENCRYPTION_ROOM`, `STO_ENCRYPTION_UNSOUND`, of the key, or
 * of the store; then everything is as it was.
 */
export function changeEncryption(job: EncryptionJob): ChangedEncryption {
  const { folder } = job;
  const lock = holdInstanceLock(folder.root);
  try {
    // Takes back or settles what a power cut left.
    const damage = findDamage(folder);
    if (damage !== undefined) throw damage;
    const formerKey = readEncryption(folder.root)?.key ?? null;
    if (job.change !== 'rewrite') refuseSame(job, formerKey);
    if (!existsSync(folder.storePath)) {
      const key = placeFor(job, formerKey);
      noteKey(folder, key);
      return { key, formerKey, entries: 0 };
    }
    makeReady(job);
    const key = placeFor(job, formerKey);
    if (job.change === 'change' && key?.id === formerKey?.id) {
      // The same key in another place: the store stays as it is.
      noteKey(folder, key);
      return { key, formerKey, entries: storeFacts(folder.storePath, 'facts').size };
    }
    const aside = newAside(folder.root, 'before-encryption', job.nowMs);
    const changing = { key, aside: basename(aside) };
    writeEncryption(folder.root, { store: basename(folder.storePath), key: formerKey, changing });
    try {
      // Only now: as long as nothing says that a change is under way, commands still write (`writeBeside`).
      const facts = storeFacts(folder.storePath, 'facts');
      recode(job, key, facts, aside);
      return { key, formerKey, entries: facts.size };
    } finally {
      settleEncryption(folder);
    }
  } catch (error) {
    throw isFull(error) ? filledUp(folder.root, error) : error;
  } finally {
    lock.release();
  }
}

function recode({ folder, onPhase, afterStep }: EncryptionJob, key: KeyPlace | null, facts: StoreFacts, aside: string) {
  const { root, storePath } = folder;
  const fresh = recodedPath(storePath);
  const toForm = { key: key === null ? undefined : keyAt(root, key) };
  const fromForm = formOf(storePath);
  // Commands such as `apikey create` write without the folder's lock, one that has begun before this too.
  withoutWriters(storePath, fromForm, () => {
    onPhase?.('copy');
    recodeStore({ from: storePath, fromForm, to: fresh, toForm });
    chmodSync(fresh, OWNER_ONLY);
    // Into the mode that it is recorded in. In its place, a power cut in the middle of that would keep all readers out.
    openStore(fresh, { access: 'write' }).close();
    syncFile(fresh);
    onPhase?.('check');
    refuseDifference(storeFacts(fresh, 'all'), facts);
  });
  onPhase?.('exchange');
  putInPlace(fresh, storePath, aside, afterStep);
}

function refuseSame({ change, folder }: EncryptionJob, former: KeyPlace | null): void {
  const isEncrypted = former !== null;
  if (isEncrypted === (change !== 'on')) return;
  const sentence = isEncrypted
    ? `The store of ${folder.root} is encrypted already, with the key ${former.id}.`
    : `The store of ${folder.root} is not encrypted.`;
  throw new Failure('STO_ENCRYPTION_SAME', sentence, {
    hint: isEncrypted ? '`forebay encryption change` takes another key' : '`forebay encryption on` encrypts it',
    exitCode: 2,
  });
}

/** The key that is to be in force; made here where none was named, and durable before anything is written with it. */
function placeFor({ change, folder, source, randomBytes }: EncryptionJob, former: KeyPlace | null): KeyPlace | null {
  if (change === 'off') return null;
  if (change === 'rewrite') return former;
  if (source !== undefined) return { id: readKeySource(folder.root, source).id, source };
  const key = storeKeyOf(randomBytes(STORE_KEY_BYTES));
  const place = ownPlaceOf(key.id);
  nodeKeyDisk.replace(join(folder.root, place.source), `${formatStoreKey(key)}\n`, OWNER_ONLY);
  return place;
}

/** Brings an older store up to date, moves its log into it, and makes sure that there is room for another. */
function makeReady({ folder, freeBytes = freeBytesAt }: EncryptionJob): void {
  const { root, storePath } = folder;
  const store = openStore(storePath, { access: 'write' });
  try {
    store.run('PRAGMA wal_checkpoint(TRUNCATE)');
    const { totalBytes } = spaceAt(root);
    const free = freeBytes(root);
    const copyBytes = roomToExchange(storePath);
    const freshBytes = usedBytes(store) * ROOM_FACTOR + ROOM_MARGIN_BYTES;
    const needed = freshBytes + copyBytes + reserveOf({ freeBytes: free, totalBytes });
    if (free < needed) throw noRoom(root, needed - free, copyBytes > 0 ? 'two' : 'one');
  } finally {
    store.close();
  }
}

function refuseDifference(after: StoreFacts, before: StoreFacts): void {
  if (after.trouble !== undefined) throw unsound(after.trouble);
  if (after.size !== before.size || after.root !== before.root) throw unsound('its ledger is another one');
  for (const [table, rows] of before.rows) {
    if (after.rows.get(table) !== rows)
      throw unsound(`its table ${table} has ${after.rows.get(table)} rows of ${rows}`);
  }
}

function noRoom(root: string, lackingBytes: number, files: 'one' | 'two'): Failure {
  const isOne = files === 'one';
  const what = isOne ? 'a second file of the store' : 'two more files of the store';
  const why = isOne ? '' : '; this disk knows one name for a file only, so the present one is copied before it goes';
  return new Failure('STO_ENCRYPTION_ROOM', `${root} has no room for ${what}.`, {
    hint: `free ${Math.ceil(lackingBytes / 1e6)} MB there; the store is written anew beside the present one, which goes only afterwards${why}`,
    exitCode: 2,
  });
}

/** Somebody else took the room meanwhile. */
function filledUp(root: string, cause: unknown): Failure {
  return new Failure('STO_ENCRYPTION_ROOM', `The disk of ${root} filled up while the store was written anew.`, {
    hint: 'the store is as it was; free some space there and try again',
    exitCode: 2,
    cause,
  });
}

function unsound(what: string): Failure {
  return new Failure(
    'STO_ENCRYPTION_UNSOUND',
    `The file that was written anew does not hold, and was removed: ${what}.`,
    {
      hint: 'the store is as it was; run `forebay ledger fsck` and check the disk',
      exitCode: 4,
    },
  );
}
