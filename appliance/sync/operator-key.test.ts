import { generateKeyPairSync } from 'node:crypto';
import { PrivateKey } from '@hashgraph/sdk';
import { describe, expect, it } from 'vitest';
import { type OperatorKeys, readOperatorKey } from './operator-key.ts';

function keysOf(text: string): OperatorKeys {
  const read = readOperatorKey(text);
  if ('code' in read) throw new Error(read.code);
  return read;
}

describe.each([
  ['ED25519', PrivateKey.generateED25519()],
  ['ECDSA_SECP256K1', PrivateKey.generateECDSA()],
] as const)('a key of kind %s', (type, key) => {
  const publicKey = { type, hex: key.publicKey.toStringRaw() };

  it('is read from DER in hexadecimal, as the SDK and the portal write it', () => {
    expect(keysOf(key.toStringDer()).map((read) => read.publicKey)).toEqual([publicKey]);
    expect(keysOf(` 0x${key.toStringDer().toUpperCase()}\r\n`).map((read) => read.publicKey)).toEqual([publicKey]);
  });

  it('is among both that 32 bytes may be', () => {
    const both = keysOf(`0x${key.toStringRaw()}`).map((read) => read.publicKey);
    expect(both.map((read) => read.type)).toEqual(['ED25519', 'ECDSA_SECP256K1']);
    expect(both).toContainEqual(publicKey);
  });

  it('is read from PEM', () => {
    const [read] = keysOf(key.toStringDer());
    const pem = String(read.privateKey.export({ format: 'pem', type: 'pkcs8' }));
    expect(keysOf(pem).map((again) => again.publicKey)).toEqual([publicKey]);
  });
});

it.each([
  '',
  'hunter2',
  'ab'.repeat(31),
  `${'ab'.repeat(40)}`,
  String(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({ format: 'pem', type: 'pkcs8' })),
  String(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'pem', type: 'pkcs8' })),
  '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----',
])('refuses what is none, without repeating it (%#)', (text) => {
  const read = readOperatorKey(text);
  expect(read).toMatchObject({ code: 'SYN_HEDERA_KEY_UNREADABLE' });
  expect(text.length < 4 || !JSON.stringify(read).includes(text)).toBe(true);
});
