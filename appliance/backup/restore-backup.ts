import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type DeviceKey, loadOrCreateDeviceKey } from '../../core/ledger/device-key.ts';
import { createRecorder } from '../../core/ledger/recorder.ts';
import type { Clock } from '../../core/model/clock.ts';
import { Failure } from '../../core/model/failure.ts';
import { toIso } from '../../core/model/time.ts';
import { readEncryption } from '../../core/store/encryption-setting.ts';
import { holdInstanceLock } from '../../core/store/instance-lock.ts';
import { ledgerStorage } from '../../core/store/ledger-store.ts';
import { nodeKeyDisk } from '../../core/store/node-key-disk.ts';
import { openStore } from '../../core/store/open-store.ts';
import { recodeStore } from '../../core/store/recode-store.ts';
import { formOf, formToWrite, type StoreForm } from '../../core/store/store-form.ts';
import { ownPlaceOf } from '../../core/store/store-keys.ts';
import { swapMarkOf } from '../../core/store/swap-mark.ts';
import { beginsAsStore, beginsAsZip } from '../bundle/read-bundled-ledger.ts';
import { type DataFolder, openDataFolder } from '../data-folder.ts';
import { noteKey } from '../encryption/settle-encryption.ts';
import { isFull } from '../full-disk.ts';
import { forgetDamage } from '../salvage/damage-note.ts';
import { findDamage } from '../salvage/find-damage.ts';
import { restoringPath } from '../sweep-left-over.ts';
import { type BackupManifest, manifestPathOf, parseManifest } from './backup-manifest.ts';
import { type LedgerHere, ledgerHere, refuseReplacing } from './compare-ledgers.ts';
import { copyDurably, digestOfFile, freeBytesAt, syncFile } from './durable-files.ts';
import { checkCopy } from './make-backup.ts';
import { newAside } from './new-aside.ts';
import { addPending, keepPending, type PendingEntry, pendingEntries, recordPending } from './pending-entry.ts';
import { putInPlace, roomToExchange, undoHalfSwap } from './put-in-place.ts';

export interface RestoreJob {
  /** The backup. */
  readonly file: string;
  readonly dataFolder: string;
  readonly by: string;
  readonly clock: Pick<Clock, 'wallMs'>;
  /** Moves a ledger aside that is newer, another one or damaged. Nothing is ever deleted. */
  readonly existing: 'refuse' | 'set-aside';
  readonly onPhase?: (phase: 'copy' | 'check' | 'finish') => void;
}

export interface Restored {
  readonly size: number;
  readonly root: string;
  readonly plantId: string;
  /** Where the ledger lies that was there before. */
  readonly setAside: string | undefined;
  /** Whether the file was held against the digest of its manifest. */
  readonly hasManifest: boolean;
  /**
   * `recorded`: the restore is an entry already. `no-key`: it becomes one once the device key is in the folder.
   * `other-key`: the key there is not the one that signed last in the backup, so it may not sign now.
   */
  readonly entry: 'recorded' | 'no-key' | 'other-key';
  /** An encrypted backup that lies in clear here, since this folder's store is not encrypted. */
  readonly isDeciphered: boolean;
}

/**
 * Puts a backup in the place of the data folder's ledger, once all of its hashes and signatures hold, and says so in
 * the ledger: what was signed after the backup may exist elsewhere, and whoever holds that must find why.
 *
 * @throws Failure `STO_RESTORE_...`, `STO_BACKUP_...`, `STO_IN_USE`, or of the store.
 */
export function restoreBackup(job: RestoreJob): Restored {
  const manifest = readManifest(job.file);
  const folder = openDataFolder(job.dataFolder);
  const temporary = restoringPath(folder.storePath);
  const sweep = (): void => {
    for (const suffix of ['', '-wal', '-shm', '-journal', '.key']) rmSync(`${temporary}${suffix}`, { force: true });
  };
  settleFormer(folder);
  sweep();
  try {
    return restoreThrough(temporary, job, manifest, folder);
  } catch (error) {
    throw isFull(error) ? filledUp(folder, error) : error;
  } finally {
    sweep();
  }
}

