import { createCipheriv, type KeyObject, scryptSync } from 'node:crypto';
import { type PrivateKeyFile, parsePrivateKey } from './key-file.ts';

/**
 * A private key under a passphrase: PKCS #8 `EncryptedPrivateKeyInfo` in PEM, PBES2 (RFC 8018) with scrypt (RFC 7914)
 * and AES-256-CBC. OpenSSL reads it (`openssl pkey -in FILE`). The cost is what OWASP asks of scrypt, and no more memory
 * than OpenSSL allows while it reads.
 */
const COST = { N: 16384, r: 8, p: 5 } as const;
const SALT_BYTES = 16;
const IV_BYTES = 16;
const KEY_BYTES = 32;
const SCRYPT_MEMORY_MAX = 64 * 1024 * 1024;
const PEM_LINE = 64;

/** Passphrases below this are refused: who has the file may try as many as a machine can. */
export const PASSPHRASE_LENGTH_MIN = 12;

export function sealPrivateKey(privateKey: KeyObject, passphrase: string, draw: (count: number) => Uint8Array): string {
  const salt = draw(SALT_BYTES);
  const iv = draw(IV_BYTES);
  const key = scryptSync(passphrase, salt, KEY_BYTES, { ...COST, maxmem: SCRYPT_MEMORY_MAX });
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  const plain = privateKey.export({ format: 'der', type: 'pkcs8' });
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  const der = sequence(
    sequence(
      PBES2,
      sequence(
        sequence(SCRYPT, sequence(octets(salt), integer(COST.N), integer(COST.r), integer(COST.p))),
        sequence(AES_256_CBC, octets(iv)),
      ),
    ),
    octets(sealed),
  );
  const lines = der.toString('base64').match(new RegExp(`.{1,${PEM_LINE}}`, 'g')) ?? [];
  return ['-----BEGIN ENCRYPTED PRIVATE KEY-----', ...lines, '-----END ENCRYPTED PRIVATE KEY-----', ''].join('\n');
}

/** The key in a text that holds one such block; undefined when it holds none or the passphrase is another one. */
export function openPrivateKey(text: string, passphrase: string): PrivateKeyFile | undefined {
  const pem = /-----BEGIN ENCRYPTED PRIVATE KEY-----[^-]+-----END ENCRYPTED PRIVATE KEY-----/.exec(text)?.[0];
  return pem === undefined ? undefined : parsePrivateKey(pem, passphrase);
}

/** Object identifiers in DER: 1.2.840.113549.1.5.13, 1.3.6.1.4.1.11591.4.11 and 2.16.840.1.101.3.4.1.42. */
const PBES2 = Buffer.from('06092a864886f70d01050d', 'hex');
const SCRYPT = Buffer.from('06092b06010401da47040b', 'hex');
const AES_256_CBC = Buffer.from('060960864801650304012a', 'hex');

const SEQUENCE = 0x30;
const OCTET_STRING = 0x04;
const INTEGER = 0x02;
/** Lengths from here on need the long form; nothing here needs more than one byte of it. */
const LONG_FORM = 0x80;

function element(type: number, content: Uint8Array): Buffer {
  const { length } = content;
  const head = length < LONG_FORM ? Buffer.of(type, length) : Buffer.of(type, LONG_FORM + 1, length);
  return Buffer.concat([head, content]);
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return element(SEQUENCE, Buffer.concat(parts));
}

function octets(bytes: Uint8Array): Buffer {
  return element(OCTET_STRING, bytes);
}

/** A positive integer; a leading zero byte keeps a set high bit from meaning a sign. */
function integer(value: number): Buffer {
  const hex = value.toString(16);
  return element(
    INTEGER,
    Buffer.from(`00${hex.padStart(hex.length + (hex.length % 2), '0')}`.replace(/^00(?=[0-7])/, ''), 'hex'),
  );
}
