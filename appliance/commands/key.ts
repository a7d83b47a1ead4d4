import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { changeDeviceKey } from '../../core/ledger/change-device-key.ts';
import { deviceKeyOf } from '../../core/ledger/device-key.ts';
import { HEDERA_NETWORKS, hederaDid, hederaDidDocument, hederaDidMessage } from '../../core/ledger/did-hedera.ts';
import { didKey } from '../../core/ledger/did-key.ts';
import { KEY_FILE } from '../../core/ledger/key-file.ts';
import { readKeyChain } from '../../core/ledger/read-key-chain.ts';
import { toIso } from '../../core/model/time.ts';
import { ledgerStorage } from '../../core/store/ledger-store.ts';
import { nodeKeyDisk } from '../../core/store/node-key-disk.ts';
import type { KeyRotationAnswer } from '../api/schema/key.ts';
import { dataFolderAt } from '../data-folder.ts';
import { keysAnswer } from '../key-answer.ts';
import type { KeyRotationRequest } from '../keys/key-rotation.ts';
import { nothingRecorded, readDeviceKey } from '../open-device-key.ts';
import { findRunning } from '../run-file.ts';
import { keepDidRotation } from '../sync/did-rotation.ts';
import { publishedDid } from '../sync/kept-did.ts';
import { systemClock } from '../system-clock.ts';
import { callAppliance } from './call-appliance.ts';
import { type Call, type Command, DATA_OPTION, JSON_OPTION } from './command.ts';
import { withStore } from './kept-plant.ts';
import { usage } from './read-command-line.ts';
import { withStoreAtRest } from './store-at-rest.ts';

export const keyShow: Command = {
  name: 'key show',
  summary: 'Show the keys that the ledger is signed with, and where their chain is broken',
  options: { data: DATA_OPTION, json: JSON_OPTION },
  run: (call) =>
    withStore(call, (store, folder) => {
      const keys = keysAnswer(store);
      const current = keys.at(-1);
      if (current === undefined) throw nothingRecorded(folder.root);
      const file = `${folder.keysFolder}/${KEY_FILE}`;
      const { output } = call;
      const hederaDids = HEDERA_NETWORKS.flatMap((network) => publishedDid(store, network)?.did ?? []);
      if (call.flags.has('json')) {
        output.json({ ...current, file: existsSync(file) ? file : null, hederaDids, keys });
        return 0;
      }
      output.line(current.verifierKey);
      output.line(current.did);
      for (const did of hederaDids) output.line(did);
      output.line(existsSync(file) ? `private half: ${file}` : 'private half: not in this data folder');
      output.line('');
      output.table(
        ['from entry', 'at', 'how', 'key', 'reason', 'by'],
        keys.map(({ entryIndex, at, how, verifierKey, reason, by }) => [
          String(entryIndex),
          at,
          how,
          verifierKey.split('+')[1] ?? '',
          reason ?? '',
          by ?? '',
        ]),
      );
      for (const { entryIndex } of keys.filter(({ how }) => how === 'lost')) {
        output.note(`The chain of keys is broken at entry ${entryIndex}: only a statement from outside bridges it.`);
      }
      return 0;
    }),
};

export const keyRotate: Command = {
  name: 'key rotate',
  summary: 'Put a new device key in force and destroy the old one; also while the appliance runs',
  options: {
    data: DATA_OPTION,
    reason: { type: 'string', value: 'TEXT', about: 'why, for the ledger', isNeeded: true },
    by: { type: 'string', value: 'NAME', about: 'who does it; the user of this computer if left out' },
    lost: { type: 'boolean', about: 'the old private key is gone for good: the chain of keys breaks here' },
    held: { type: 'boolean', about: 'with --lost: the key that is held takes over, one later than a restored ledger' },
    json: JSON_OPTION,
  },
  notes: [
    'Make a backup of the key (forebay key backup) and of the ledger (forebay backup) afterwards: a ledger that ends',
    'before the change is signed by a key that is destroyed. With --lost, the appliance must be stopped.',
  ],
  run: async (call) => {
    const { flags, texts } = call;
    const event = flags.has('lost') ? 'lost' : 'rotated';
    if (flags.has('held') && event !== 'lost') throw usage('--held goes with --lost only.', 'see docs/keys.md');
    const { reason = '', by = userInfo().username } = texts;
    const running = event === 'lost' ? undefined : await findRunning(dataFolderAt(texts.data ?? ''));
    const outcome =
      running === undefined
        ? await changeAtRest(call, event, { reason, by })
        : ((await callAppliance(running, 'POST', '/api/v1/keys/rotate', { reason, by })) as KeyRotationAnswer);
    tellChange(call, outcome);
    return 0;
  },
};

