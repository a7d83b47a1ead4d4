import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { unusedBytes } from '../../core/store/disk-use.ts';
import { packedEnd, packedFigures } from '../../core/store/entry-blocks.ts';
import type { ReadableStore, WritableStore } from '../../core/store/handle.ts';
import { packEntries } from '../../core/store/pack-entries.ts';
import { storeKeyIdAt } from '../../core/store/store-head.ts';
import { storedSize } from '../../core/store/stored-entries.ts';
import { dataFolderAt } from '../data-folder.ts';
import { changeEncryption } from '../encryption/change-encryption.ts';
import { findRunning } from '../run-file.ts';
import { systemClock } from '../system-clock.ts';
import { type Call, type Command, DATA_OPTION, JSON_OPTION } from './command.ts';
import { countNoun } from './count-noun.ts';
import { withStore } from './kept-plant.ts';
import { withStoreAtRest } from './store-at-rest.ts';

/** Blocks in one durable write: a few megabytes, and nobody waits for it. */
const BLOCKS_A_WRITE = 32;
const BYTES_PER_MB = 1e6;

export const ledgerPack: Command = {
  name: 'ledger pack',
  summary: 'Pack all but the newest readings on the disk; a running appliance does so by itself',
  options: {
    data: DATA_OPTION,
    shrink: { type: 'boolean', about: 'give what that frees back to the disk; needs as much room for a moment' },
    json: JSON_OPTION,
  },
  notes: [
    'The ledger stays what it is: every entry, hash, signature and proof is the same before and after.',
    'While an appliance runs, only says how far it is.',
  ],
  async run(call) {
    if ((await findRunning(dataFolderAt(call.texts.data ?? ''))) !== undefined) {
      return withStore(call, (store) => {
        tell(call, store);
        if (!call.flags.has('json')) call.output.note('An appliance runs on this folder and packs by itself.');
        return 0;
      });
    }
    const folder = dataFolderAt(call.texts.data ?? '');
    const isEncrypted = storeKeyIdAt(folder.storePath) !== null;
    await withStoreAtRest(call, (store) => {
      packAll(call, store);
      if (!call.flags.has('shrink') || isEncrypted) return;
      store.run('VACUUM');
      store.run('PRAGMA wal_checkpoint(TRUNCATE)');
    });
    // VACUUM has no temporary file for an encrypted store, and would need memory for all of it.
    if (call.flags.has('shrink') && isEncrypted) {
      changeEncryption({ folder, change: 'rewrite', nowMs: systemClock.wallMs(), randomBytes });
    }
    return withStore(call, (store) => {
      tell(call, store);
      return 0;
    });
  },
};

function packAll({ output }: Call, store: WritableStore): void {
  for (let more = true; more; ) {
    store.write(() => {
      for (let left = BLOCKS_A_WRITE; left > 0 && more; left -= 1) more = packEntries(store) !== undefined;
    });
    if (more && output.isTerminal) output.note(`${packedEnd(store)} of ${storedSize(store)} entries`);
  }
}

function tell({ output, flags }: Call, store: ReadableStore): void {
  const { blocks, end, rawBytes, bytes } = packedFigures(store);
  const figures = {
    entries: storedSize(store),
    packed: end,
    blocks,
    rawBytes,
    packedBytes: bytes,
    storeBytes: statSync(store.path).size,
    unusedBytes: unusedBytes(store),
  };
  if (flags.has('json')) {
    output.json(figures);
    return;
  }
  const megabytes = (count: number): string => `${(count / BYTES_PER_MB).toFixed(1)} MB`;
  output.line(
    `${end} of ${countNoun(figures.entries, 'entry')} in ${countNoun(blocks, 'block')}: ${megabytes(rawBytes)} of readings take ${megabytes(bytes)}`,
  );
  output.line(
    `The store takes ${megabytes(figures.storeBytes)}, of which ${megabytes(figures.unusedBytes)} are free for what comes.`,
  );
}
