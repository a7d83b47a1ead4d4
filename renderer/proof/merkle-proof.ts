import { isSameBytes } from './base64.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const LEAF_PREFIX = 0x00;
const NODE_PREFIX = 0x01;

/** Leaf hash of RFC 9162 section 2.1.1: SHA-256(00 || data). */
export function leafHash(data: Bytes): Promise<Bytes> {
  return sha256(Uint8Array.of(LEAF_PREFIX), data);
}

/** What a proof says: entry `leaf` at `index` belongs to the tree of `size` entries whose root is `root`. */
export interface InclusionClaim {
  readonly leaf: Bytes;
  readonly index: number;
  readonly size: number;
  /** From the leaf upwards. */
  readonly hashes: readonly Bytes[];
  readonly root: Bytes;
}

/** Whether the claim holds, computed here with nothing but SHA-256 (RFC 9162 section 2.1.3.2). */
export async function isIncluded({ leaf, index, size, hashes, root }: InclusionClaim): Promise<boolean> {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return false;
  let position = index;
  let last = size - 1;
  let result = leaf;
  for (const step of hashes) {
    if (last === 0) return false;
    if (position % 2 === 1 || position === last) {
      result = await nodeHash(step, result);
      while (position % 2 === 0 && position !== 0) {
        position = Math.floor(position / 2);
        last = Math.floor(last / 2);
      }
    } else {
      result = await nodeHash(result, step);
    }
    position = Math.floor(position / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && isSameBytes(result, root);
}

function nodeHash(left: Bytes, right: Bytes): Promise<Bytes> {
  return sha256(Uint8Array.of(NODE_PREFIX), left, right);
}

async function sha256(...parts: readonly Bytes[]): Promise<Bytes> {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', joined));
}
