import { createPrivateKey, type KeyObject, sign as signBytes } from 'node:crypto';
import { Failure } from '../model/failure.ts';
import type { KeyDisk } from './key-disk.ts';
import {
  createPrivateKeyFile,
  KEY_FILE,
  type PrivateKeyFile,
  PUBLIC_FILE,
  READABLE_BY_ALL,
  rawPublicKey,
  readPrivateKey,
} from './key-file.ts';
import { isEqual } from './merkle.ts';
import { settleKeyChange } from './settle-key-change.ts';
import { formatVerifierKey, keyFingerprint, parseVerifierKey, type VerifierKey } from './verifier-key.ts';

/** The key of this appliance. Signs every reading and every checkpoint; never leaves the data folder. */
export interface DeviceKey {
  /** Ed25519 (RFC 8032), 64 bytes. */
  sign(bytes: Uint8Array): Uint8Array;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /**
   * The signer's name in checkpoints, and their origin line: `forebay/<plant id>/<8 hex of the first key's hash>`. It is
   * the ledger's name: a key that takes over keeps it.
   */
  readonly name: string;
  /** The public half in the text form of C2SP signed notes (`name+hash+base64`), for whoever verifies. */
  readonly verifierKey: string;
}

export interface DeviceKeyOptions {
  /** Becomes part of the name when the key is created. A key that exists keeps the name it was given. */
  readonly plantId: string;
  readonly disk: KeyDisk;
  /** The key that the ledger says is in force; absent where there is no ledger yet. */
  readonly inForce?: VerifierKey;
}

/**
 * The key in `<folder>/device.key` (PKCS #8 PEM, readable by the owner only) with its public half beside it in
 * `device.pub`; both are created when there is neither key nor ledger yet, so that a crash leaves either a whole key or
 * none. A change of keys that a crash interrupted is brought to its end first.
 *
 * @throws Failure `LED_KEY_EXPOSED`, `LED_KEY_UNREADABLE`, `LED_KEY_MISMATCH`, `LED_KEY_LOST`.
 */
export function loadOrCreateDeviceKey(folder: string, options: DeviceKeyOptions): DeviceKey {
  const { disk, inForce } = options;
  if (inForce === undefined) return loadFirstKey(folder, options);
  settleKeyChange(folder, { disk, inForce });
  const file = readPrivateKey(disk, `${folder}/${KEY_FILE}`);
  if (file === undefined || !isEqual(file.publicKey, inForce.publicKey)) throw lost(folder, inForce, file);
  const key = deviceKeyOf(file, inForce.name);
  if (readVerifierKey(folder, disk) !== key.verifierKey) writeVerifierKey(folder, disk, key.verifierKey);
  return key;
}

function loadFirstKey(folder: string, { plantId, disk }: DeviceKeyOptions): DeviceKey {
  const keyPath = `${folder}/${KEY_FILE}`;
  const file = readPrivateKey(disk, keyPath) ?? createPrivateKeyFile(disk, keyPath);
  const existing = readVerifierKey(folder, disk);
  const name = existing === undefined ? deviceName(plantId, file.publicKey) : nameIn(existing, folder, file.publicKey);
  const key = deviceKeyOf(file, name);
  if (existing === undefined) writeVerifierKey(folder, disk, key.verifierKey);
  return key;
}

/** The verifier key that `<folder>/device.pub` holds, for commands that only check. Undefined when there is none. */
export function readVerifierKey(folder: string, disk: KeyDisk): string | undefined {
  return disk.read(`${folder}/${PUBLIC_FILE}`)?.text.trim();
}

export function writeVerifierKey(folder: string, disk: KeyDisk, verifierKey: string): void {
  disk.replace(`${folder}/${PUBLIC_FILE}`, `${verifierKey}\n`, READABLE_BY_ALL);
}

export function deviceKeyOf({ privateKey, publicKey }: PrivateKeyFile, name: string): DeviceKey {
  return {
    sign: (bytes) => signBytes(null, bytes, privateKey),
    publicKey,
    name,
    verifierKey: formatVerifierKey(name, publicKey),
  };
}

/**
 * A key that lives in memory only, from its 32-byte RFC 8032 seed; for tests and the simulation. `keyName` is given for
 * a key that takes over from another one, whose name it then has.
 */
export function deviceKeyFromSeed(seed: Uint8Array, plantId: string, keyName?: string): DeviceKey {
  const der = Buffer.concat([PKCS8_ED25519_PREFIX, seed]);
  const privateKey: KeyObject = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const publicKey = rawPublicKey(privateKey);
  return deviceKeyOf({ privateKey, publicKey }, keyName ?? deviceName(plantId, publicKey));
}

/** DER of an Ed25519 PrivateKeyInfo up to the seed (RFC 8410 section 7). */
const PKCS8_ED25519_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Names in signed notes hold neither spaces nor plus signs, so whatever the plant's id holds is percent-encoded. */
function deviceName(plantId: string, publicKey: Uint8Array): string {
  return `forebay/${encodeURIComponent(plantId)}/${keyFingerprint(publicKey)}`;
}

function nameIn(text: string, folder: string, publicKey: Uint8Array): string {
  const parsed = parseVerifierKey(text);
  if (parsed === undefined || !isEqual(parsed.publicKey, publicKey)) {
    throw new Failure(
      'LED_KEY_MISMATCH',
      `${folder}/${PUBLIC_FILE} is not the public half of the private key beside it.`,
      { hint: 'restore both files from the same backup', exitCode: 4 },
    );
  }
  return parsed.name;
}

function lost(folder: string, inForce: VerifierKey, file: PrivateKeyFile | undefined): Failure {
  const what = file === undefined ? 'is not there' : 'is of another device';
  const fingerprint = keyFingerprint(inForce.publicKey);
  return new Failure('LED_KEY_LOST', `The private key ${fingerprint} of this ledger ${what}: ${folder}/${KEY_FILE}.`, {
    hint: 'restore it with `forebay key restore`; where it is lost for good, see docs/keys.md',
    exitCode: 4,
  });
}
