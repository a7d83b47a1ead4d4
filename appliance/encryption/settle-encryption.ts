import { existsSync, rmdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Failure } from '../../core/model/failure.ts';
import {
  type EncryptionSetting,
  type KeyPlace,
  readEncryption,
  removeEncryption,
  writeEncryption,
} from '../../core/store/encryption-setting.ts';
import { readHead } from '../../core/store/store-head.ts';
import { ownPlaceOf } from '../../core/store/store-keys.ts';
import { swapMarkOf } from '../../core/store/swap-mark.ts';
import { syncFolder } from '../../core/store/sync-folder.ts';
import { ledgerHere, relateTo } from '../backup/compare-ledgers.ts';
import type { DataFolder } from '../data-folder.ts';

type Folder = Pick<DataFolder, 'root' | 'storePath'>;

/** The file that a store is written into in another form, before it takes the store's place. */
export function recodedPath(storePath: string): string {
  return `${storePath}.recoded`;
}

/**
 * Brings a change of the encryption to its end, or takes it back where the store still has its former form, so that the
 * setting says what the store is. Call it with the folder's lock, once no exchange of the store is half done and the
 * store was found to be sound: the file in its former form goes here. It stays, in its folder, where the store does not
 * hold all of its ledger, as when an older backup was restored or a salvage has lost something.
 *
 * At every moment the setting alone says with which key a file is written that takes the store's place, since its
 * first bytes may be damaged or gone: before the former file goes it is noted that the new one has its place.
 */
export function settleEncryption({ root, storePath }: Folder): void {
  if (existsSync(swapMarkOf(storePath))) return;
  const setting = readEncryption(root);
  const head = readHead(storePath);
  if (setting === undefined) {
    // It was put there encrypted, as by a restore that a power cut ended.
    if (head.kind === 'encrypted') noteKey({ root, storePath }, ownPlaceOf(head.keyId));
    return;
  }
  const { changing } = setting;
  if (changing === undefined) return;
  const hasForm = (key: KeyPlace | null): boolean =>
    key === null ? head.kind === 'plain' : head.kind === 'encrypted' && head.keyId === key.id;
  if (!hasForm(changing.key) && !hasForm(setting.key)) return;
  const recoded = recodedPath(storePath);
  for (const suffix of ['', '-journal', '-wal', '-shm', '.key']) rmSync(`${recoded}${suffix}`, { force: true });
  const aside = join(root, changing.aside);
  if (hasForm(changing.key)) settlePlaced({ root, storePath }, setting, aside);
  removeEmpty(aside);
  syncFolder(root);
  noteKey({ root, storePath }, hasForm(changing.key) ? changing.key : setting.key);
}

function settlePlaced({ root, storePath }: Folder, setting: EncryptionSetting, aside: string): void {
  const former = join(aside, basename(storePath));
  const { changing } = setting;
  if (changing === undefined || !existsSync(aside)) return;
  if (changing.isPlaced !== true) {
    if (existsSync(former) && !holdsAllOf(storePath, former)) return;
    writeEncryption(root, { ...setting, changing: { ...changing, isPlaced: true } });
  }
  removeFormer(aside, basename(storePath));
}

function holdsAllOf(storePath: string, former: string): boolean {
  try {
    const there = ledgerHere(former, storePath);
    if (there === undefined) return true;
    if (there.kind === 'damaged') return false;
    const relation = relateTo(storePath, there);
    return relation === 'same' || relation === 'contained';
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}

/** Writes down that the store is encrypted with this key, or that it is not. */
export function noteKey({ root, storePath }: Folder, key: KeyPlace | null): void {
  if (key === null) removeEncryption(root);
  else writeEncryption(root, { store: basename(storePath), key });
}

/** The file itself goes last: as long as anything is left of it, it is whole. */
function removeFormer(aside: string, name: string): void {
  for (const suffix of ['-wal', '-shm', '']) rmSync(join(aside, `${name}${suffix}`), { force: true });
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // It was never made, the former file stays in it, or somebody put something else into it, which is not ours to remove.
  }
}
