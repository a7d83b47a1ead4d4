import { fileURLToPath } from 'node:url';
import { readConfigFile } from '../load-config.ts';
import type { Command } from './command.ts';
import { LISTEN_OPTIONS, runAppliance } from './run-appliance.ts';

const DEFAULT_FOLDER = '.demo';

export const demoCommand: Command = {
  name: 'demo',
  summary: 'Run the appliance on a simulated plant and print a link to its console',
  options: { data: { type: 'string', value: 'DIR', about: `data folder (${DEFAULT_FOLDER})` }, ...LISTEN_OPTIONS },
  async run({ texts, flags, output }) {
    const path = fileURLToPath(new URL('../../drivers/simulator/demo-plant.yaml', import.meta.url));
    return runAppliance({
      configuration: { text: readConfigFile(path), file: 'demo-plant.yaml' },
      dataFolder: texts.data ?? DEFAULT_FOLDER,
      host: texts.host,
      port: texts.port,
      mode: flags.has('shadow') ? 'shadow' : 'normal',
      output,
      signIn: 'print',
    });
  },
};
