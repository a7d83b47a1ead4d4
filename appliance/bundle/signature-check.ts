import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { Signed } from '../../core/evidence/machine.ts';

/** DER of an Ed25519 SubjectPublicKeyInfo up to the key (RFC 8410 section 4). */
const SPKI_ED25519_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

const keys = new Map<string, KeyObject | undefined>();
const KEYS_MAX = 100;

/** Whether it is an Ed25519 signature of the message, at once. False too for what is no key or signature. */
export function holdsSignature({ publicKey, message, signature }: Signed): boolean {
  const key = keyOf(publicKey);
  return key !== undefined && verify(null, message, key, signature);
}

/** The same, done on another thread of Node's own. */
export function holdsSignatureLater({ publicKey, message, signature }: Signed): Promise<boolean> {
  const key = keyOf(publicKey);
  if (key === undefined) return Promise.resolve(false);
  return new Promise((resolve) => {
    verify(null, message, key, signature, (error, isSigned) => resolve(error === null && isSigned));
  });
}

/** Looking a key up costs far less than reading it; a plant has a few in its whole life. */
function keyOf(publicKey: Uint8Array): KeyObject | undefined {
  const name = Buffer.from(publicKey).toString('latin1');
  if (!keys.has(name)) {
    if (keys.size >= KEYS_MAX) keys.clear();
    keys.set(name, parseKey(publicKey));
  }
  return keys.get(name);
}

function parseKey(publicKey: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.concat([SPKI_ED25519_PREFIX, publicKey]), format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}
