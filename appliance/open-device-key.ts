import { type DeviceKey, loadOrCreateDeviceKey } from '../core/ledger/device-key.ts';
import { KEY_FILE, NEXT_KEY_FILE, type PrivateKeyFile, readPrivateKey } from '../core/ledger/key-file.ts';
import { isEqual } from '../core/ledger/merkle.ts';
import { readKeyChain } from '../core/ledger/read-key-chain.ts';
import type { VerifierKey } from '../core/ledger/verifier-key.ts';
import { Failure } from '../core/model/failure.ts';
import type { ReadableStore } from '../core/store/handle.ts';
import { ledgerReader } from '../core/store/ledger-store.ts';
import { nodeKeyDisk } from '../core/store/node-key-disk.ts';
import type { DataFolder } from './data-folder.ts';

/**
 * The device key of a data folder: the one that its ledger says is in force, or a new one where the ledger is still
 * empty. Only for whoever holds the folder's lock, since it brings an interrupted change of keys to its end.
 *
 * @throws Failure `LED_KEY_LOST`, `LED_KEY_EXPOSED`, `LED_KEY_UNREADABLE`, `LED_KEY_MISMATCH`, `LED_FSCK_KEY_CHANGE`.
 */
export function openDeviceKey({ keysFolder }: DataFolder, store: ReadableStore, plantId: string): DeviceKey {
  const inForce = readKeyChain(ledgerReader(store))?.current.key;
  return loadOrCreateDeviceKey(keysFolder, {
    plantId,
    disk: nodeKeyDisk,
    ...(inForce === undefined ? {} : { inForce }),
  });
}

/**
 * The same for a command that runs beside an appliance, which may change the key meanwhile: nothing is made or changed
 * here.
 *
 * @throws Failure `LED_KEY_LOST`, `LED_KEY_EXPOSED`, `LED_KEY_UNREADABLE`, `LED_FSCK_KEY_CHANGE`,
 * `APP_NOTHING_RECORDED`.
 */
export function readDeviceKey({ keysFolder, root }: DataFolder, store: ReadableStore): PrivateKeyFile & VerifierKey {
  for (let look = 0; look < LOOKS; look += 1) {
    const inForce = readKeyChain(ledgerReader(store))?.current.key;
    if (inForce === undefined) throw nothingRecorded(root);
    for (const name of [KEY_FILE, NEXT_KEY_FILE]) {
      const file = readUnlessZeros(`${keysFolder}/${name}`);
      if (file !== undefined && isEqual(file.publicKey, inForce.publicKey)) return { ...inForce, ...file };
    }
  }
  throw new Failure('LED_KEY_LOST', `The private key of this ledger is not in ${keysFolder}.`, {
    hint: 'restore it with `forebay key restore`; where it is lost for good, see docs/keys.md',
    exitCode: 4,
  });
}

/** An appliance may change the key between a look at the ledger and one at the files; it does not do so twice at once. */
const LOOKS = 3;

/** The file, or undefined where there is none or it is being destroyed by a change of the key. */
function readUnlessZeros(path: string): PrivateKeyFile | undefined {
  try {
    return readPrivateKey(nodeKeyDisk, path);
  } catch (error) {
    const isZeros = nodeKeyDisk.read(path)?.text.startsWith('\0') ?? true;
    if (isZeros) return undefined;
    throw error;
  }
}

export function nothingRecorded(root: string): Failure {
  return new Failure('APP_NOTHING_RECORDED', `The data folder ${root} holds no ledger yet.`, {
    hint: 'start the appliance once',
    exitCode: 2,
  });
}
