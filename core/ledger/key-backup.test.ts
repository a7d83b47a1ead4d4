import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { deviceKeyFromSeed } from './device-key.ts';
import { hederaDid, hederaDidDocument, hederaDidMessage } from './did-hedera.ts';
import { base58, didKey } from './did-key.ts';
import { openPrivateKey, sealPrivateKey } from './key-backup.ts';
import { rawPublicKey } from './key-file.ts';
import { signatureChecker } from './verifier-key.ts';

const passphrase = 'correct horse battery';

test('a sealed key opens with its passphrase and no other, and says nothing without', () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const sealed = sealPrivateKey(privateKey, passphrase, randomBytes);
  const opened = openPrivateKey(`Some words before it.\n\n${sealed}`, passphrase);
  expect(opened?.publicKey).toEqual(rawPublicKey(privateKey));
  expect(openPrivateKey(sealed, 'correct horse batterx')).toBeUndefined();
  expect(openPrivateKey('nothing of the kind', passphrase)).toBeUndefined();
  const plain = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(16);
  expect(Buffer.from(sealed.replaceAll(/-----.*-----|\n/g, ''), 'base64').includes(plain)).toBe(false);
  expect(sealPrivateKey(privateKey, passphrase, randomBytes)).not.toBe(sealed);
});

test('OpenSSL opens it too', () => {
  const folder = mkdtempSync(join(tmpdir(), 'forebay-sealed-'));
  try {
    const { privateKey } = generateKeyPairSync('ed25519');
    const path = join(folder, 'device-key.pem');
    writeFileSync(path, sealPrivateKey(privateKey, passphrase, randomBytes));
    const opened = execFileSync('openssl', ['pkey', '-in', path, '-passin', `pass:${passphrase}`], {
      encoding: 'utf8',
    });
    expect(opened).toBe(privateKey.export({ format: 'pem', type: 'pkcs8' }).toString());
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('did:key: the vectors of the method for Ed25519', () => {
  const vectors = [
    [
      '3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29',
      'z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp',
    ],
    [
      '4cb5abf6ad79fbf5abbccafcc269d85cd2651ed4b885b5869f241aedf0a5ba29',
      'z6MkjchhfUsD6mmvni8mCdXHw216Xrm9bQe2mBH1P5RDjVJG',
    ],
    [
      '7422b9887598068e32c4448a949adb290d0f4e35b9e01b0ee5f1a1e600fe2674',
      'z6MknGc3ocHs3zdPiJbnaaqDi58NGb4pk1Sp9WxWufuXSdxf',
    ],
  ] as const;
  for (const [key, expected] of vectors) expect(didKey(Buffer.from(key, 'hex'))).toBe(`did:key:${expected}`);
});

test('base58: leading zeros are ones, and nothing is nothing', () => {
  const cases = [
    ['', ''],
    ['00', '1'],
    ['0000287fb4cd', '11233QC4'],
    ['48656c6c6f20576f726c6421', '2NEpo7TZRRrLZSi2U'],
  ] as const;
  for (const [hex, text] of cases) expect(base58(Buffer.from(hex, 'hex'))).toBe(text);
});

test('did:hedera: document and message name the key, and the message is signed as it stands', () => {
  const key = deviceKeyFromSeed(Buffer.alloc(32, 9), 'HP-001');
  const parts = { network: 'testnet', topicId: '0.0.5005', publicKey: key.publicKey } as const;
  const did = hederaDid(parts);
  expect(did).toBe(`did:hedera:testnet:z${base58(key.publicKey)}_0.0.5005`);
  expect(hederaDidDocument(parts)).toMatchObject({
    id: did,
    verificationMethod: [{ id: `${did}#did-root-key`, controller: did, publicKeyBase58: base58(key.publicKey) }],
    authentication: [`${did}#did-root-key`],
  });
  const { message, signature } = hederaDidMessage(parts, '2026-11-02T03:04:05.678Z', (bytes) => key.sign(bytes));
  expect(JSON.parse(Buffer.from(String(message.event), 'base64').toString('utf8'))).toEqual({
    DIDOwner: {
      id: `${did}#did-root-key`,
      type: 'Ed25519VerificationKey2018',
      controller: did,
      publicKeyMultibase: `z${base58(key.publicKey)}`,
    },
  });
  const isSigned = signatureChecker(key.publicKey);
  expect(isSigned(Buffer.from(JSON.stringify(message), 'utf8'), Buffer.from(signature, 'base64'))).toBe(true);
});
