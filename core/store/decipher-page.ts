import { createDecipheriv } from 'node:crypto';
import { PAGE_BYTES } from './page-size.ts';
import type { StoreKey } from './store-key.ts';

/** At the end of each page: 16 bytes of nonce and 16 of authentication, which SQLite leaves to the cipher. */
export const RESERVED_BYTES = 32;
/** Of the first page the head and the fields behind it, up to the size of a page, are in clear. */
const CLEAR_ON_FIRST_PAGE = 24;
const NONCE_BYTES = 12;
const BLOCK_BYTES = 64;
const KEY_AT = 32;

/**
 * One page of an encrypted store as SQLite sees it, without its reserved bytes. Its authentication is not looked at,
 * so that of a damaged page the rest can still be read; whoever does holds each row against a hash.
 *
 * ChaCha20 (RFC 8439) as SQLite3 Multiple Ciphers applies it in its cipher `chacha20`: the nonce and the store's key give a
 * key for this page alone, and the number of the page is part of the counter.
 */
export function decipherPage({ secret }: StoreKey, page: Buffer, number: number): Buffer {
  const usable = PAGE_BYTES - RESERVED_BYTES;
  const nonce = page.subarray(usable, usable + NONCE_BYTES);
  const counter = (page.readUInt32LE(usable + NONCE_BYTES) ^ number) >>> 0;
  const pageKey = chacha20(secret, nonce, counter, Buffer.alloc(BLOCK_BYTES)).subarray(KEY_AT);
  const clear = number === 1 ? CLEAR_ON_FIRST_PAGE : 0;
  return Buffer.concat([page.subarray(0, clear), chacha20(pageKey, nonce, counter + 1, page.subarray(clear, usable))]);
}

function chacha20(key: Uint8Array, nonce: Uint8Array, counter: number, bytes: Buffer): Buffer {
  const start = Buffer.alloc(16);
  start.writeUInt32LE(counter >>> 0, 0);
  start.set(nonce, 4);
  return createDecipheriv('chacha20', key, start).update(bytes);
}
