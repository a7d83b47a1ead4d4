import { version } from '../version.ts';
import type { Command } from './command.ts';

export const versionCommand: Command = {
  name: 'version',
  summary: 'Print the version of this program',
  options: {},
  async run({ output }) {
    output.line(`forebay ${version}`);
    return 0;
  },
};
