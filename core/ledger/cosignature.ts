import { hash } from 'node:crypto';
import { parseVerifierKey, signatureChecker } from './verifier-key.ts';

/**
 * Signatures of witnesses under checkpoints, after C2SP tlog-cosignature (`cosignature/v1`, signature type 0x04): a
 * time in seconds, 8 bytes, big-endian, and an Ed25519 signature over the time and the note's text.
 */
const COSIGNATURE_V1 = 0x04;
const KEY_HASH_BYTES = 4;
const PUBLIC_KEY_BYTES = 32;
const TIME_BYTES = 8;
const SIGNATURE_BYTES = 64;
const NAME = /^[^\s+]+$/u;

/** The key of whoever signs a note: a device's, or a witness's. */
export interface NoteKey {
  readonly name: string;
  readonly keyHash: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly type: 'ed25519' | 'cosignature/v1';
}

/** The key that `text` writes as `<name>+<key hash>+<base64>`, of either type; undefined for anything else. */
export function parseNoteKey(text: string): NoteKey | undefined {
  const device = parseVerifierKey(text);
  if (device !== undefined) return { ...device, type: 'ed25519' };
  const [name = '', hashHex = '', ...rest] = text.split('+');
  const encoded = rest.join('+');
  const key = Buffer.from(encoded, 'base64');
  if (!NAME.test(name) || key.length !== 1 + PUBLIC_KEY_BYTES || key[0] !== COSIGNATURE_V1) return undefined;
  const keyHash = hash('sha256', Buffer.concat([Buffer.from(`${name}\n`, 'utf8'), key]), 'buffer').subarray(
    0,
    KEY_HASH_BYTES,
  );
  if (keyHash.toString('hex') !== hashHex || key.toString('base64') !== encoded) return undefined;
  return { name, keyHash, publicKey: key.subarray(1), type: 'cosignature/v1' };
}

/** The bytes that a witness signs at `timeS` (seconds since 1970) under the note's text. */
export function cosignedBytes(text: string, timeS: number): Uint8Array {
  return Buffer.from(`cosignature/v1\ntime ${timeS}\n${text}`, 'utf8');
}

/**
 * Whether `signature`, what follows the key hash in a note's line, is the key's under the note's text. A witness that
 * gives no time (0) has not signed a tree head, so its signature does not count (tlog-cosignature).
 */
export function isNoteSigned(key: NoteKey | undefined, text: string, signature: Uint8Array): boolean {
  if (key === undefined) return false;
  const isSigned = signatureChecker(key.publicKey);
  if (key.type === 'ed25519') return isSigned(Buffer.from(text, 'utf8'), signature);
  const timeS = cosignedAtS(signature);
  return timeS !== undefined && isSigned(cosignedBytes(text, timeS), signature.subarray(TIME_BYTES));
}

/** When a witness signed, in seconds since 1970; undefined when `signature` is no cosignature. */
export function cosignedAtS(signature: Uint8Array): number | undefined {
  if (signature.length !== TIME_BYTES + SIGNATURE_BYTES) return undefined;
  const timeS = Buffer.from(signature.buffer, signature.byteOffset, TIME_BYTES).readBigUInt64BE();
  return timeS > 0n && timeS <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(timeS) : undefined;
}
