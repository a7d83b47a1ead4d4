import { userInfo } from 'node:os';
import { dataFolderAt } from '../data-folder.ts';
import { findRunning } from '../run-file.ts';
import { confirmMainnet, type MainnetAnswer, mainnetAnswer } from '../sync/mainnet-confirmation.ts';
import { callAppliance } from './call-appliance.ts';
import { type Call, CONFIG_OPTION, type Command, DATA_OPTION, JSON_OPTION } from './command.ts';
import { keptPlant, withStore } from './kept-plant.ts';
import type { Output } from './output.ts';
import { usage } from './read-command-line.ts';
import { recordAtRest } from './record-at-rest.ts';

const PATH = '/api/v1/sync/mainnet';
const USD_DIGITS = 2;

export const syncConfirmMainnet: Command = {
  name: 'sync confirm-mainnet',
  summary: 'Show what messages to the mainnet of Hedera cost in a year, or confirm that they shall be sent',
  options: {
    data: DATA_OPTION,
    by: { type: 'string', value: 'NAME', about: 'confirm, by your name; only shown what it costs if left out' },
    account: { type: 'string', value: 'ID', about: 'with --by: the account that pays, such as 0.0.1001' },
    config: CONFIG_OPTION,
    json: JSON_OPTION,
  },
  notes: [
    'Nothing goes to the mainnet before a person has confirmed it. What is sent costs real money and stays public for ever.',
  ],
  async run(call) {
    const { by, account } = call.texts;
    if ((by === undefined) !== (account === undefined)) {
      throw usage('To confirm, both --by and --account are needed.', 'leave both out to see what it costs first');
    }
    if (by?.trim() === '') throw usage('--by is empty.', 'the name of the person who confirms');
    const isAsked = by === undefined || account === undefined;
    const answer = isAsked ? await ask(call) : await confirm(call, { by, account });
    if (call.flags.has('json')) call.output.json(answer);
    else tell(answer, call.output);
    return 0;
  },
};

async function ask(call: Call): Promise<MainnetAnswer> {
  const running = await findRunning(dataFolderAt(call.texts.data ?? ''));
  if (running !== undefined) return (await callAppliance(running, 'GET', PATH)) as MainnetAnswer;
  return withStore(call, (store) => mainnetAnswer(keptPlant(store, call).config, store));
}

async function confirm(call: Call, request: { readonly by: string; readonly account: string }): Promise<MainnetAnswer> {
  const running = await findRunning(dataFolderAt(call.texts.data ?? ''));
  if (running !== undefined) return (await callAppliance(running, 'POST', PATH, request)) as MainnetAnswer;
  const told = { name: userInfo().username, role: 'local' };
  return recordAtRest(call, (parts) => confirmMainnet(parts, { ...request, told }));
}

function tell(answer: MainnetAnswer, output: Output): void {
  const { isNamed, why, account, topic, messagesPerYear, usdPerYear, fees, confirmed } = answer;
  if (!isNamed) {
    output.line('plant.yaml does not lead to the mainnet of Hedera: there is nothing to confirm.');
    return;
  }
  output.line(`${why}.`);
  output.line(`Account ${account} on the mainnet of Hedera pays; ${topicInWords(topic)}.`);
  output.line(
    `About ${messagesPerYear} messages and ${usdPerYear.toFixed(USD_DIGITS)} USD a year, as they are sealed now (${fees.source}, as of ${fees.asOf}).`,
  );
  output.line('Every message is public, for ever, and cannot be taken back.');
  if (confirmed !== null) output.line(`Confirmed by ${confirmed.by} on ${confirmed.at}, entry ${confirmed.index}.`);
  else output.line(`Not confirmed, so nothing is sent. To confirm: --by "YOUR NAME" --account ${account}`);
}

function topicInWords(topic: string | null): string {
  return topic === null ? 'a topic is made with the first batch' : `the messages go to topic ${topic}`;
}