type Changed = Omit<KeyRotationAnswer, 'event'> & { readonly event: 'rotated' | 'lost' };

function changeAtRest(call: Call, event: Changed['event'], because: KeyRotationRequest): Promise<Changed> {
  return withStoreAtRest(call, (store, folder) => {
    const storage = ledgerStorage(store);
    const inForce = readKeyChain(storage)?.current.key;
    if (inForce === undefined) throw nothingRecorded(folder.root);
    const key = changeDeviceKey({
      folder: folder.keysFolder,
      disk: nodeKeyDisk,
      storage,
      clock: systemClock,
      inForce,
      event,
      successor: call.flags.has('held') ? 'held' : 'new',
      ...because,
      alongside: (write, oldKey, newKey) => keepDidRotation(write, { oldKey, newKey, at: toIso(systemClock.wallMs()) }),
    });
    const { verifierKey, publicKey } = key;
    return { entryIndex: storage.size() - 1, event, verifierKey, did: didKey(publicKey), isOldDestroyed: true };
  });
}

function tellChange({ flags, output }: Call, { entryIndex, event, verifierKey, did, isOldDestroyed }: Changed): void {
  if (flags.has('json')) output.json({ entryIndex, event, verifierKey, did, isOldDestroyed });
  else output.line(verifierKey);
  output.note(`Recorded as entry ${entryIndex}. Note the new verifier key outside this computer.`);
  output.note('Make the backup of the key and the backup of the ledger anew now: older ones do not fit any more.');
  if (event === 'lost') {
    output.note('The chain of keys is broken here: sign a statement of the new key on paper, and keep it.');
  }
  if (!isOldDestroyed) {
    output.note('The disk refused to destroy the old private key: free it, and restart the appliance to have it done.');
  }
}

const TOPIC = /^\d{1,19}\.\d{1,19}\.\d{1,19}$/;

export const keyDid: Command = {
  name: 'key did',
  summary: "Print the device's Hedera DID, its document, and the signed message that creates it, as JSON",
  options: {
    data: DATA_OPTION,
    network: { type: 'string', value: HEDERA_NETWORKS.join('|'), about: 'the Hedera network', isNeeded: true },
    topic: { type: 'string', value: '0.0.N', about: 'the topic that the message will be sent to', isNeeded: true },
  },
  notes: ['Nothing is sent. Submit "message" to the topic as it is printed, on one line, to create the DID.'],
  run: (call) =>
    withStore(call, (store, folder) => {
      const { network: wanted, topic: topicId = '' } = call.texts;
      const network = HEDERA_NETWORKS.find((name) => name === wanted);
      if (network === undefined) throw usage(`--network is "${wanted}".`, HEDERA_NETWORKS.join(' or '));
      if (!TOPIC.test(topicId)) throw usage(`--topic is "${topicId}".`, 'as in 0.0.5005');
      const key = readDeviceKey(folder, store);
      const parts = { network, topicId, publicKey: key.publicKey };
      call.output.json({
        did: hederaDid(parts),
        document: hederaDidDocument(parts),
        message: hederaDidMessage(parts, toIso(systemClock.wallMs()), (bytes) =>
          deviceKeyOf(key, key.name).sign(bytes),
        ),
      });
      return 0;
    }),
};
