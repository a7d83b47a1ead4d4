import { readFileSync, statSync } from 'node:fs';
import type { VerifierKey } from '../../core/ledger/verifier-key.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import { parseManifest } from '../backup/backup-manifest.ts';
import { ledgerHere, relate, relateStore, rootOf, type SeenLedger } from '../backup/compare-ledgers.ts';
import { type Compared, relationInWords, relationTrouble } from '../backup/explain-relation.ts';
import { beginsAsStore, beginsAsZip, readBundledLedger } from '../bundle/read-bundled-ledger.ts';
import { dataFolderAt } from '../data-folder.ts';
import { type Command, DATA_OPTION, JSON_OPTION } from './command.ts';
import { keysForNotes, readKeptCheckpoint } from './kept-evidence.ts';
import { withStore } from './kept-plant.ts';
import { usage } from './read-command-line.ts';

export const ledgerCompare: Command = {
  name: 'ledger compare',
  summary: 'Say whether a backup, an evidence bundle, a checkpoint or another data folder is of the same history',
  operands: ['FILE'],
  options: { data: DATA_OPTION, json: JSON_OPTION },
  notes: [
    'To compare two bundles, compare each with the ledger that both should be of, or check one against a checkpoint.',
    'Exit code 0 when one is the beginning of the other, else 1. Two appliances on one key show as two histories.',
  ],
  run: (call) =>
    withStore(call, async (store, { storePath: own }): Promise<0> => {
      const [file = ''] = call.operands;
      const reader = ledgerReader(store);
      const { storePath, keysOf, ...there } = await readOther(file, own, keysForNotes(store, undefined));
      const size = reader.size();
      const here = { size, root: rootOf(reader, size) };
      const relation = storePath === undefined ? relate(reader, there) : relateStore(reader, storePath, there, keysOf);
      const compared: Compared = { relation, other: file, here, there };
      const trouble = relationTrouble(compared);
      if (call.flags.has('json')) call.output.json({ ok: trouble === undefined, relation, here, there });
      else if (trouble === undefined) call.output.line(relationInWords(compared));
      if (trouble !== undefined) throw trouble;
      return 0;
    }),
};

/** What `file` says of a ledger, and the store in which that can be looked up, where it is one. */
async function readOther(
  file: string,
  own: string,
  keys: readonly VerifierKey[],
): Promise<SeenLedger & { readonly storePath?: string; readonly keysOf?: string }> {
  const facts = statSync(file, { throwIfNoEntry: false });
  if (facts === undefined)
    throw usage(`There is no ${file}.`, 'name a backup, a manifest, an evidence bundle, a checkpoint or a data folder');
  const storePath = facts.isDirectory() ? dataFolderAt(file).storePath : file;
  if (facts.isDirectory() || beginsAsStore(file)) {
    // Another data folder has its own keys; a backup was encrypted with one of this ledger's.
    const keysOf = facts.isDirectory() ? storePath : own;
    const there = ledgerHere(storePath, keysOf);
    if (there === undefined) throw usage(`${file} holds no ledger.`, 'name one that holds entries');
    if (there.kind === 'damaged') throw usage(`${file} cannot be read: ${there.reason}`, 'name a sound one');
    const { ledger, size, root } = there;
    return { ledger, size, root, storePath, keysOf };
  }
  if (beginsAsZip(file)) return readBundledLedger(file);
  const manifest = parseManifest(readFileSync(file, 'utf8'));
  if (manifest !== undefined) return { ledger: manifest.ledger, size: manifest.size, root: manifest.root };
  const { size, root } = readKeptCheckpoint(file, keys);
  return { size, root: Buffer.from(root).toString('base64') };
}
