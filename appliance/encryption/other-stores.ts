import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readHead } from '../../core/store/store-head.ts';

/** A file beside the store in force that holds a ledger too, and how it is encrypted: null where it is not. */
export interface OtherStore {
  readonly path: string;
  readonly keyId: string | null;
}

/** Folders that a restore, a salvage or a change of the encryption leaves in the data folder. */
const ASIDE = /^(?:damaged|before)-/;
const STORE = /\.db$/;
/** Entries that a salvage kept beside a damaged store, in clear. */
const ENTRIES = /\.ndjson$/;

/** Stores set aside in the data folder, and those in the folder of the backups. What cannot be looked at is left out. */
export function otherStores(root: string, backupFolder: string | undefined): readonly OtherStore[] {
  const asides = namesIn(root).filter((name) => ASIDE.test(name));
  const folders = [...asides.map((name) => join(root, name)), ...(backupFolder === undefined ? [] : [backupFolder])];
  return folders.flatMap((folder) => namesIn(folder).flatMap((name) => storeAt(join(folder, name))));
}

function storeAt(path: string): OtherStore[] {
  if (ENTRIES.test(path)) return [{ path, keyId: null }];
  if (!STORE.test(path)) return [];
  const head = readHead(path);
  if (head.kind === 'plain') return [{ path, keyId: null }];
  return head.kind === 'encrypted' ? [{ path, keyId: head.keyId }] : [];
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    return [];
  }
}
