import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';

/** A verifier key of a plant, `<name>+<hash>+<base64>` with an Ed25519 key of the type 0x01. */
export interface PlantKey {
  readonly text: string;
  readonly name: string;
  readonly hash: Buffer;
  readonly publicKey: KeyObject;
}

/** Undefined where the text is no verifier key of a plant. */
export function readKey(text: unknown): PlantKey | undefined {
  if (typeof text !== 'string') return undefined;
  const [, name = '', digits = '', encoded = ''] = /^([^+\s]+)\+([0-9a-f]{8})\+(\S+)$/.exec(text) ?? [];
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.length !== 33 || bytes[0] !== 0x01 || bytes.toString('base64') !== encoded) return undefined;
  const hash = createHash('sha256').update(`${name}\n`).update(bytes).digest().subarray(0, 4);
  if (hash.toString('hex') !== digits) return undefined;
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: bytes.subarray(1).toString('base64url') };
  return { text, name, hash, publicKey: createPublicKey({ key: jwk, format: 'jwk' }) };
}

export function isSignedBy({ publicKey }: PlantKey, text: string, signature: unknown): boolean {
  const bytes = Buffer.from(typeof signature === 'string' ? signature : '', 'base64');
  return verify(null, Buffer.from(text, 'utf8'), publicKey, bytes);
}