/**
 * An exchange that a power cut ended is taken back before anything here is looked at, and a change of the encryption
 * settled where the store is sound: else the former file would be measured by the ledger that is restored.
 */
function settleFormer(folder: DataFolder): void {
  const { root, storePath } = folder;
  const isChanging = readEncryption(root)?.changing !== undefined;
  if (!isChanging && !existsSync(swapMarkOf(storePath))) return;
  const lock = holdInstanceLock(root);
  try {
    undoHalfSwap(storePath);
    if (isChanging) findDamage(folder);
  } catch (error) {
    // What is wrong with the store here is said once it is to be replaced.
    if (!(error instanceof Failure)) throw error;
  } finally {
    lock.release();
  }
}

function restoreThrough(
  temporary: string,
  job: RestoreJob,
  manifest: BackupManifest | undefined,
  folder: DataFolder,
): Restored {
  refuseNoRoom(job.file, folder);
  job.onPhase?.('copy');
  const { digest, form, isDeciphered } = takeCopy(job.file, temporary, manifest, folder);
  // Older backups are brought up to date here, in the copy.
  openStore(temporary, { access: 'write' }).close();
  job.onPhase?.('check');
  const facts = checkCopy(temporary, folder.storePath);
  const judge = (): LedgerHere | undefined => {
    const here = ledgerHere(folder.storePath);
    if (job.existing === 'refuse') refuseReplacing(here, { here: folder.storePath, backup: temporary }, facts);
    return here;
  };
  // Said before the lock, which says only that an appliance runs.
  judge();
  const lock = holdInstanceLock(folder.root);
  try {
    const here = judge();
    job.onPhase?.('finish');
    const entry = note(temporary, job, folder, { digest, facts, here });
    syncFile(temporary);
    // Restored into a folder that said nothing of it, an encrypted ledger stays encrypted, also after a power cut.
    if (form.key !== undefined && readEncryption(folder.root) === undefined) noteKey(folder, ownPlaceOf(form.key.id));
    const aside = newAside(folder.root, 'before-restore', job.clock.wallMs());
    const setAside = putInPlace(temporary, folder.storePath, aside);
    // It was about the store that is aside now.
    forgetDamage(folder);
    const { size, root, plantId } = facts;
    return { size, root, plantId, setAside, hasManifest: manifest !== undefined, entry, isDeciphered };
  } finally {
    lock.release();
  }
}

/**
 * Copies the backup in the form that the store of this folder has, which a folder without a store takes from the backup.
 *
 * @throws Failure `STO_RESTORE_CHANGED`, or about a key.
 */
function takeCopy(
  file: string,
  temporary: string,
  manifest: BackupManifest | undefined,
  { root, storePath }: DataFolder,
): { readonly digest: string; readonly form: StoreForm; readonly isDeciphered: boolean } {
  const fromForm = formOf(file, storePath);
  const isSaid = readEncryption(root) !== undefined;
  const formHere = (): StoreForm => (existsSync(storePath) ? formOf(storePath) : fromForm);
  const form = isSaid ? formToWrite(root) : formHere();
  const isSame = form.key?.id === fromForm.key?.id;
  const digest = isSame ? copyDurably(file, temporary) : digestOfFile(file);
  if (manifest !== undefined && manifest.sha256 !== digest) throw changed(file);
  if (!isSame) recodeStore({ from: file, fromForm, to: temporary, toForm: form });
  return { digest, form, isDeciphered: fromForm.key !== undefined && form.key === undefined };
}

interface Facts {
  readonly digest: string;
  readonly facts: ReturnType<typeof checkCopy>;
  readonly here: LedgerHere | undefined;
}

