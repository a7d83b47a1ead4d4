import { decodeBase64, isSameBytes } from './base64.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** The public key of an appliance, from its C2SP verifier key `name+keyhash+base64(algorithm || key)`. */
export interface DeviceKey {
  readonly name: string;
  readonly keyHash: Bytes;
  readonly publicKey: Bytes;
}

const ED25519_ALGORITHM = 0x01;
const KEY_BYTES = 32;
const HASH_BYTES = 4;

/** The key, or undefined when the text is no Ed25519 verifier key. */
export function parseDeviceKey(text: string): DeviceKey | undefined {
  const parts = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(text);
  const [, name = '', hash = '', encoded = ''] = parts ?? [];
  const bytes = decodeBase64(encoded);
  if (parts === null || bytes === undefined || bytes.length !== KEY_BYTES + 1) return undefined;
  if (bytes[0] !== ED25519_ALGORITHM) return undefined;
  const keyHash = Uint8Array.from({ length: HASH_BYTES }, (_, i) => Number.parseInt(hash.slice(2 * i, 2 * i + 2), 16));
  return { name, keyHash, publicKey: bytes.slice(1) };
}

/** `unsupported` where the browser cannot check Ed25519. */
export type SignatureOutcome = 'valid' | 'invalid' | 'unsupported';

export async function checkSignature(key: DeviceKey, message: string, signature: Bytes): Promise<SignatureOutcome> {
  let imported: CryptoKey;
  try {
    imported = await crypto.subtle.importKey('raw', key.publicKey, { name: 'Ed25519' }, false, ['verify']);
  } catch {
    return 'unsupported';
  }
  const isValid = await crypto.subtle.verify(
    { name: 'Ed25519' },
    imported,
    signature,
    new TextEncoder().encode(message),
  );
  return isValid ? 'valid' : 'invalid';
}

/** Checks that `note` (C2SP signed note) is a checkpoint of this size and root, signed by `key`. */
export async function checkCheckpointNote(
  note: string,
  key: DeviceKey,
  expected: { readonly size: number; readonly root: string },
): Promise<SignatureOutcome> {
  const end = note.lastIndexOf('\n\n');
  if (end < 0) return 'invalid';
  const text = note.slice(0, end + 1);
  const [, size, root] = text.split('\n');
  if (size !== String(expected.size) || root !== expected.root) return 'invalid';
  for (const line of note.slice(end + 2).split('\n')) {
    const [, name, encoded = ''] = /^— (\S+) (\S+)$/u.exec(line) ?? [];
    const bytes = decodeBase64(encoded);
    if (name !== key.name || bytes === undefined || !isSameBytes(bytes.slice(0, HASH_BYTES), key.keyHash)) continue;
    return checkSignature(key, text, bytes.slice(HASH_BYTES));
  }
  return 'invalid';
}
