import { userInfo } from 'node:os';
import { queryReviews, type ReviewQuery } from '../../core/store/reviews.ts';
import { REVIEW_DECISIONS, type ReviewDecision } from '../../core/verification/review.ts';
import { LOCAL_ACCOUNT } from '../api/authenticator.ts';
import { type ReadingAnswer, toReadingAnswers } from '../api/reading-answer.ts';
import { dataFolderAt } from '../data-folder.ts';
import { recordReview } from '../review-actions.ts';
import { findRunning } from '../run-file.ts';
import { systemClock } from '../system-clock.ts';
import { callAppliance } from './call-appliance.ts';
import { type Call, CONFIG_OPTION, type Command, DATA_OPTION, JSON_OPTION } from './command.ts';
import { withStore } from './kept-plant.ts';
import type { Output } from './output.ts';
import { usage } from './read-command-line.ts';
import { recordAtRest } from './record-at-rest.ts';

const PAGE = 500;
const STATES = ['open', 'decided'] as const;
const WH_PER_KWH = 1000;

export const reviewsCommand: Command = {
  name: 'reviews',
  summary: 'List the readings that wait for a person, oldest first',
  options: {
    data: DATA_OPTION,
    unit: { type: 'string', value: 'ID', about: 'only of this unit' },
    state: {
      type: 'string',
      value: 'STATE',
      about: 'open (the default), or decided for those that persons decided on',
    },
    json: { type: 'boolean', about: 'print one JSON object a line, as the API gives them' },
  },
  run: (call) =>
    withStore(call, (store) => {
      const { unit, state = 'open' } = call.texts;
      const known = STATES.find((name) => name === state);
      if (known === undefined) throw usage(`--state is "${state}".`, `one of ${STATES.join(', ')}`);
      const query: ReviewQuery = { state: known, limit: PAGE, ...(unit === undefined ? {} : { unitId: unit }) };
      const rows: string[][] = [];
      let cursor: string | null | undefined;
      do {
        const page = queryReviews(store, typeof cursor === 'string' ? { ...query, cursor } : query);
        for (const reading of toReadingAnswers(store, page.items)) {
          if (call.flags.has('json')) call.output.json(reading);
          else rows.push(toRow(reading));
        }
        cursor = page.nextCursor;
      } while (cursor !== null);
      if (!call.flags.has('json')) call.output.table(TITLES, rows);
      return 0;
    }),
};

const TITLES = ['index', 'unit', 'from', 'kWh', 'verdict', 'review', 'credit', 'because'];

function toRow({ index, unitId, from, energyWh, verdict, review, credit }: ReadingAnswer): string[] {
  return [
    String(index),
    unitId,
    from,
    energyWh === undefined ? 'none' : (energyWh / WH_PER_KWH).toFixed(3),
    verdict.status,
    review.state === 'none' ? '' : `${review.state}: ${review.decision}`,
    credit.state,
    verdict.findings.find(({ severity }) => severity !== 'note')?.message ?? '',
  ];
}

export const reviewCommand: Command = {
  name: 'review',
  summary: 'Approve or reject a reading, with the reason',
  operands: ['INDEX'],
  options: {
    data: DATA_OPTION,
    decision: { type: 'string', value: 'DECISION', about: 'approve or reject', isNeeded: true },
    reason: { type: 'string', value: 'TEXT', about: 'what was looked at, and why so', isNeeded: true },
    config: CONFIG_OPTION,
    json: JSON_OPTION,
  },
  notes: [
    'Nothing that is recorded changes: the decision is an entry of its own, and a later one may supersede it.',
    'Whoever may read the data folder decides as one person, "local". For a second one use an API key of theirs.',
  ],
  async run(call) {
    const answer = await review(call);
    if (call.flags.has('json')) call.output.json(answer);
    else print(answer, call.output);
    return 0;
  },
};

async function review(call: Call): Promise<ReadingAnswer> {
  const { decision = '', reason = '' } = call.texts;
  const readingIndex = readIndex(call.operands[0] ?? '');
  const known = REVIEW_DECISIONS.find((name) => name === decision);
  if (known === undefined) throw usage(`--decision is "${decision}".`, `one of ${REVIEW_DECISIONS.join(', ')}`);
  const running = await findRunning(dataFolderAt(call.texts.data ?? ''));
  if (running === undefined) return reviewAtRest(call, readingIndex, known, reason);
  const path = `/api/v1/readings/${readingIndex}/review`;
  return (await callAppliance(running, 'POST', path, { decision: known, reason })) as ReadingAnswer;
}

function reviewAtRest(
  call: Call,
  readingIndex: number,
  decision: ReviewDecision,
  reason: string,
): Promise<ReadingAnswer> {
  const by = userInfo().username;
  const request = { readingIndex, decision, reason, by, account: LOCAL_ACCOUNT, role: 'admin' };
  return recordAtRest(call, (parts) => recordReview({ ...parts, nowMs: () => systemClock.wallMs() }, request));
}

function readIndex(text: string): number {
  const index = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(index)) throw usage(`"${text}" is no index of a reading.`, 'as `forebay reviews` lists them');
  return index;
}

function print({ index, review: { items }, credit }: ReadingAnswer, output: Output): void {
  output.line(`Recorded as entry ${items.at(-1)?.index}.`);
  const energy = credit.state === 'credited' ? `, ${(credit.creditedWh / WH_PER_KWH).toFixed(3)} kWh` : '';
  output.line(`Reading ${index} is ${credit.state}${energy}. ${credit.reason}`);
}