/** Makes the restore an entry of the copy, or leaves it pending where the key is not at hand. */
function note(
  temporary: string,
  { by, clock }: RestoreJob,
  { keysFolder, storePath }: DataFolder,
  { digest, facts, here }: Facts,
): Restored['entry'] {
  const replaced =
    here === undefined
      ? null
      : here.kind === 'damaged'
        ? { state: 'damaged' }
        : { state: 'sound', ledger: here.ledger, size: here.size, root: here.root };
  const { size, root } = facts;
  const restoredAt = toIso(clock.wallMs());
  const store = openStore(temporary, { access: 'write' });
  try {
    if (here?.kind === 'sound' && here.ledger === facts.ledger) keepPending(store, pendingAt(storePath));
    addPending(store, {
      kind: 'restore',
      body: { v: 1, by, restoredAt, backup: `sha256:${digest}`, size, root, replaced },
    });
    const key = keyAt(keysFolder, facts.plantId);
    if (key?.verifierKey === facts.verifierKey) {
      const recorder = createRecorder({ storage: ledgerStorage(store), key, clock });
      recordPending(store, (entries, alongside) => recorder.record(entries, alongside));
    }
    store.run('PRAGMA wal_checkpoint(TRUNCATE)');
    if (key === undefined) return 'no-key';
    return key.verifierKey === facts.verifierKey ? 'recorded' : 'other-key';
  } finally {
    store.close();
  }
}

function pendingAt(storePath: string): readonly PendingEntry[] {
  const store = openStore(storePath, { access: 'read' });
  try {
    return pendingEntries(store);
  } finally {
    store.close();
  }
}

function keyAt(keysFolder: string, plantId: string): DeviceKey | undefined {
  if (nodeKeyDisk.read(join(keysFolder, 'device.key')) === undefined) return undefined;
  return loadOrCreateDeviceKey(keysFolder, { plantId, disk: nodeKeyDisk });
}

/** @throws Failure `STO_RESTORE_FILE` when there is no such backup; undefined where it has no manifest. */
function readManifest(file: string): BackupManifest | undefined {
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) throw noBackup(file, 'there is no such file');
  if (file.endsWith('.part')) throw noBackup(file, 'it is the beginning of one that was never finished');
  if (beginsAsZip(file)) throw noBackup(file, BUNDLE);
  if (!beginsAsStore(file)) throw noBackup(file, 'it does not begin as a store does');
  const path = manifestPathOf(file);
  if (!existsSync(path)) return undefined;
  const manifest = parseManifest(readFileSync(path, 'utf8'));
  if (manifest === undefined) throw noBackup(file, `${path} beside it cannot be read`);
  if (manifest.bytes !== statSync(file).size) throw changed(file);
  return manifest;
}

/** A user will try it, for a bundle is what people have been sent. */
const BUNDLE =
  'it is a ZIP such as an evidence bundle, which holds a part of a ledger for others to check, and no store of a plant';

function noBackup(file: string, reason: string): Failure {
  return new Failure('STO_RESTORE_FILE', `${file} is no backup that can be restored: ${reason}.`, {
    hint: 'name the .db file that `forebay backup` wrote, with its .json beside it',
    exitCode: 2,
  });
}

function changed(file: string): Failure {
  return new Failure(
    'STO_RESTORE_CHANGED',
    `${file} is not the file that was backed up: its length or digest differs.`,
    {
      hint: 'copy it again from where it was made, or take another backup',
      exitCode: 4,
    },
  );
}

function refuseNoRoom(file: string, { root, storePath }: DataFolder): void {
  const copyBytes = roomToExchange(storePath);
  const needed = statSync(file).size + copyBytes;
  const free = freeBytesAt(root);
  if (free > needed) return;
  const why = copyBytes > 0 ? ' (this disk knows one name for a file only, so the present store is copied too)' : '';
  throw new Failure('STO_RESTORE_ROOM', `${root} has no room for the ledger of ${file}.`, {
    hint: `free ${Math.ceil((needed - free) / 1e6) + 1} MB there${why}, or restore to another folder with --data`,
    exitCode: 2,
  });
}

/** Somebody else took the room meanwhile. */
function filledUp({ root }: DataFolder, cause: unknown): Failure {
  return new Failure('STO_RESTORE_ROOM', `The disk of ${root} filled up during the restore.`, {
    hint: 'what was there is as it was; free some space there and try again, or restore to another folder with --data',
    exitCode: 2,
    cause,
  });
}
