/**
 * `did:key` of an Ed25519 key (W3C CCG did:key, Multicodec 0xed 0x01, multibase base58btc): the key itself, written as an
 * identifier that other tools resolve without asking anybody.
 */
const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const ED25519_CODE = [0xed, 0x01] as const;
const KEY_BYTES = 32;

export function didOf(publicKey: Uint8Array): string {
  return `did:key:${toMultibase(Uint8Array.of(...ED25519_CODE, ...publicKey))}`;
}

/** The verification method that a `did:key` has: itself again as its fragment. */
export function methodOf(did: string): string {
  return `${did}#${did.slice('did:key:'.length)}`;
}

/** The Ed25519 key that the identifier writes, or undefined. */
export function keyOfDid(did: string): Uint8Array | undefined {
  const bytes = did.startsWith('did:key:') ? fromMultibase(did.slice('did:key:'.length)) : undefined;
  if (bytes?.length !== KEY_BYTES + 2 || bytes[0] !== ED25519_CODE[0] || bytes[1] !== ED25519_CODE[1]) return undefined;
  return bytes.subarray(2);
}

/** `z` and base58btc. */
export function toMultibase(bytes: Uint8Array): string {
  let value = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  let text = '';
  for (; value > 0n; value /= 58n) text = ALPHABET.charAt(Number(value % 58n)) + text;
  const zeros = bytes.findIndex((byte) => byte !== 0);
  return `z${'1'.repeat(zeros === -1 ? bytes.length : zeros)}${text}`;
}

/** The longest text that is read: a signature takes 89 letters. */
const TEXT_MAX = 128;

/** The bytes of `z` and base58btc in its one right form, or undefined. */
export function fromMultibase(text: string): Uint8Array | undefined {
  if (!text.startsWith('z') || text.length > TEXT_MAX) return undefined;
  let value = 0n;
  for (const letter of text.slice(1)) {
    const digit = ALPHABET.indexOf(letter);
    if (digit === -1) return undefined;
    value = value * 58n + BigInt(digit);
  }
  const zeros = /^z(1*)/.exec(text)?.[1]?.length ?? 0;
  const bytes: number[] = [];
  for (; value > 0n; value /= 256n) bytes.unshift(Number(value % 256n));
  return Uint8Array.from([...new Array<number>(zeros).fill(0), ...bytes]);
}
