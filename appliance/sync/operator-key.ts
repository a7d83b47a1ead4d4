import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import type { SyncFault } from '../../core/sync/target.ts';
import type { HederaKey } from '../../core/sync/targets/hedera/port.ts';

export interface OperatorKey {
  readonly privateKey: KeyObject;
  readonly publicKey: HederaKey;
}

/** A secret of 32 bytes says nothing of its kind: then the account's public key decides between both. */
export type OperatorKeys = readonly [OperatorKey, ...OperatorKey[]];

const HEX = /^(?:0x)?([0-9a-f]{64,})$/i;
/** PKCS#8 of an Ed25519 key (RFC 8410), before its 32 bytes. */
const ED25519_DER = '302e020100300506032b657004220420';
/** What Hedera's portal and SDKs call DER of an ECDSA key: PKCS#8 with the bare secret in it, which no standard has. */
const ECDSA_DER = '3030020100300706052b8104000a04220420';
/** An EC key as SEC 1 has it (RFC 5915), without its public half: before and after its 32 bytes. */
const SEC1 = { before: '302e0201010420', after: 'a00706052b8104000a' };
const SECRET_DIGITS = 64;

/** Reads an operator's private key: PEM, DER in hexadecimal, or 32 bytes in hexadecimal; Ed25519 or ECDSA secp256k1. */
export function readOperatorKey(text: string): OperatorKeys | SyncFault {
  const trimmed = text.trim();
  const [, digits] = HEX.exec(trimmed) ?? [];
  const keys = digits === undefined ? fromPem(trimmed) : fromDigits(digits.toLowerCase());
  const [first, ...more] = keys.filter((key) => key !== undefined);
  return first === undefined ? UNREADABLE : [first, ...more];
}

function fromPem(text: string): readonly (OperatorKey | undefined)[] {
  return text.startsWith('-----BEGIN') ? [keyFrom(() => createPrivateKey(text))] : [];
}

function fromDigits(digits: string): readonly (OperatorKey | undefined)[] {
  if (digits.length === SECRET_DIGITS) return [ed25519(digits), ecdsa(digits)];
  if (digits.startsWith(ED25519_DER)) return [ed25519(digits.slice(ED25519_DER.length))];
  if (digits.startsWith(ECDSA_DER)) return [ecdsa(digits.slice(ECDSA_DER.length))];
  const der = Buffer.from(digits, 'hex');
  return [
    keyFrom(() => createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })) ??
      keyFrom(() => createPrivateKey({ key: der, format: 'der', type: 'sec1' })),
  ];
}

function ed25519(secret: string): OperatorKey | undefined {
  const der = Buffer.from(ED25519_DER + secret, 'hex');
  return keyFrom(() => createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
}

function ecdsa(secret: string): OperatorKey | undefined {
  const der = Buffer.from(SEC1.before + secret + SEC1.after, 'hex');
  return keyFrom(() => createPrivateKey({ key: der, format: 'der', type: 'sec1' }));
}

function keyFrom(read: () => KeyObject): OperatorKey | undefined {
  try {
    const privateKey = read();
    const { crv, x = '', y = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
    const point = Buffer.from(x, 'base64url');
    if (crv === 'Ed25519') return { privateKey, publicKey: { type: 'ED25519', hex: point.toString('hex') } };
    if (crv !== 'secp256k1') return undefined;
    const isOdd = ((Buffer.from(y, 'base64url').at(-1) ?? 0) & 1) === 1;
    return { privateKey, publicKey: { type: 'ECDSA_SECP256K1', hex: (isOdd ? '03' : '02') + point.toString('hex') } };
  } catch {
    return undefined;
  }
}

const UNREADABLE: SyncFault = {
  code: 'SYN_HEDERA_KEY_UNREADABLE',
  message: 'What is in operatorKeyFile is no private key that Forebay can read.',
  hint: 'it takes the key as the portal of Hedera shows it (hexadecimal, DER or not) or a PEM file; Ed25519 or ECDSA secp256k1',
};
