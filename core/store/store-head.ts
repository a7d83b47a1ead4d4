import { closeSync, openSync, readSync } from 'node:fs';
import type { StoreKey } from './store-key.ts';

/**
 * What the first bytes of a store's file say. `unknown` is damage, or no store at all: nothing can be told of its key.
 */
export type StoreHead =
  | { readonly kind: 'absent' | 'empty' | 'plain' | 'unknown' }
  | { readonly kind: 'encrypted'; readonly keyId: string };

const HEAD_BYTES = 16;
/** SQLite file format, section 1.3.1. */
const PLAIN = 'SQLite format 3\0';
/** Behind it stands the id of the key. */
const ENCRYPTED = 'FOREBAY1';

/** 16 bytes that begin a store encrypted with `key`, so that a wrong key is never taken for damage. */
export function headFor({ id }: Pick<StoreKey, 'id'>): Buffer {
  return Buffer.concat([Buffer.from(ENCRYPTED, 'latin1'), Buffer.from(id, 'hex')]);
}

/** Id of the key that the file is encrypted with; null where it is not. */
export function storeKeyIdAt(path: string): string | null {
  const head = readHead(path);
  return head.kind === 'encrypted' ? head.keyId : null;
}

/**
 * Looks at a store's file and changes nothing. Never at one that SQLite has open in this process: closing it drops SQLite's locks
 * (POSIX advisory locks). A file that cannot be read is `unknown`: whoever opens it says why.
 */
export function readHead(path: string): StoreHead {
  const head = Buffer.alloc(HEAD_BYTES);
  let length: number;
  try {
    const file = openSync(path, 'r');
    try {
      length = readSync(file, head, 0, HEAD_BYTES, 0);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    return { kind: (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'absent' : 'unknown' };
  }
  if (length === 0) return { kind: 'empty' };
  const text = head.toString('latin1');
  if (text === PLAIN) return { kind: 'plain' };
  if (!text.startsWith(ENCRYPTED)) return { kind: 'unknown' };
  return { kind: 'encrypted', keyId: head.subarray(ENCRYPTED.length).toString('hex') };
}
