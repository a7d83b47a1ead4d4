import { existsSync } from 'node:fs';
import { holdInstanceLock } from '../../core/store/instance-lock.ts';
import { openStore } from '../../core/store/open-store.ts';
import { dataFolderAt } from '../data-folder.ts';
import { explainFullDisk } from '../full-disk.ts';
import { hadLedger } from '../lost-ledger.ts';
import { mendStore } from '../salvage/mend-store.ts';
import { systemClock } from '../system-clock.ts';
import { type Call, CONFIG_OPTION, type Command, DATA_OPTION } from './command.ts';
import { type ConfigText, configurationText, withStore } from './kept-plant.ts';
import { LISTEN_OPTIONS, runAppliance } from './run-appliance.ts';

export const startCommand: Command = {
  name: 'start',
  summary: 'Run the appliance until it is told to stop',
  options: { data: DATA_OPTION, config: CONFIG_OPTION, ...LISTEN_OPTIONS },
  async run(call) {
    const { texts, flags, output } = call;
    return runAppliance({
      configuration: await findConfiguration(call),
      dataFolder: texts.data ?? '',
      host: texts.host,
      port: texts.port,
      mode: flags.has('shadow') ? 'shadow' : 'normal',
      output,
      signIn: 'on-terminal',
    });
  },
};

async function findConfiguration(call: Call): Promise<ConfigText> {
  const folder = dataFolderAt(call.texts.data ?? '');
  const { storePath: store } = folder;
  if (call.texts.config !== undefined || !(existsSync(store) || hadLedger(folder)))
    return configurationText(undefined, call);
  // An update of the program may bring a later form of the store; only opening for writing brings it up to date.
  // And a damaged one does not say how the plant is configured before it is mended.
  const lock = holdInstanceLock(folder.root);
  try {
    mendStore({ folder, backupFolder: undefined, clock: systemClock, tell: (line) => call.output.note(line) });
    openStore(store, { access: 'write' }).close();
  } catch (error) {
    throw explainFullDisk(error, folder);
  } finally {
    lock.release();
  }
  return withStore(call, (opened) => configurationText(opened, call));
}
