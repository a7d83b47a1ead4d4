import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { Failure } from '../model/failure.ts';
import type { KeyDisk } from './key-disk.ts';

/** The files of the device key in its folder. */
export const KEY_FILE = 'device.key';
export const PUBLIC_FILE = 'device.pub';
/** A key that is to take over, from before its entry is recorded until the old one is destroyed. */
export const NEXT_KEY_FILE = 'device.key.next';

export const OWNER_ONLY = 0o600;
export const READABLE_BY_ALL = 0o644;
const OTHERS = 0o077;

export interface PrivateKeyFile {
  readonly privateKey: KeyObject;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
}

/**
 * The private key in a file, PKCS #8 PEM; undefined when there is no such file.
 *
 * @throws Failure `LED_KEY_EXPOSED`, `LED_KEY_UNREADABLE`.
 */
export function readPrivateKey(disk: KeyDisk, path: string): PrivateKeyFile | undefined {
  const file = disk.read(path);
  if (file === undefined) return undefined;
  if ((file.mode & OTHERS) !== 0) {
    throw new Failure('LED_KEY_EXPOSED', `${path} holds the device's private key and others may read it.`, {
      hint: `chmod 600 ${path}`,
      exitCode: 2,
    });
  }
  const found = parsePrivateKey(file.text);
  if (found !== undefined) return found;
  throw new Failure('LED_KEY_UNREADABLE', `${path} is not an Ed25519 private key in PKCS #8 PEM form.`, {
    hint: 'restore the key from its backup with `forebay key restore`',
    exitCode: 4,
  });
}

/** The key in PKCS #8 PEM text, or undefined when it is none of Ed25519. */
export function parsePrivateKey(pem: string, passphrase?: string): PrivateKeyFile | undefined {
  try {
    const privateKey = createPrivateKey({ key: pem, format: 'pem', passphrase });
    return privateKey.asymmetricKeyType === 'ed25519' ? { privateKey, publicKey: rawPublicKey(privateKey) } : undefined;
  } catch {
    return undefined;
  }
}

/** Makes a key and puts it into the file, readable by its owner only. */
export function createPrivateKeyFile(disk: KeyDisk, path: string): PrivateKeyFile {
  const { privateKey } = generateKeyPairSync('ed25519');
  writePrivateKey(disk, path, privateKey);
  return { privateKey, publicKey: rawPublicKey(privateKey) };
}

export function writePrivateKey(disk: KeyDisk, path: string, privateKey: KeyObject): void {
  disk.replace(path, privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(), OWNER_ONLY);
}

export function rawPublicKey(privateKey: KeyObject): Uint8Array {
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' });
  return Buffer.from(x ?? '', 'base64url');
}
