import { userInfo } from 'node:os';
import { obstaclesOf } from '../../core/carbon/obstacles.ts';
import { MONTH_NAME } from '../../core/model/local-time.ts';
import { LOCAL_ACCOUNT } from '../api/authenticator.ts';
import { dataFolderAt } from '../data-folder.ts';
import { closeMonth } from '../month/close-month.ts';
import { listMonths, type MonthDetailAnswer, monthAnswer, showMonth } from '../month/month-answer.ts';
import { lookAtMonth } from '../month/month-facts.ts';
import { coverLines, differenceLines, MONTH_TITLES, monthLines, monthRow } from '../month/month-words.ts';
import { findRunning } from '../run-file.ts';
import { systemClock } from '../system-clock.ts';
import { callAppliance } from './call-appliance.ts';
import { type Call, CONFIG_OPTION, type Command, DATA_OPTION, JSON_OPTION } from './command.ts';
import { keptPlant, withStore } from './kept-plant.ts';
import { usage } from './read-command-line.ts';
import { recordAtRest } from './record-at-rest.ts';

const MONTHS_MAX = 240;
/** A month of four units at one minute is added up in some seconds, and longer where the plant is polled meanwhile. */
const CLOSING_TIMEOUT_MS = 300_000;

const LEAVE_OPTIONS = {
  'leave-gaps-uncredited': {
    type: 'boolean',
    about: 'close although not all of the month was seen; nothing is credited for what was not',
  },
  'leave-flagged-uncredited': {
    type: 'boolean',
    about: 'close although flagged readings wait for a person; nothing of them is credited',
  },
} as const;

export const monthList: Command = {
  name: 'month list',
  summary: 'List the months with what they come to, and which of them are closed',
  options: { data: DATA_OPTION, json: JSON_OPTION, config: CONFIG_OPTION },
  run: (call) =>
    withStore(call, async (store): Promise<0> => {
      const { items } = await listMonths({ ...keptPlant(store, call), store, nowMs }, MONTHS_MAX);
      if (call.flags.has('json')) for (const item of items) call.output.json(item);
      else call.output.table(MONTH_TITLES, items.map(monthRow));
      return 0;
    }),
};

export const monthShow: Command = {
  name: 'month show',
  summary: 'Show a month: its figures, how it was closed, and what has changed since',
  operands: ['MONTH'],
  options: { data: DATA_OPTION, json: JSON_OPTION, config: CONFIG_OPTION },
  async run(call) {
    const month = readMonthName(call);
    print(call, await withStore(call, (store) => showMonth({ ...keptPlant(store, call), store, nowMs }, month)));
    return 0;
  },
};

export const monthCheck: Command = {
  name: 'month check',
  summary: 'Say all that stands in the way of closing a month; records nothing',
  operands: ['MONTH'],
  options: { data: DATA_OPTION, ...LEAVE_OPTIONS, json: JSON_OPTION, config: CONFIG_OPTION },
  run: (call) =>
    withStore<0 | 1>(call, async (store) => {
      const month = readMonthName(call);
      const parts = { ...keptPlant(store, call), store, nowMs };
      const { facts } = await lookAtMonth(parts, month);
      const answer = { ...monthAnswer(parts, month), timeZone: facts.timeZone };
      const leave = leavesOf(call);
      const obstacles = obstaclesOf(facts).filter((each) => each.leave === null || !leave.includes(each.leave));
      const { output, flags } = call;
      if (flags.has('json')) output.json({ month, mode: facts.mode, cover: answer.cover, obstacles });
      else if (obstacles.length === 0)
        output.line(`Nothing stands in the way of ${facts.mode === 'first' ? 'closing' : 'correcting'} ${month}.`);
      else for (const { code, message, hint } of obstacles) output.line(`${code}: ${message} (${hint})`);
      if (!flags.has('json')) for (const line of coverLines(answer)) output.line(line);
      return obstacles.length === 0 ? 0 : 1;
    }),
};

export const monthClose: Command = {
  name: 'month close',
  summary: 'Close a month: from then on its figures stand, as an entry of the ledger',
  operands: ['MONTH'],
  options: {
    data: DATA_OPTION,
    ...LEAVE_OPTIONS,
    correct: { type: 'boolean', about: 'close a closed month once more, since its entries give other figures now' },
    why: { type: 'string', value: 'TEXT', about: 'with --correct: what came to light' },
    json: JSON_OPTION,
    config: CONFIG_OPTION,
  },
  notes: [
    'Nothing that is recorded changes: a correction is a further entry that names the close in whose place it stands.',
    'Without --correct a month is closed once.',
  ],
  async run(call) {
    const month = readMonthName(call);
    const answer = await close(call, month);
    print(call, answer);
    return 0;
  },
};

async function close(call: Call, month: string): Promise<MonthDetailAnswer> {
  const { texts, flags } = call;
  if (flags.has('correct') !== (texts.why !== undefined)) {
    throw usage('--correct and --why belong together.', 'a correction says why, and a first close needs no reason');
  }
  const request = { leave: leavesOf(call), ...(texts.why === undefined ? {} : { why: texts.why }) };
  const running = await findRunning(dataFolderAt(texts.data ?? ''));
  if (running !== undefined) {
    const path = `/api/v1/months/${month}/close`;
    return (await callAppliance(running, 'POST', path, request, CLOSING_TIMEOUT_MS)) as MonthDetailAnswer;
  }
  return recordAtRest(call, async ({ config, store, recorder }) => {
    const by = { by: userInfo().username, account: LOCAL_ACCOUNT, role: 'admin' };
    await closeMonth(
      { config, store, nowMs, record: (entry) => recorder.record([entry]) },
      { ...request, month, ...by },
    );
    return showMonth({ config, store, nowMs }, month);
  });
}

function nowMs(): number {
  return systemClock.wallMs();
}

function leavesOf({ flags }: Call): ('gaps' | 'flagged')[] {
  return (['gaps', 'flagged'] as const).filter((leave) => flags.has(`leave-${leave}-uncredited`));
}

function readMonthName({ operands }: Call): string {
  const [name = ''] = operands;
  if (MONTH_NAME.test(name)) return name;
  throw usage(`"${name}" is no month.`, 'such as 2026-10');
}

function print({ flags, output }: Call, answer: MonthDetailAnswer): void {
  if (flags.has('json')) {
    output.json(answer);
    return;
  }
  for (const line of monthLines(answer)) output.line(line);
  for (const line of differenceLines(answer)) output.line(line);
}
