import { existsSync, rmdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  type KeyPlace,
  readEncryption,
  removeEncryption,
  writeEncryption,
} from '../../core/store/encryption-setting.ts';
import { readHead } from '../../core/store/store-head.ts';
import { ownPlaceOf } from '../../core/store/store-keys.ts';
import { swapMarkOf } from '../../core/store/swap-mark.ts';
import { syncFolder } from '../../core/store/sync-folder.ts';
import type { DataFolder } from '../data-folder.ts';

type Folder = Pick<DataFolder, 'root' | 'storePath'>;

/** The file that a store is written into in another form, before it takes the store's place. */
export function recodedPath(storePath: string): string {
  return `${storePath}.recoded`;
}

/**
 * Brings a change of the encryption to its end, or takes it back where the store still has its former form, so that the
 * setting says what the store is. Call it with the folder's lock, once no exchange of the store is half done and the
 * store was found to be sound: the file in its former form goes here.
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
  for (const suffix of ['', '-journal', '.key']) rmSync(`${recoded}${suffix}`, { force: true });
  if (hasForm(changing.key)) removeFormer(join(root, changing.aside), basename(storePath));
  syncFolder(root);
  noteKey({ root, storePath }, hasForm(changing.key) ? changing.key : setting.key);
}

/** Writes down that the store is encrypted with this key, or that it is not. */
export function noteKey({ root, storePath }: Folder, key: KeyPlace | null): void {
  if (key === null) removeEncryption(root);
  else writeEncryption(root, { store: basename(storePath), key });
}

/** The file itself goes last: as long as anything is left of it, it is whole. */
function removeFormer(aside: string, name: string): void {
  if (!existsSync(aside)) return;
  for (const suffix of ['-wal', '-shm', '']) rmSync(join(aside, `${name}${suffix}`), { force: true });
  try {
    rmdirSync(aside);
  } catch {
    // Somebody put something else into it, which is not ours to remove.
  }
}
