import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { writeVerifierKey } from '../../core/ledger/device-key.ts';
import { openPrivateKey, sealPrivateKey } from '../../core/ledger/key-backup.ts';
import { KEY_FILE, OWNER_ONLY, writePrivateKey } from '../../core/ledger/key-file.ts';
import { isEqual } from '../../core/ledger/merkle.ts';
import { readKeyChain } from '../../core/ledger/read-key-chain.ts';
import { formatVerifierKey, keyHashOf } from '../../core/ledger/verifier-key.ts';
import { Failure } from '../../core/model/failure.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import { nodeKeyDisk } from '../../core/store/node-key-disk.ts';
import { readDeviceKey } from '../open-device-key.ts';
import { type Command, DATA_OPTION } from './command.ts';
import { withStore } from './kept-plant.ts';
import { usage } from './read-command-line.ts';
import { readPassphrase } from './read-passphrase.ts';
import { withStoreAtRest } from './store-at-rest.ts';

export const keyBackup: Command = {
  name: 'key backup',
  summary: 'Write the private device key to a file, encrypted with a passphrase from standard input',
  options: {
    data: DATA_OPTION,
    out: { type: 'string', value: 'FILE', about: 'the file to write; it must not exist', isNeeded: true },
  },
  notes: ['Keep the file and its passphrase apart, and away from this computer.'],
  run: (call) =>
    withStore(call, async (store, folder): Promise<0> => {
      const { out = '' } = call.texts;
      if (existsSync(out)) throw usage(`${out} is there already.`, 'name a new file; nothing is overwritten');
      const key = readDeviceKey(folder, store);
      const sealed = sealPrivateKey(key.privateKey, await readPassphrase('new'), randomBytes);
      nodeKeyDisk.replace(out, `${HEADING}${formatVerifierKey(key.name, key.publicKey)}\n\n${sealed}`, OWNER_ONLY);
      call.output.note(`Wrote the key ${shortKey(key.name, key.publicKey)}, encrypted, to ${out}.`);
      return 0;
    }),
};

/** As `key show` and verifier keys name it: its C2SP key hash. */
function shortKey(name: string, publicKey: Uint8Array): string {
  return Buffer.from(keyHashOf(name, publicKey)).toString('hex');
}

/** Text before the first line of dashes is for people; readers of PEM pass over it (RFC 7468 section 2). */
const HEADING = 'Forebay device key, encrypted. Restore with: forebay key restore FILE --data DIR\n';

export const keyRestore: Command = {
  name: 'key restore',
  summary: 'Put the device key back from its backup; the passphrase comes from standard input',
  options: { data: DATA_OPTION },
  operands: ['FILE'],
  notes: ['Two appliances must never sign with one key: restore it only where the other computer is gone.'],
  run: (call) =>
    withStoreAtRest(call, async (store, folder): Promise<0> => {
      const [path = ''] = call.operands;
      const text = readBackup(path);
      const key = openPrivateKey(text, await readPassphrase('known'));
      if (key === undefined) {
        throw new Failure('LED_KEY_SEALED', `${path} does not open with this passphrase.`, {
          hint: 'mind capitals and the keyboard layout; a damaged file gives the same answer',
        });
      }
      const inForce = readKeyChain(ledgerReader(store))?.current;
      if (inForce === undefined || !isEqual(inForce.key.publicKey, key.publicKey)) {
        throw new Failure(
          'LED_KEY_NOT_IN_FORCE',
          `The key in ${path} is not the one that this ledger is signed with.`,
          {
            hint: `it needs ${inForce?.verifierKey ?? 'a ledger first'}`,
            exitCode: 2,
          },
        );
      }
      const target = `${folder.keysFolder}/${KEY_FILE}`;
      if (existsSync(target)) {
        throw new Failure('LED_KEY_IN_THE_WAY', `${target} is there already.`, {
          hint: 'if it is not the right one, move it out of the folder first',
          exitCode: 2,
        });
      }
      writePrivateKey(nodeKeyDisk, target, key.privateKey);
      writeVerifierKey(folder.keysFolder, nodeKeyDisk, inForce.verifierKey);
      call.output.note(`Restored the key ${shortKey(inForce.key.name, key.publicKey)}.`);
      return 0;
    }),
};

function readBackup(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw usage(`${path} cannot be read.`, 'name the file that "key backup" wrote');
  }
}
