import { fromBase64, isSameBytes, joinBytes, toBytes, toHex } from './bytes.ts';
import type { Sha256 } from './tree.ts';

/** A public key and the name that it signs under (C2SP signed-note). */
export interface VerifierKey {
  readonly text: string;
  readonly name: string;
  readonly keyHash: Uint8Array;
  /** 32 bytes, Ed25519. */
  readonly publicKey: Uint8Array;
}

const ED25519 = 0x01;
const KEY_BYTES = 32;
const KEY_HASH_BYTES = 4;

/** The key of `name+hash+base64`, or undefined when the text is none or its hash is not that of the key. */
export function parseVerifierKey(sha256: Sha256, text: string): VerifierKey | undefined {
  const [, name = '', hashHex = '', base64 = ''] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/u.exec(text) ?? [];
  const blob = fromBase64(base64);
  if (name === '' || blob?.length !== KEY_BYTES + 1 || blob[0] !== ED25519) return undefined;
  const keyHash = sha256(joinBytes(toBytes(`${name}\n`), blob)).subarray(0, KEY_HASH_BYTES);
  return toHex(keyHash) === hashHex ? { text, name, keyHash, publicKey: blob.subarray(1) } : undefined;
}

export interface Note {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
  /** The bytes that are signed. */
  readonly signed: Uint8Array;
  readonly signatures: readonly { readonly name: string; readonly blob: Uint8Array }[];
}

const SIGNATURES_MAX = 100;

/** The checkpoint (C2SP tlog-checkpoint) that a signed note holds, or undefined. Says nothing of its signatures. */
export function parseNote(text: string): Note | undefined {
  const parts = /^([^\n]+)\n(0|[1-9]\d{0,15})\n([A-Za-z0-9+/]{43}=)\n\n((?:\u2014 \S+ [A-Za-z0-9+/]+={0,2}\n)+)$/u.exec(
    text,
  );
  const [, origin = '', size = '', rootText = '', block = ''] = parts ?? [];
  const root = fromBase64(rootText);
  if (parts === null || root === undefined || !Number.isSafeInteger(Number(size))) return undefined;
  const lines = block.split('\n').slice(0, -1);
  const signatures = lines.flatMap((line) => {
    const [, name = '', base64 = ''] = line.split(' ');
    const blob = fromBase64(base64);
    return blob === undefined ? [] : [{ name, blob }];
  });
  if (signatures.length !== lines.length || lines.length > SIGNATURES_MAX) return undefined;
  return { origin, size: Number(size), root, signed: toBytes(`${origin}\n${size}\n${rootText}\n`), signatures };
}

/** The signature that claims to be the key's: the first one of its name and hash decides. */
export function signatureOf(note: Note, key: VerifierKey): Uint8Array | undefined {
  const claimed = note.signatures.find(
    ({ name, blob }) => name === key.name && isSameBytes(blob.subarray(0, KEY_HASH_BYTES), key.keyHash),
  );
  return claimed?.blob.subarray(KEY_HASH_BYTES);
}
