import { isAbsolute, relative, resolve, sep } from 'node:path';
import { makeBackup } from '../backup/make-backup.ts';
import { dataFolderAt } from '../data-folder.ts';
import { systemClock } from '../system-clock.ts';
import { version } from '../version.ts';
import { type Command, DATA_OPTION, JSON_OPTION } from './command.ts';
import { countNoun } from './count-noun.ts';

const PHASES = {
  copy: 'Copying',
  check: 'Checking every hash and signature of the copy',
  finish: 'Finishing',
} as const;
const MIB = 1024 * 1024;

export const backupCommand: Command = {
  name: 'backup',
  summary: 'Copy the ledger with its raw samples and configuration, checked, also while an appliance runs',
  options: {
    data: DATA_OPTION,
    out: { type: 'string', value: 'FILE', about: 'the file to write, or a folder for it', isNeeded: true },
    json: JSON_OPTION,
  },
  notes: [
    'Not in it are the device key, secrets/, what drivers keep, and logs. The key needs a copy of its own: without it a',
    'restored ledger can be read and checked, and nothing be added to it.',
  ],
  run: async ({ texts, flags, output }) => {
    const folder = dataFolderAt(texts.data ?? '');
    const { path, manifest } = makeBackup({
      storePath: folder.storePath,
      out: texts.out ?? '',
      program: version,
      nowMs: systemClock.wallMs(),
      onPhase: (phase) => {
        if (output.isTerminal) output.note(`${PHASES[phase]} ...`);
      },
    });
    if (isWithin(path, folder.root)) {
      output.note(`warning: ${path} lies in the data folder: whatever happens to that disk happens to the backup too.`);
    }
    if (flags.has('json')) output.json({ path, ...manifest });
    else {
      const mib = (manifest.bytes / MIB).toFixed(1);
      output.line(`${path}: ${countNoun(manifest.size, 'entry')}, ${mib} MiB, sound. Keep ${path}.json with it.`);
      output.line('The device key and secrets/ are not in it: keep a copy of them elsewhere.');
      if (manifest.storeKey !== undefined) {
        output.line(
          `It is encrypted with the store key ${manifest.storeKey}, and only that opens it: keep a copy of it too.`,
        );
      }
    }
    return 0;
  },
};

/** Whether a backup would lie in the folder that it is a backup of. */
export function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, resolve(path));
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
