import { writeFileSync } from 'node:fs';
import { formatConfigIssue } from '../../core/config/config-issue.ts';
import { configurationBody } from '../../core/config/configuration-body.ts';
import type { PlantConfig } from '../../core/config/plant.ts';
import type { NewEntry } from '../../core/ledger/entry.ts';
import { makeGenesis } from '../../core/ledger/genesis.ts';
import { createRecorder } from '../../core/ledger/recorder.ts';
import { Failure } from '../../core/model/failure.ts';
import { latestConfiguration } from '../../core/store/configuration.ts';
import { holdInstanceLock } from '../../core/store/instance-lock.ts';
import { ledgerStorage } from '../../core/store/ledger-store.ts';
import { openStore } from '../../core/store/open-store.ts';
import { type DataFolder, openDataFolder } from '../data-folder.ts';
import { drivers } from '../drivers.ts';
import { ConfigFailure, loadConfig, loadConfigWithWarnings, readConfigFile } from '../load-config.ts';
import { markLedger, refuseBegunAnew, refuseLostLedger } from '../lost-ledger.ts';
import { openDeviceKey } from '../open-device-key.ts';
import { originOf, refuseOtherLedger } from '../plant-origin.ts';
import { systemClock } from '../system-clock.ts';
import { version } from '../version.ts';
import { type Command, DATA_OPTION } from './command.ts';
import { countNoun } from './count-noun.ts';
import { configurationText, withStore } from './kept-plant.ts';
import { unusableFiles } from './unusable-files.ts';

export const configValidate: Command = {
  name: 'config validate',
  summary: 'Check a plant.yaml and show every mistake with its line',
  options: {
    data: {
      type: 'string',
      value: 'DIR',
      about: 'the data folder, whose secrets are looked through for files as well',
    },
    files: { type: 'boolean', about: 'end with 2 where a file that it names cannot be used here' },
  },
  notes: [
    'Keys, passwords and certificates that it names are looked for as the appliance would: beside FILE and in the data folder.',
    'What is not there, is a folder, or can be read by others is a warning, since the plant may run on another computer.',
  ],
  operands: ['FILE'],
  async run({ operands: [file = ''], texts, flags, output }) {
    const text = readConfigFile(file);
    const { config, warnings, advice } = loadConfigWithWarnings(text, file);
    const unusable = unusableFiles(text, { file, data: texts.data });
    const [first, ...others] = unusable;
    if (flags.has('files') && first !== undefined) throw new ConfigFailure([first, ...others]);
    const { units, devices, intervalMs } = config;
    for (const warning of warnings) output.note(warning);
    for (const issue of unusable) output.note(`warning: ${formatConfigIssue(issue)}`);
    const points = devices.reduce((sum, device) => sum + device.points.length, 0);
    const counts = [countNoun(units.length, 'unit'), countNoun(devices.length, 'device'), countNoun(points, 'point')];
    output.line(`valid: ${counts.join(', ')}, one reading a unit every ${intervalMs / MS_PER_MINUTE} min`);
    for (const line of advice) output.line(line);
    return 0;
  },
};

export const configImport: Command = {
  name: 'config import',
  summary: 'Record a plant.yaml in the data folder, for the next start',
  options: { data: DATA_OPTION },
  operands: ['FILE'],
  async run({ texts, operands: [file = ''], output }) {
    const text = readConfigFile(file);
    // Before the folder is made: a file with mistakes leaves nothing behind.
    const config = loadConfig(text, file);
    const folder = openDataFolder(texts.data ?? '');
    const lock = holdInstanceLock(folder.root);
    try {
      const index = recordConfiguration(folder, text, config);
      output.note(index === undefined ? 'It is in force already.' : `Recorded as entry ${index}.`);
      return 0;
    } finally {
      lock.release();
    }
  },
};

/** The index of the new entry, or undefined when the same text is in force already. */
function recordConfiguration(folder: DataFolder, text: string, config: PlantConfig): number | undefined {
  const body = configurationBody(text, config);
  const origin = originOf(config, drivers);
  refuseLostLedger(folder);
  const store = openStore(folder.storePath, { access: 'write' });
  try {
    refuseBegunAnew(folder, store);
    refuseOtherLedger(store, config, origin);
    if (latestConfiguration(store)?.body.sha256 === body.sha256) return undefined;
    const key = openDeviceKey(folder, store, config.plant.id);
    const recorder = createRecorder({ storage: ledgerStorage(store), key, clock: systemClock });
    const entries: NewEntry[] = [{ kind: 'configuration', body }];
    if (recorder.head().size === 0) {
      entries.unshift(makeGenesis({ plantId: config.plant.id, deviceKey: key.verifierKey, version, origin }));
    }
    const recorded = recorder.record(entries);
    markLedger(folder, store);
    return recorded.at(-1)?.index;
  } finally {
    store.close();
  }
}

export const configExport: Command = {
  name: 'config export',
  summary: 'Write the configuration recorded in the data folder to a file',
  options: { data: DATA_OPTION },
  operands: ['FILE'],
  run: (call) =>
    withStore(call, (store) => {
      const [file = ''] = call.operands;
      const { text } = configurationText(store, { texts: { data: call.texts.data } });
      try {
        // A file that is there is never overwritten: it may hold what has not been recorded yet.
        writeFileSync(file, text, { flag: 'wx' });
      } catch (cause) {
        const isThere = (cause as NodeJS.ErrnoException).code === 'EEXIST';
        const reason = isThere ? 'it is there already' : (cause as Error).message;
        throw new Failure('APP_NOT_WRITTEN', `${file} cannot be written: ${reason}.`, {
          hint: 'choose another name',
          exitCode: 2,
          cause,
        });
      }
      call.output.note(`Wrote ${file}.`);
      return 0;
    }),
};

const MS_PER_MINUTE = 60_000;
