import { join } from 'node:path';
import { Failure } from '../core/model/failure.ts';
import type { ReadableStore } from '../core/store/handle.ts';
import { ledgerReader } from '../core/store/ledger-store.ts';
import { nodeKeyDisk } from '../core/store/node-key-disk.ts';

/**
 * A ledger whose key is not there must not be gone on with: a new key would sign for it that its genesis does not name,
 * and no verifier would believe anything after that.
 *
 * @throws Failure `LED_KEY_ABSENT`
 */
export function refuseWithoutKey(store: ReadableStore, keysFolder: string): void {
  const path = join(keysFolder, 'device.key');
  if (ledgerReader(store).size() === 0 || nodeKeyDisk.read(path) !== undefined) return;
  throw new Failure('LED_KEY_ABSENT', `The ledger is there, and the key that signs it is not: ${path} is missing.`, {
    hint: 'put device.key and device.pub back from where the key is kept; reading and checking work without',
    exitCode: 2,
  });
}
