import { existsSync, readFileSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { Failure } from '../model/failure.ts';
import { type EncryptionSetting, type KeyPlace, readEncryption } from './encryption-setting.ts';
import { parseStoreKey, type StoreKey } from './store-key.ts';

const ENVIRONMENT = 'env:';
const CREDENTIAL = 'credential:';
const OTHERS = 0o077;
const KEYS_FOLDER = 'keys';

/** Where a key that Forebay made itself lies, in a data folder; former ones stay, for former backups. */
export function ownPlaceOf(id: string): KeyPlace {
  return { id, source: `${KEYS_FOLDER}/store-${id}.key` };
}

/**
 * The key with this id, from where the setting of `folder` names it, or from among the keys that Forebay made there.
 *
 * @throws Failure `STO_ENCRYPTED`, `STO_KEY_MISSING`, `STO_KEY_WRONG`, `STO_KEY_EXPOSED`, `STO_KEY_UNREADABLE`,
 * `STO_ENCRYPTION_SETTING`.
 */
export function findStoreKey(folder: string, id: string, path: string): StoreKey {
  const setting = readEncryption(folder);
  const named = placesOf(setting).find((place) => place.id === id);
  if (named !== undefined) return keyAt(folder, named);
  const own = ownPlaceOf(id);
  if (existsSync(join(folder, own.source))) return keyAt(folder, own);
  const inForce = setting?.key?.id;
  if (inForce !== undefined) throw wrongKey(path, id, inForce);
  throw new Failure('STO_ENCRYPTED', `${path} is encrypted with the store key ${id}, and that key is not here.`, {
    hint: `put the key into ${join(folder, own.source)}, readable by the user that runs Forebay only; without it nobody can read the file`,
    exitCode: 2,
  });
}

/** Where the key with this id comes from, as the setting of `folder` names it; else it is one that Forebay made there. */
export function placeOf(folder: string, id: string): KeyPlace {
  return placesOf(readEncryption(folder)).find((place) => place.id === id) ?? ownPlaceOf(id);
}

/** The keys that a setting names. */
function placesOf(setting: EncryptionSetting | undefined): readonly KeyPlace[] {
  return [setting?.key, setting?.changing?.key].flatMap((place) => (place == null ? [] : [place]));
}

/** @throws Failure as `findStoreKey` does. */
export function keyAt(folder: string, { id, source }: KeyPlace): StoreKey {
  const key = readKeySource(folder, source);
  if (key.id === id) return key;
  throw wrongKey('The store', id, key.id, ` in ${placeInWords(folder, source)}`);
}

/** The key that a source holds, whichever it is. @throws Failure `STO_KEY_MISSING`, `STO_KEY_EXPOSED`, `STO_KEY_UNREADABLE`. */
export function readKeySource(folder: string, source: string): StoreKey {
  const text = textAt(folder, source);
  const key = parseStoreKey(text);
  if (key !== undefined) return key;
  throw unreadable(placeInWords(folder, source), 'it holds no store key, or one with a slip in it');
}

function textAt(folder: string, source: string, environment: NodeJS.ProcessEnv = process.env): string {
  if (source.startsWith(ENVIRONMENT)) {
    const text = environment[source.slice(ENVIRONMENT.length)];
    if (text !== undefined && text !== '') return text;
    throw missing(folder, source, 'set it where Forebay is started, for the commands too');
  }
  if (!source.startsWith(CREDENTIAL)) return textOfFile(pathOf(folder, source), 'owner', folder, source);
  const home = environment.CREDENTIALS_DIRECTORY;
  const hint = 'name it with LoadCredential or LoadCredentialEncrypted in the unit; run commands with systemd-run -p';
  if (home === undefined) throw missing(folder, source, hint);
  // Its rights are those that systemd gave it, for the service's user alone.
  return textOfFile(join(home, source.slice(CREDENTIAL.length)), 'any', folder, source);
}

function textOfFile(path: string, readers: 'owner' | 'any', folder: string, source: string): string {
  try {
    const { mode } = statSync(path);
    if (readers === 'owner' && process.platform !== 'win32' && (mode & OTHERS) !== 0) {
      throw new Failure('STO_KEY_EXPOSED', `${path} holds the key of the store and others may read it.`, {
        hint: `chmod 600 ${path}; where somebody may have read it, change it with \`forebay encryption change\``,
        exitCode: 2,
      });
    }
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Failure) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const hint = 'put the key back from its copy; without it nobody can read the ledger or its backups';
    throw code === 'ENOENT' ? missing(folder, source, hint) : unreadable(path, message);
  }
}

function pathOf(folder: string, source: string): string {
  return isAbsolute(source) ? source : join(folder, source);
}

function placeInWords(folder: string, source: string): string {
  if (source.startsWith(ENVIRONMENT)) return `the variable ${source.slice(ENVIRONMENT.length)}`;
  if (source.startsWith(CREDENTIAL)) return `the credential ${source.slice(CREDENTIAL.length)}`;
  return pathOf(folder, source);
}

function missing(folder: string, source: string, hint: string): Failure {
  return new Failure('STO_KEY_MISSING', `The key of the store is not there: ${placeInWords(folder, source)}.`, {
    hint,
    exitCode: 2,
  });
}

function unreadable(place: string, why: string): Failure {
  return new Failure('STO_KEY_UNREADABLE', `The key of the store in ${place} cannot be used: ${why}.`, {
    hint: 'put the key back from its copy, in one line as `forebay encryption key` printed it',
    exitCode: 2,
  });
}

export function wrongKey(path: string, wanted: string, held: string, where = ''): Failure {
  return new Failure(
    'STO_KEY_WRONG',
    `${path} is encrypted with the store key ${wanted}, and the key${where} is ${held}.`,
    {
      hint: `put the key ${wanted} back from its copy; nothing is wrong with the store`,
      exitCode: 2,
    },
  );
}
