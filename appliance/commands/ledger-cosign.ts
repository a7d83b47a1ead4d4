import { readFileSync } from 'node:fs';
import { parseCheckpoint } from '../../core/ledger/checkpoint.ts';
import { isNoteSigned, parseNoteKey } from '../../core/ledger/cosignature.ts';
import { isEqual } from '../../core/ledger/merkle.ts';
import { readKeyChain } from '../../core/ledger/read-key-chain.ts';
import { Failure } from '../../core/model/failure.ts';
import { insertSignature, ledgerReader } from '../../core/store/ledger-store.ts';
import { type Command, DATA_OPTION } from './command.ts';
import { countNoun } from './count-noun.ts';
import { usage } from './read-command-line.ts';
import { withStoreAtRest } from './store-at-rest.ts';

export const ledgerCosign: Command = {
  name: 'ledger cosign',
  summary: "Keep a witness's signature under a checkpoint of this ledger; the appliance must be stopped",
  operands: ['NOTE'],
  options: {
    data: DATA_OPTION,
    witness: { type: 'string', value: 'VKEY', about: "the witness's verifier key, from the witness", isNeeded: true },
  },
  notes: ['NOTE is the checkpoint with the lines that the witness added. The signature is checked before it is kept.'],
  run: (call) =>
    withStoreAtRest(call, (store) => {
      const [file = ''] = call.operands;
      const verifierKey = (call.texts.witness ?? '').trim();
      const key = parseNoteKey(verifierKey);
      if (key?.type !== 'cosignature/v1') throw usage('--witness is no key of a witness.', 'name+hash+base64, type 4');
      const note = parseCheckpoint(`${readNote(file).replaceAll('\r\n', '\n').trimEnd()}\n`);
      if (note === undefined) throw usage(`${file} is no checkpoint.`, 'as `forebay ledger checkpoint` prints it');
      const reader = ledgerReader(store);
      const stored = reader.checkpointFrom(note.size);
      const origin = readKeyChain(reader)?.origin;
      if (origin !== note.origin || stored?.size !== note.size || !isEqual(stored.root, note.root)) {
        throw refused(`${file} is not a checkpoint of this ledger.`, 'cosign one that this ledger printed');
      }
      const line = note.signatures.find(({ name, keyHash }) => name === key.name && isEqual(keyHash, key.keyHash));
      if (line === undefined || !isNoteSigned(key, note.text, line.signature)) {
        throw refused(`${file} is not signed by ${key.name}.`, 'ask the witness again, and compare its key');
      }
      store.write(() => insertSignature(store, { size: note.size, verifierKey, signature: line.signature }));
      call.output.line(`kept: ${key.name} under the checkpoint over ${countNoun(note.size, 'entry')}`);
      return 0;
    }),
};

function readNote(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw usage(`${file} cannot be read.`, 'name the file with the cosigned checkpoint');
  }
}

function refused(sentence: string, hint: string): Failure {
  return new Failure('LED_NOT_COSIGNED', sentence, { hint });
}
