import { userInfo } from 'node:os';
import { type Restored, restoreBackup } from '../backup/restore-backup.ts';
import { systemClock } from '../system-clock.ts';
import { type Command, DATA_OPTION, JSON_OPTION } from './command.ts';
import { countNoun } from './count-noun.ts';

const PHASES = { copy: 'Copying', check: 'Checking every hash and signature', finish: 'Finishing' } as const;

export const restoreCommand: Command = {
  name: 'restore',
  summary: 'Put a backup in the place of a missing or older ledger, checked before',
  operands: ['FILE'],
  options: {
    data: DATA_OPTION,
    'set-aside': {
      type: 'boolean',
      about: 'move a ledger that is newer, another one or damaged into a folder beside it; nothing is deleted',
    },
    json: JSON_OPTION,
  },
  notes: [
    'The ledger says for ever that it was restored, by whom and from which size: what was signed after the backup may',
    'exist elsewhere. The device key is not in a backup; put it into keys/ before the appliance is started.',
  ],
  run: async ({ texts, flags, operands: [file = ''], output }) => {
    const restored = restoreBackup({
      file,
      dataFolder: texts.data ?? '',
      by: userInfo().username,
      clock: systemClock,
      existing: flags.has('set-aside') ? 'set-aside' : 'refuse',
      onPhase: (phase) => {
        if (output.isTerminal) output.note(`${PHASES[phase]} ...`);
      },
    });
    if (flags.has('json')) output.json({ ...restored, setAside: restored.setAside ?? null });
    else for (const line of inWords(restored, file)) output.line(line);
    return 0;
  },
};

function inWords({ size, plantId, setAside, hasManifest, entry, isDeciphered }: Restored, file: string): string[] {
  const lines = [
    `Restored ${countNoun(size, 'entry')} of plant ${plantId}; ${size === 1 ? 'it holds' : 'all of them hold'}.`,
  ];
  if (setAside !== undefined) lines.push(`What was there before lies in ${setAside}.`);
  if (!hasManifest) lines.push(`${file}.json was not beside it, so no digest was compared.`);
  if (isDeciphered) {
    lines.push('The backup is encrypted, and the store of this folder is not: `forebay encryption on` encrypts it.');
  }
  if (entry === 'no-key') {
    lines.push(
      'The device key is not in keys/. Put it there before the appliance is started: then the restore becomes',
    );
    lines.push('an entry of the ledger. Without it the ledger can be read and checked.');
  }
  if (entry === 'other-key') {
    lines.push(
      'The key in keys/ is not the one that signed last in the backup. Put that one there before the appliance is',
    );
    lines.push('started: then the restore becomes an entry of the ledger.');
  }
  return lines;
}
