import { createHash } from 'node:crypto';

/** The key that a store is encrypted with. Never in a log, an error, the ledger or the API; its id may be anywhere. */
export interface StoreKey {
  /** 16 hexadecimal digits that say which key it is and nothing about it. */
  readonly id: string;
  /** 32 bytes. */
  readonly secret: Uint8Array;
}

export const STORE_KEY_BYTES = 32;
const ID_DIGITS = 16;
const TEXT = /^FOREBAY-STORE-KEY-1 ([0-9a-f]{16}) ([0-9a-f]{64})$/;
/** What `openssl rand -hex 32` prints. */
const BARE = /^[0-9a-fA-F]{64}$/;

/** @param secret 32 bytes of the system's randomness, or what was kept of them. */
export function storeKeyOf(secret: Uint8Array): StoreKey {
  const id = createHash('sha256').update('forebay store key\n').update(secret).digest('hex').slice(0, ID_DIGITS);
  return { id, secret };
}

/** One line for a file or a sheet of paper. The id in it shows a slip of whoever types it. */
export function formatStoreKey({ id, secret }: StoreKey): string {
  return `FOREBAY-STORE-KEY-1 ${id} ${Buffer.from(secret).toString('hex')}`;
}

/** The key that `text` is: a line of `formatStoreKey`, or 64 hexadecimal digits. Undefined when it is none. */
export function parseStoreKey(text: string): StoreKey | undefined {
  const line = text.trim();
  const [, id, hex] = TEXT.exec(line) ?? [];
  if (hex === undefined) return BARE.test(line) ? storeKeyOf(Buffer.from(line, 'hex')) : undefined;
  const key = storeKeyOf(Buffer.from(hex, 'hex'));
  return key.id === id ? key : undefined;
}
