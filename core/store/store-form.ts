import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { Failure } from '../model/failure.ts';
import { type EncryptionSetting, type KeyPlace, readEncryption } from './encryption-setting.ts';
import { readHead } from './store-head.ts';
import type { StoreKey } from './store-key.ts';
import { findStoreKey, keyAt, wrongKey } from './store-keys.ts';

/** How a store's file is written: encrypted with a key, or without one. */
export interface StoreForm {
  readonly key: StoreKey | undefined;
}

export const PLAIN_FORM: StoreForm = { key: undefined };

/**
 * The form of the store at `path` as far as its folder says it: without a look at the file of a store that may be open in
 * this process (see `openInForm`). Copies, and a store whose encryption is being changed, are open nowhere else.
 *
 * @throws Failure as `formOf`.
 */
export function likelyForm(path: string, keysOf: string = path): StoreForm {
  const folder = dirname(keysOf);
  const setting = readEncryption(folder);
  if (setting === undefined) return PLAIN_FORM;
  const isSettled = isStoreOf(folder, setting, path) && setting.changing === undefined;
  return isSettled ? formToWrite(folder) : formOf(path, keysOf);
}

function isStoreOf(folder: string, { store }: EncryptionSetting, path: string): boolean {
  return resolve(path) === resolve(folder, store);
}

/**
 * The form of the store at `path`, which no handle of this process has open. Its own first bytes say it; for one that is yet to be written, or whose beginning is
 * destroyed, the setting of the folder does. Keys are looked for in the folder of `keysOf`, for a copy that lies elsewhere.
 * So a key that is missing or wrong is told apart from damage before anything is decrypted.
 *
 * @throws Failure `STO_ENCRYPTED`, `STO_NOT_ENCRYPTED`, `STO_KEY_MISSING`, `STO_KEY_WRONG`, `STO_KEY_EXPOSED`,
 * `STO_KEY_UNREADABLE`, `STO_ENCRYPTION_SETTING`.
 */
export function formOf(path: string, keysOf: string = path): StoreForm {
  const folder = dirname(keysOf);
  const setting = readEncryption(folder);
  const head = readHead(path);
  const isItsStore = setting !== undefined && isStoreOf(folder, setting, path);
  if (head.kind === 'encrypted') {
    if (isItsStore) refuseOtherKey(path, head.keyId, setting);
    return { key: findStoreKey(folder, head.keyId, path) };
  }
  if (head.kind === 'plain') {
    if (isItsStore) refusePlain(path, setting);
    return PLAIN_FORM;
  }
  return formToWrite(folder);
}

/** The form in which a new file of this folder is written. @throws Failure as `formOf`. */
export function formToWrite(folder: string): StoreForm {
  const setting = readEncryption(folder);
  const place = setting === undefined ? null : placeInForce(folder, setting);
  return place === null ? PLAIN_FORM : { key: keyAt(folder, place) };
}

/** During a change the former file lies aside from the moment on in which the new one has its place. */
function placeInForce(folder: string, { store, key, changing }: EncryptionSetting): KeyPlace | null {
  if (changing === undefined) return key;
  return changing.isPlaced === true || existsSync(join(folder, changing.aside, store)) ? changing.key : key;
}

function refuseOtherKey(path: string, keyId: string, { key, changing }: EncryptionSetting): void {
  if (key === null || key.id === keyId || changing?.key?.id === keyId) return;
  throw wrongKey(path, keyId, key.id);
}

/** A store that was put there in clear would go on in clear, and nobody would notice. */
function refusePlain(path: string, { key, changing }: EncryptionSetting): void {
  if (key === null || changing?.key === null) return;
  throw new Failure('STO_NOT_ENCRYPTED', `${path} is not encrypted, and this data folder says that it is.`, {
    hint: `somebody put another ${basename(path)} there: put the encrypted one back, or use \`forebay restore FILE --data DIR\`, which encrypts it`,
    exitCode: 2,
  });
}
