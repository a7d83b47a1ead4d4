import { Failure } from '../../core/model/failure.ts';
import { readEncryption } from '../../core/store/encryption-setting.ts';
import { formOf } from '../../core/store/store-form.ts';
import { formatStoreKey } from '../../core/store/store-key.ts';
import { findStoreKey, placeOf } from '../../core/store/store-keys.ts';
import { dataFolderAt } from '../data-folder.ts';
import { otherStores } from '../encryption/other-stores.ts';
import { readSealed } from '../salvage/sealed-lines.ts';
import { type Command, DATA_OPTION, JSON_OPTION } from './command.ts';

export const encryptionStatus: Command = {
  name: 'encryption status',
  summary: 'Say whether the store is encrypted, with which key, and what beside it is not',
  options: { data: DATA_OPTION, json: JSON_OPTION },
  async run({ texts, flags, output }) {
    const { root, storePath } = dataFolderAt(texts.data ?? '');
    // What the store is, whatever was cut off; and whether its key is at hand, which matters most of it.
    const form = formOf(storePath);
    const key = form.key === undefined ? null : placeOf(root, form.key.id);
    const others = otherStores(root, undefined);
    const isChanging = readEncryption(root)?.changing !== undefined;
    if (flags.has('json')) output.json({ encrypted: key !== null, key, isChanging, others });
    else {
      output.line(key === null ? 'not encrypted' : `encrypted with the store key ${key.id}, from ${key.source}`);
      if (isChanging) output.line('A change was cut off; the next start or change settles it.');
      for (const { path, keyId } of others) output.line(`${path}: ${keyId ?? 'in clear'}`);
    }
    return 0;
  },
};

export const encryptionKey: Command = {
  name: 'encryption key',
  summary: 'Print the key of the store, to keep a copy of it in a safe place',
  options: { data: DATA_OPTION },
  notes: [
    'Whoever has this line and a copy of the disk or a backup can read the ledger. To put it back, write the line into',
    'keys/store-ID.key of the data folder, with the ID that stands in it, readable by the user that runs Forebay only.',
  ],
  async run({ texts, output }) {
    const { root, storePath } = dataFolderAt(texts.data ?? '');
    const { key } = formOf(storePath);
    if (key === undefined) {
      throw new Failure('STO_ENCRYPTION_SAME', `The store of ${root} is not encrypted.`, {
        hint: '`forebay encryption on` encrypts it',
        exitCode: 2,
      });
    }
    output.line(formatStoreKey(key));
    return 0;
  },
};

export const encryptionOpen: Command = {
  name: 'encryption open',
  summary: 'Print what is in a sealed file, such as beyond.ndjson.sealed of a salvage',
  options: { data: DATA_OPTION },
  operands: ['FILE'],
  async run({ texts, operands: [file = ''], output }) {
    const { root } = dataFolderAt(texts.data ?? '');
    for (const text of readSealed(file, (id) => findStoreKey(root, id, file))) {
      for (const line of text.split('\n')) if (line !== '') output.line(line);
    }
    return 0;
  },
};
