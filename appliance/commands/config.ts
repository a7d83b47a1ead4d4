import { writeFileSync } from 'node:fs';
import { Failure } from '../../core/model/failure.ts';
import { loadConfig, readConfigFile } from '../load-config.ts';
import { type Command, DATA_OPTION } from './command.ts';
import { configurationText, withStore } from './kept-plant.ts';

export const configValidate: Command = {
  name: 'config validate',
  summary: 'Check a plant.yaml and show every mistake with its line',
  options: {},
  operands: ['FILE'],
  async run({ operands: [file = ''], output }) {
    const { units, devices, intervalMs } = loadConfig(readConfigFile(file), file);
    const points = devices.reduce((sum, device) => sum + device.points.length, 0);
    const counts = [count(units.length, 'unit'), count(devices.length, 'device'), count(points, 'point')];
    output.line(`valid: ${counts.join(', ')}, one reading a unit every ${intervalMs / MS_PER_MINUTE} min`);
    return 0;
  },
};

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

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}
