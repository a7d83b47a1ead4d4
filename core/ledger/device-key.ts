import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign as signBytes } from 'node:crypto';
import { Failure } from '../model/failure.ts';
import type { KeyDisk } from './key-disk.ts';
import { formatVerifierKey, keyFingerprint, parseVerifierKey } from './verifier-key.ts';

/** The key of this appliance. Signs every reading and every checkpoint; never leaves the data folder. */
export interface DeviceKey {
  /** Ed25519 (RFC 8032), 64 bytes. */
  sign(bytes: Uint8Array): Uint8Array;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** The signer's name in checkpoints, and their origin line: `forebay/<plant id>/<8 hex of the public key's hash>`. */
  readonly name: string;
  /** The public half in the text form of C2SP signed notes (`name+hash+base64`), for whoever verifies. */
  readonly verifierKey: string;
}

export interface DeviceKeyOptions {
  /** Becomes part of the name when the key is created. A key that exists keeps the name it was given. */
  readonly plantId: string;
  readonly disk: KeyDisk;
}

const OWNER_ONLY = 0o600;
const READABLE_BY_ALL = 0o644;
const OTHERS = 0o077;

/**
 * The key in `<folder>/device.key` (PKCS #8 PEM, readable by the owner only) with its public half beside it in
 * `device.pub`; both are created when there is no key yet, so that a crash leaves either a whole key or none.
 *
 * @throws Failure `LED_KEY_EXPOSED`, `LED_KEY_UNREADABLE`, `LED_KEY_MISMATCH`.
 */
export function loadOrCreateDeviceKey(folder: string, options: DeviceKeyOptions): DeviceKey {
  const { disk } = options;
  const keyPath = `${folder}/device.key`;
  const pem = readKeyFile(disk, keyPath) ?? createKeyFile(disk, keyPath);
  const privateKey = parsePrivateKey(pem, keyPath);
  const publicKey = rawPublicKey(privateKey);
  const publicPath = `${folder}/device.pub`;
  const existing = disk.read(publicPath);
  const name =
    existing === undefined ? deviceName(options.plantId, publicKey) : nameIn(existing.text, publicPath, publicKey);
  const verifierKey = formatVerifierKey(name, publicKey);
  if (existing === undefined) disk.replace(publicPath, `${verifierKey}\n`, READABLE_BY_ALL);
  return { sign: (bytes) => signBytes(null, bytes, privateKey), publicKey, name, verifierKey };
}

/** The verifier key that `<folder>/device.pub` holds, for commands that only check. Undefined when there is none. */
export function readVerifierKey(folder: string, disk: KeyDisk): string | undefined {
  return disk.read(`${folder}/device.pub`)?.text.trim();
}

/**
 * A key that lives in memory only, from its 32-byte RFC 8032 seed; for tests and the simulation. `keyName` is given for
 * a key that takes over from another one, whose name it then has.
 */
export function deviceKeyFromSeed(seed: Uint8Array, plantId: string, keyName?: string): DeviceKey {
  const der = Buffer.concat([PKCS8_ED25519_PREFIX, seed]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const publicKey = rawPublicKey(privateKey);
  const name = keyName ?? deviceName(plantId, publicKey);
  return {
    sign: (bytes) => signBytes(null, bytes, privateKey),
    publicKey,
    name,
    verifierKey: formatVerifierKey(name, publicKey),
  };
}

/** DER of an Ed25519 PrivateKeyInfo up to the seed (RFC 8410 section 7). */
const PKCS8_ED25519_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Names in signed notes hold neither spaces nor plus signs, so whatever the plant's id holds is percent-encoded. */
function deviceName(plantId: string, publicKey: Uint8Array): string {
  return `forebay/${encodeURIComponent(plantId)}/${keyFingerprint(publicKey)}`;
}

function readKeyFile(disk: KeyDisk, path: string): string | undefined {
  const file = disk.read(path);
  if (file === undefined) return undefined;
  if ((file.mode & OTHERS) !== 0) {
    throw new Failure('LED_KEY_EXPOSED', `${path} holds the device's private key and others may read it.`, {
      hint: `chmod 600 ${path}`,
      exitCode: 2,
    });
  }
  return file.text;
}

function createKeyFile(disk: KeyDisk, path: string): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  disk.replace(path, pem, OWNER_ONLY);
  return pem;
}

function parsePrivateKey(pem: string, path: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch (cause) {
    throw unreadable(path, cause);
  }
  throw unreadable(path, undefined);
}

function unreadable(path: string, cause: unknown): Failure {
  return new Failure('LED_KEY_UNREADABLE', `${path} is not an Ed25519 private key in PKCS #8 PEM form.`, {
    hint: 'restore it from a backup of the data folder',
    exitCode: 4,
    cause,
  });
}

function rawPublicKey(privateKey: KeyObject): Uint8Array {
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' });
  return Buffer.from(x ?? '', 'base64url');
}

function nameIn(text: string, path: string, publicKey: Uint8Array): string {
  const parsed = parseVerifierKey(text.trim());
  if (parsed === undefined || Buffer.compare(parsed.publicKey, publicKey) !== 0) {
    throw new Failure('LED_KEY_MISMATCH', `${path} is not the public half of the private key beside it.`, {
      hint: 'restore both files from the same backup',
      exitCode: 4,
    });
  }
  return parsed.name;
}
