import { createPublicKey, hash, type KeyObject } from 'node:crypto';

/** DER of an Ed25519 SubjectPublicKeyInfo up to the key (RFC 8410 section 4). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const KEY_BYTES = 32;
/** Multicodec `ed25519-pub`, as an unsigned varint. */
const ED25519_CODEC = Buffer.of(0xed, 0x01);
const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/**
 * The Ed25519 public key that `text` is: PEM (SubjectPublicKeyInfo), 64 hexadecimal digits, multibase (`z...` base58,
 * `f...` hexadecimal, `u...` base64url, each with the multicodec prefix), or the base64 of its 32 bytes. Undefined for
 * anything else, a private key included.
 */
export function parsePublicKey(text: string): KeyObject | undefined {
  const trimmed = text.trim();
  if (trimmed.startsWith('-----BEGIN PUBLIC KEY-----')) return fromPem(trimmed);
  const bytes = rawKey(trimmed);
  if (bytes?.length !== KEY_BYTES) return undefined;
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, bytes]), format: 'der', type: 'spki' });
}

/** `ed25519:` and the first 16 hexadecimal digits of the SHA-256 of the 32 key bytes. */
export function fingerprintOf(key: KeyObject): string {
  const { x = '' } = key.export({ format: 'jwk' });
  return `ed25519:${hash('sha256', Buffer.from(x, 'base64url'), 'hex').slice(0, 16)}`;
}

function fromPem(text: string): KeyObject | undefined {
  try {
    const key = createPublicKey(text);
    return key.asymmetricKeyType === 'ed25519' ? key : undefined;
  } catch {
    return undefined;
  }
}

function rawKey(text: string): Buffer | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  if (/^[A-Za-z0-9+/]{43}=$/.test(text)) return Buffer.from(text, 'base64');
  const encoded = text.slice(1);
  if (/^f(?:[0-9a-f]{2})+$/.test(text)) return withoutCodec(Buffer.from(encoded, 'hex'));
  if (/^u[A-Za-z0-9_-]+$/.test(text)) return withoutCodec(Buffer.from(encoded, 'base64url'));
  return text.startsWith('z') ? withoutCodec(fromBase58(encoded)) : undefined;
}

function withoutCodec(bytes: Buffer | undefined): Buffer | undefined {
  return bytes?.subarray(0, 2).equals(ED25519_CODEC) === true ? bytes.subarray(2) : undefined;
}

const BASE58_LENGTH_MAX = 64;

/** The number that the digits are, as bytes. The codec's first byte is not zero, so no leading zeros are to be kept. */
function fromBase58(text: string): Buffer | undefined {
  if (text === '' || text.length > BASE58_LENGTH_MAX) return undefined;
  let number = 0n;
  for (const digit of text) {
    const value = BASE58.indexOf(digit);
    if (value === -1) return undefined;
    number = number * 58n + BigInt(value);
  }
  const hex = number.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
}
