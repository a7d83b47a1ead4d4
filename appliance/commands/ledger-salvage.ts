import { Failure } from '../../core/model/failure.ts';
import { holdInstanceLock } from '../../core/store/instance-lock.ts';
import { dataFolderAt } from '../data-folder.ts';
import { settleEncryption } from '../encryption/settle-encryption.ts';
import { forgetDamage } from '../salvage/damage-note.ts';
import { findDamage } from '../salvage/find-damage.ts';
import { formerFile, salvageInWords } from '../salvage/mend-store.ts';
import { salvageStore } from '../salvage/salvage-store.ts';
import { systemClock } from '../system-clock.ts';
import { type Command, DATA_OPTION, JSON_OPTION } from './command.ts';
import { usage } from './read-command-line.ts';

export const ledgerSalvage: Command = {
  name: 'ledger salvage',
  summary: 'Save what can be saved of a damaged ledger into a new file; the damaged one is kept',
  options: {
    data: DATA_OPTION,
    backup: { type: 'list', value: 'FILE', about: 'a backup of the same ledger, to fill in what was lost' },
    force: {
      type: 'boolean',
      about: 'also where the store can still be recorded into, as when an old entry is damaged',
    },
    json: JSON_OPTION,
  },
  notes: [
    'The appliance does this by itself at its start when the store cannot be recorded into any more. The ledger goes on',
    'from its longest beginning that still proves itself, and says so; later entries are kept beside the damaged file.',
  ],
  run: async ({ texts, flags, output }) => {
    const folder = dataFolderAt(texts.data ?? '');
    const lock = holdInstanceLock(folder.root);
    try {
      const cause = findDamage(folder) ?? (flags.has('force') ? asked() : undefined);
      if (cause === undefined) {
        throw usage('The store can be recorded into.', 'see `forebay ledger fsck`; --force saves from it all the same');
      }
      const backups = [...formerFile(folder), ...(texts.backup?.split('\n') ?? [])];
      const report = salvageStore({
        storePath: folder.storePath,
        cause,
        backups,
        clock: systemClock,
      });
      forgetDamage(folder);
      settleEncryption(folder);
      if (flags.has('json')) output.json(report);
      else for (const line of salvageInWords(report)) output.line(line);
      return 0;
    } finally {
      lock.release();
    }
  },
};

function asked(): Failure {
  return new Failure('STO_DAMAGED', 'Somebody asked for it.', { exitCode: 4 });
}
