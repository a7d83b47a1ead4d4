import type { KeyDisk } from './key-disk.ts';
import { KEY_FILE, NEXT_KEY_FILE, PUBLIC_FILE, parsePrivateKey, READABLE_BY_ALL } from './key-file.ts';
import { isEqual } from './merkle.ts';
import { formatVerifierKey, type VerifierKey } from './verifier-key.ts';

export interface SettleOptions {
  readonly disk: KeyDisk;
  /** The key that the ledger says is in force. */
  readonly inForce: VerifierKey;
}

/**
 * Brings a change of the device key to its end, wherever it was interrupted. What counts is the ledger: if it names the
 * key that waits in `device.key.next`, the old one is destroyed and that one takes its place; if it does not, the change
 * was never recorded and the waiting key is destroyed. Does nothing where none waits.
 */
export function settleKeyChange(folder: string, { disk, inForce }: SettleOptions): void {
  const nextPath = `${folder}/${NEXT_KEY_FILE}`;
  const waiting = disk.read(nextPath);
  if (waiting === undefined) return;
  const next = parsePrivateKey(waiting.text);
  if (next === undefined || !isEqual(next.publicKey, inForce.publicKey)) {
    disk.overwrite(nextPath);
    disk.remove(nextPath);
    return;
  }
  disk.overwrite(`${folder}/${KEY_FILE}`);
  disk.move(nextPath, `${folder}/${KEY_FILE}`);
  disk.replace(`${folder}/${PUBLIC_FILE}`, `${formatVerifierKey(inForce.name, inForce.publicKey)}\n`, READABLE_BY_ALL);
}
