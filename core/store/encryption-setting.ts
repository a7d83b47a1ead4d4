import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../model/failure.ts';
import { nodeKeyDisk } from './node-key-disk.ts';

/**
 * Whether and with which key the store of a folder is encrypted. It stands beside the store in `encryption.json`, since
 * plant.yaml is itself kept in the store, and names the key without holding it.
 */
export interface EncryptionSetting {
  /** Name of the store's file, in the same folder. */
  readonly store: string;
  /** Null where the store is not encrypted. */
  readonly key: KeyPlace | null;
  /** While a change is under way: until it is settled the store may have either form. */
  readonly changing?: EncryptionChanging;
}

export interface KeyPlace {
  /** Of the key, see `StoreKey`. */
  readonly id: string;
  /** A path, relative to the folder or absolute; `env:NAME` of the process's environment; `credential:NAME` of systemd. */
  readonly source: string;
}

export interface EncryptionChanging {
  readonly key: KeyPlace | null;
  /** Folder, in that of the store, for the file in its former form, until that is removed. */
  readonly aside: string;
  /** Set once the new file was found to be sound in its place: nothing needs the former one any more. */
  readonly isPlaced?: true;
}

const FILE = 'encryption.json';
const OWNER_ONLY = 0o600;
const KEY_ID = /^[0-9a-f]{16}$/;
/** A name in the folder itself and no path: what it names is removed in the end. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** Undefined where nothing was ever set: then the store is not encrypted. @throws Failure `STO_ENCRYPTION_SETTING`. */
export function readEncryption(folder: string): EncryptionSetting | undefined {
  const path = join(folder, FILE);
  if (!existsSync(path)) return undefined;
  let why = 'it was changed or cut off';
  try {
    const setting = JSON.parse(readFileSync(path, 'utf8')) as EncryptionSetting & { readonly v: unknown };
    if (setting.v === 1 && isSound(setting)) return setting;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== undefined) why = message;
  }
  throw new Failure('STO_ENCRYPTION_SETTING', `${path} does not say how the store is encrypted: ${why}.`, {
    hint: 'run the command as the user that runs Forebay, or put the file back as it was, from a copy of the data folder; do not delete it',
    exitCode: 2,
  });
}

/** Whole and durably: after a power cut the former setting stands there or this one. */
export function writeEncryption(folder: string, { store, key, changing }: EncryptionSetting): void {
  const setting = { v: 1, store, key, ...(changing === undefined ? {} : { changing }) };
  nodeKeyDisk.replace(join(folder, FILE), `${JSON.stringify(setting, null, 2)}\n`, OWNER_ONLY);
}

/** For a store that is not encrypted, which is what a folder without the file has. */
export function removeEncryption(folder: string): void {
  nodeKeyDisk.remove(join(folder, FILE));
}

function isSound({ store, key, changing }: EncryptionSetting): boolean {
  if (!NAME.test(store) || !isPlace(key)) return false;
  if (changing === undefined) return true;
  const { isPlaced } = changing;
  return isPlace(changing.key) && NAME.test(changing.aside) && (isPlaced === undefined || isPlaced === true);
}

function isPlace(place: KeyPlace | null): boolean {
  return place === null || (KEY_ID.test(place.id) && typeof place.source === 'string' && place.source !== '');
}
