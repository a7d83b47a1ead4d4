import { Failure } from '../../core/model/failure.ts';
import { dataFolderAt } from '../data-folder.ts';
import { findRunning } from '../run-file.ts';
import { callAppliance } from './call-appliance.ts';
import { type Command, DATA_OPTION, JSON_OPTION } from './command.ts';

export const signinCommand: Command = {
  name: 'signin',
  summary: 'Print a new link that signs a browser on this computer in, once',
  options: { data: DATA_OPTION, json: JSON_OPTION },
  async run({ texts, flags, output }) {
    const folder = dataFolderAt(texts.data ?? '');
    const running = await findRunning(folder);
    if (running === undefined) {
      throw new Failure('APP_NOT_RUNNING', `No appliance of this user runs on the data folder ${folder.root}.`, {
        hint: 'start it, or run this command as the user that it runs as',
        exitCode: 3,
      });
    }
    const { url } = (await callAppliance(running, 'POST', '/api/v1/sign-in-links')) as { url: string };
    if (flags.has('json')) output.json({ event: 'sign-in', url });
    else output.line(url);
    return 0;
  },
};
