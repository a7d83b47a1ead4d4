import { createPublicKey, hash, type KeyObject, verify } from 'node:crypto';

/** A public key with the name it signs under, as C2SP signed notes exchange it. */
export interface VerifierKey {
  readonly name: string;
  /** First four bytes of SHA-256(name || 0x0A || 0x01 || public key): tells keys of one name apart. */
  readonly keyHash: Uint8Array;
  /** 32 bytes, Ed25519. */
  readonly publicKey: Uint8Array;
}

/** Signature type of Ed25519 in C2SP signed notes. */
const ED25519 = 0x01;
const KEY_HASH_BYTES = 4;
const PUBLIC_KEY_BYTES = 32;

/** A name is not empty and holds neither white space nor plus signs (C2SP signed-note). */
const NAME = /^[^\s+]+$/u;

/** `<name>+<key hash, 8 hex>+<base64 of 0x01 || public key>`. */
export function formatVerifierKey(name: string, publicKey: Uint8Array): string {
  const key = Buffer.concat([Buffer.of(ED25519), publicKey]).toString('base64');
  return `${name}+${Buffer.from(keyHashOf(name, publicKey)).toString('hex')}+${key}`;
}

/** The key that `text` writes, or undefined when it is malformed, of another type, or its hash does not fit. */
export function parseVerifierKey(text: string): VerifierKey | undefined {
  const [name = '', hashHex = '', ...rest] = text.split('+');
  // Base64 uses the plus sign too, so only the first two separate.
  const key = Buffer.from(rest.join('+'), 'base64');
  if (!NAME.test(name) || key.length !== 1 + PUBLIC_KEY_BYTES || key[0] !== ED25519) return undefined;
  const publicKey = key.subarray(1);
  return formatVerifierKey(name, publicKey) === `${name}+${hashHex}+${rest.join('+')}`
    ? { name, keyHash: keyHashOf(name, publicKey), publicKey }
    : undefined;
}

export function keyHashOf(name: string, publicKey: Uint8Array): Uint8Array {
  const bytes = Buffer.concat([Buffer.from(`${name}\n`, 'utf8'), Buffer.of(ED25519), publicKey]);
  return hash('sha256', bytes, 'buffer').subarray(0, KEY_HASH_BYTES);
}

/** First eight hexadecimal digits of the SHA-256 of the public key: part of the device's name. */
export function keyFingerprint(publicKey: Uint8Array): string {
  return hash('sha256', publicKey, 'hex').slice(0, 2 * KEY_HASH_BYTES);
}

/** DER of an Ed25519 SubjectPublicKeyInfo up to the key (RFC 8410 section 4). */
const SPKI_ED25519_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** A function that says whether a signature over some bytes is the key's. Parses the key once. */
export function signatureChecker(publicKey: Uint8Array): (bytes: Uint8Array, signature: Uint8Array) => boolean {
  const key: KeyObject = createPublicKey({
    key: Buffer.concat([SPKI_ED25519_PREFIX, publicKey]),
    format: 'der',
    type: 'spki',
  });
  return (bytes, signature) => verify(null, bytes, key, signature);
}
