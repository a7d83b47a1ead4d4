import type { Clock } from '../model/clock.ts';
import { Failure } from '../model/failure.ts';
import { type DeviceKey, deviceKeyOf, readVerifierKey } from './device-key.ts';
import type { KeyDisk } from './key-disk.ts';
import { makeKeyEntry } from './key-entry.ts';
import { createPrivateKeyFile, KEY_FILE, NEXT_KEY_FILE, type PrivateKeyFile, readPrivateKey } from './key-file.ts';
import type { LedgerStorage } from './ledger-storage.ts';
import { isEqual } from './merkle.ts';
import { readKeyChain } from './read-key-chain.ts';
import { createRecorder } from './recorder.ts';
import { type SettleOptions, settleKeyChange } from './settle-key-change.ts';
import { formatVerifierKey, keyFingerprint, parseVerifierKey, type VerifierKey } from './verifier-key.ts';

export interface KeyChangeParts<Write> {
  readonly folder: string;
  readonly disk: KeyDisk;
  readonly storage: LedgerStorage<Write>;
  readonly clock: Pick<Clock, 'wallMs'>;
  /** The key that the ledger says is in force. */
  readonly inForce: VerifierKey;
  /** `lost`: the private half of the key in force is gone, so it cannot name its successor. */
  readonly event: 'rotated' | 'lost';
  /**
   * With `lost`: the key in `device.key` takes over, and not a new one. It is one that took over later than this ledger
   * ends, as after the restore of a backup from before the change.
   */
  readonly successor?: 'new' | 'held';
  readonly reason: string;
  readonly by: string;
  /** Written with the entry of a rotation: the old key signs for the last time. */
  readonly alongside?: (write: Write, oldKey: DeviceKey, newKey: DeviceKey) => void;
}

/**
 * Makes a new device key, or takes the one held, and puts it in force. In this order, each step durable before the next: the new private key
 * lies beside the old one; the entry is recorded, alone in its write, under a checkpoint of both keys; the old private
 * key is overwritten; the new one takes its place. After a crash `settleKeyChange` goes on from whichever was done.
 *
 * @throws Failure `LED_KEY_LOST` when the old key is wanted and not there, `LED_KEY_IN_THE_WAY` when it is said to be
 * lost and a key is there; `LED_KEY_OF_ANOTHER` when the key there is no later one of this ledger; `LED_KEY_EXPOSED`, `LED_KEY_UNREADABLE`, `LED_HEAD_MISMATCH`.
 */
export function changeDeviceKey<Write>(parts: KeyChangeParts<Write>): DeviceKey {
  const { folder, disk, storage, clock, inForce, event, reason, by } = parts;
  settleKeyChange(folder, { disk, inForce });
  if (event === 'lost' && parts.successor === 'held') return putHeldInForce(parts);
  const oldKey = event === 'lost' ? lostKey(parts) : heldKey(parts);
  const newKey = deviceKeyOf(createPrivateKeyFile(disk, `${folder}/${NEXT_KEY_FILE}`), inForce.name);
  const replacing = 'lost' in oldKey ? [] : [oldKey];
  const recorder = createRecorder({ storage, key: newKey, replacing, clock });
  recorder.record([makeKeyEntry({ newKey, oldKey, head: recorder.head(), reason, by })], (write) => {
    if (!('lost' in oldKey)) parts.alongside?.(write, oldKey, newKey);
  });
  const named = parseVerifierKey(newKey.verifierKey);
  if (named !== undefined) settleKeyChange(folder, { disk, inForce: named });
  return newKey;
}

/**
 * The first step of a change, for whoever records the entry itself: what an earlier change left is brought to its end, and
 * a new private key lies durably beside the one in force. Nothing is in force by that.
 */
export function prepareNextKey(folder: string, options: SettleOptions): PrivateKeyFile {
  settleKeyChange(folder, options);
  return createPrivateKeyFile(options.disk, `${folder}/${NEXT_KEY_FILE}`);
}

/** Nothing of the key's files changes, so the entry alone is the change and a crash leaves all of it or nothing. */
function putHeldInForce<Write>(parts: KeyChangeParts<Write>): DeviceKey {
  const { storage, clock, inForce, reason, by } = parts;
  const newKey = laterKey(parts);
  const recorder = createRecorder({ storage, key: newKey, replacing: [], clock });
  const oldKey = { lost: formatVerifierKey(inForce.name, inForce.publicKey) };
  recorder.record([makeKeyEntry({ newKey, oldKey, head: recorder.head(), reason, by })]);
  return newKey;
}

/**
 * The key in the folder, if `device.pub` gives it the name of this ledger and the ledger has never known it: so it took
 * over from one of its keys after where this ledger ends.
 */
function laterKey<Write>({ folder, disk, storage, inForce }: KeyChangeParts<Write>): DeviceKey {
  const file = readPrivateKey(disk, `${folder}/${KEY_FILE}`);
  const named = parseVerifierKey(readVerifierKey(folder, disk) ?? '');
  const known = readKeyChain(storage)?.links ?? [];
  const isLater =
    file !== undefined &&
    named !== undefined &&
    named.name === inForce.name &&
    isEqual(named.publicKey, file.publicKey) &&
    !known.some(({ key }) => isEqual(key.publicKey, file.publicKey));
  if (isLater) return deviceKeyOf(file, inForce.name);
  const sentence = `The key in ${folder} is not one that took over in this ledger later than it ends here.`;
  throw new Failure('LED_KEY_OF_ANOTHER', sentence, {
    hint: `device.key and device.pub must both be there and bear the name ${inForce.name}; see docs/keys.md`,
    exitCode: 2,
  });
}

function heldKey<Write>({ folder, disk, inForce }: KeyChangeParts<Write>): DeviceKey {
  const file = readPrivateKey(disk, `${folder}/${KEY_FILE}`);
  if (file !== undefined && isEqual(file.publicKey, inForce.publicKey)) return deviceKeyOf(file, inForce.name);
  const sentence = `The private key ${keyFingerprint(inForce.publicKey)} of this ledger is not in ${folder}.`;
  throw new Failure('LED_KEY_LOST', sentence, {
    hint: 'restore it with `forebay key restore`; where it is lost for good, add --lost and see docs/keys.md',
    exitCode: 4,
  });
}

function lostKey<Write>({ folder, disk, inForce }: KeyChangeParts<Write>): { readonly lost: string } {
  const path = `${folder}/${KEY_FILE}`;
  const there = disk.read(path);
  if (there === undefined) return { lost: formatVerifierKey(inForce.name, inForce.publicKey) };
  throw new Failure('LED_KEY_IN_THE_WAY', `${path} is there, so the key cannot be said to be lost.`, {
    hint: isThere(readQuietly(disk, path), inForce)
      ? 'it is the one in force: leave --lost out'
      : 'it is not the one in force: if it took over later than this ledger ends, add --held; else move it out of the folder',
    exitCode: 2,
  });
}

function readQuietly(disk: KeyDisk, path: string): PrivateKeyFile | undefined {
  try {
    return readPrivateKey(disk, path);
  } catch {
    return undefined;
  }
}

function isThere(file: PrivateKeyFile | undefined, inForce: VerifierKey): boolean {
  return file !== undefined && isEqual(file.publicKey, inForce.publicKey);
}
