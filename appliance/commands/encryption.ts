import { randomBytes } from 'node:crypto';
import { latestConfiguration } from '../../core/store/configuration.ts';
import { openStore } from '../../core/store/open-store.ts';
import { ownPlaceOf } from '../../core/store/store-keys.ts';
import { type DataFolder, openDataFolder } from '../data-folder.ts';
import { type ChangedEncryption, changeEncryption } from '../encryption/change-encryption.ts';
import { otherStores } from '../encryption/other-stores.ts';
import { loadConfig } from '../load-config.ts';
import { systemClock } from '../system-clock.ts';
import { type Call, type Command, DATA_OPTION } from './command.ts';
import { countNoun } from './count-noun.ts';

const KEY_OPTION = {
  type: 'string',
  value: 'SOURCE',
  about:
    'where the key is, when it is not to be made in the data folder: a file that only its owner reads, env:NAME, or credential:NAME of systemd',
} as const;

const PHASES = {
  copy: 'Writing the store anew beside the present one',
  check: 'Checking every page, hash and signature of it',
  exchange: 'Putting it in its place',
} as const;

const AT_REST = 'No appliance may run on the folder meanwhile, and there must be room for a second file of the store.';
const KEY_LOST =
  'Without the key nobody can read the ledger or its backups, and nobody can help: keep a copy elsewhere.';

export const encryptionOn: Command = {
  name: 'encryption on',
  summary: 'Encrypt the store of a data folder, with its backups from then on',
  options: { data: DATA_OPTION, key: KEY_OPTION },
  notes: [AT_REST, KEY_LOST],
  run: async (call) => {
    const { changed, folder } = change(call, 'on');
    call.output.line(`Encrypted with the store key ${changed.key?.id}: ${countNoun(changed.entries, 'entry')}.`);
    if (changed.entries > 0) {
      call.output.line(
        'The file in clear was removed. Until they are written over, its sectors can still be read from the disk, on an SSD perhaps for long.',
      );
    }
    tellKey(call, folder, changed);
    tellOthers(call, folder, changed);
    return 0;
  },
};

export const encryptionChange: Command = {
  name: 'encryption change',
  summary: 'Encrypt the store with another key',
  options: { data: DATA_OPTION, key: KEY_OPTION },
  notes: [AT_REST, KEY_LOST, 'With --key and the same key in another place, only the place is noted.'],
  run: async (call) => {
    const { changed, folder } = change(call, 'change');
    const count = countNoun(changed.entries, 'entry');
    if (changed.key?.id === changed.formerKey?.id) {
      call.output.line(`The store key ${changed.key?.id} comes from ${changed.key?.source} from now on.`);
      call.output.line(
        `Remove it from where it was, ${changed.formerKey?.source}, once the appliance has started with it.`,
      );
      return 0;
    }
    call.output.line(`Encrypted with the store key ${changed.key?.id} in place of ${changed.formerKey?.id}: ${count}.`);
    tellKey(call, folder, changed);
    tellOthers(call, folder, changed);
    return 0;
  },
};

export const encryptionOff: Command = {
  name: 'encryption off',
  summary: 'Write the store in clear again',
  options: { data: DATA_OPTION },
  notes: [AT_REST],
  run: async (call) => {
    const { changed } = change(call, 'off');
    call.output.line(`Not encrypted any more: ${countNoun(changed.entries, 'entry')}.`);
    call.output.line(`Keep the store key ${changed.formerKey?.id} as long as there are backups from before.`);
    return 0;
  },
};

function change(call: Call, what: 'on' | 'change' | 'off'): { changed: ChangedEncryption; folder: DataFolder } {
  const { texts, output } = call;
  const folder = openDataFolder(texts.data ?? '');
  const changed = changeEncryption({
    folder,
    change: what,
    source: texts.key,
    nowMs: systemClock.wallMs(),
    randomBytes,
    onPhase: (phase) => {
      if (output.isTerminal) output.note(`${PHASES[phase]} ...`);
    },
  });
  return { changed, folder };
}

function tellKey({ output }: Call, { root }: DataFolder, { key, formerKey }: ChangedEncryption): void {
  if (key === null) return;
  const isOwn = key.source === ownPlaceOf(key.id).source;
  output.line(isOwn ? `The key is in ${root}/${key.source}.` : `The key comes from ${key.source}.`);
  output.line(
    `${KEY_LOST} \`forebay encryption key --data ${root}\` prints it, for a safe or a store of passwords: do that now.`,
  );
  if (formerKey !== null) output.line(`Keep the key ${formerKey.id} as long as there are backups from before.`);
}

/** What a thief would read all the same. */
function tellOthers({ output }: Call, folder: DataFolder, { key }: ChangedEncryption): void {
  const others = otherStores(folder.root, backupFolderOf(folder));
  const clear = others.filter(({ keyId }) => keyId === null).map(({ path }) => path);
  const former = others.filter(({ keyId }) => keyId !== null && keyId !== key?.id).length;
  if (clear.length > 0) {
    output.line(`Still in clear, for you to remove once a new backup is made: ${clear.join(', ')}`);
  }
  if (former > 0) output.line(`Encrypted with former keys: ${countNoun(former, 'file')}.`);
}

function backupFolderOf({ storePath }: DataFolder): string | undefined {
  try {
    const store = openStore(storePath, { access: 'read' });
    try {
      const text = latestConfiguration(store)?.body.text;
      return typeof text === 'string' ? loadConfig(text, 'the recorded configuration').backup?.folder : undefined;
    } finally {
      store.close();
    }
  } catch {
    // Nothing is recorded yet, or by a version that this one does not understand.
    return undefined;
  }
}
