import { Failure } from '../../core/model/failure.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { latestReadings, queryReadings, type ReadingQuery } from '../../core/store/readings.ts';
import { type ReadingAnswer, toReadingAnswers } from '../api/reading-answer.ts';
import { type Call, CONFIG_OPTION, type Command, DATA_OPTION } from './command.ts';
import { countNoun } from './count-noun.ts';
import { keptPlant, withStore } from './kept-plant.ts';
import { usage } from './read-command-line.ts';
import { readInstant } from './read-instant.ts';

const PAGE = 500;
const STATUSES = ['APPROVED', 'FLAGGED', 'REJECTED'];

export const readingsCommand: Command = {
  name: 'readings',
  summary: 'List readings with their verdicts, oldest first',
  options: {
    data: DATA_OPTION,
    unit: { type: 'string', value: 'ID', about: 'only of this unit' },
    from: {
      type: 'string',
      value: 'TIME',
      about: 'only those that end after this, such as 2026-10-01 (midnight UTC) or 2026-10-01T05:30:00Z',
    },
    to: { type: 'string', value: 'TIME', about: 'only those that begin before this', alias: 'until' },
    status: { type: 'string', value: 'STATUS', about: 'only APPROVED, FLAGGED or REJECTED ones' },
    json: { type: 'boolean', about: 'print one JSON object a line, as the API gives them' },
    config: CONFIG_OPTION,
  },
  run: (call) =>
    withStore(call, (store) => {
      const query = readQuery(call);
      if (query.unitId !== undefined) refuseUnknownUnit(store, call, query.unitId);
      const found = allReadings(store, query);
      if (call.flags.has('json')) for (const reading of found) call.output.json(reading);
      else printTable([...found], call.output);
      return 0;
    }),
};

const TITLES = ['index', 'unit', 'from', 'to', 'kWh', 'source', 'coverage', 'verdict', 'trust', 'credited', 'codes'];

function readQuery({ texts }: Call): Omit<ReadingQuery, 'cursor'> {
  const { unit, status } = texts;
  if (status !== undefined && !STATUSES.includes(status.toUpperCase())) {
    throw usage(`--status is "${status}".`, `one of ${STATUSES.join(', ')}`);
  }
  const fromMs = readInstant('from', texts.from);
  const toMs = readInstant('to', texts.to);
  return {
    order: 'asc',
    limit: PAGE,
    ...(unit === undefined ? {} : { unitId: unit }),
    ...(status === undefined ? {} : { status: status.toUpperCase() }),
    ...(fromMs === undefined ? {} : { fromMs }),
    ...(toMs === undefined ? {} : { toMs }),
  };
}

/** A unit that the plant no longer has is known by its readings. */
function refuseUnknownUnit(store: ReadableStore, call: Call, unitId: string): void {
  const ids = unitIds(store, call);
  if (ids === undefined || ids.includes(unitId) || latestReadings(store, unitId, 1).length > 0) return;
  throw usage(`The plant has no unit "${unitId}".`, `valid: ${ids.join(', ')}`);
}

/** Undefined when nobody can say, as in a folder without a configuration. */
function unitIds(store: ReadableStore, call: Call): string[] | undefined {
  try {
    return keptPlant(store, call).config.units.map(({ id }) => id);
  } catch (error) {
    if (error instanceof Failure && call.texts.config === undefined) return undefined;
    throw error;
  }
}

function* allReadings(store: ReadableStore, query: Omit<ReadingQuery, 'cursor'>): Generator<ReadingAnswer> {
  let page = queryReadings(store, query);
  yield* toReadingAnswers(store, page.items);
  while (page.nextCursor !== null) {
    page = queryReadings(store, { ...query, cursor: page.nextCursor });
    yield* toReadingAnswers(store, page.items);
  }
}

const WH_PER_KWH = 1000;

/** Below the table, each reason for which energy in it is not credited. */
function printTable(found: readonly ReadingAnswer[], output: Call['output']): void {
  output.table(TITLES, found.map(toRow));
  const counts = new Map<string, number>();
  for (const { credit } of found) {
    if (credit.state === 'credited') continue;
    const said = `${credit.state}: ${credit.reason}`;
    counts.set(said, (counts.get(said) ?? 0) + 1);
  }
  if (counts.size > 0) output.line('');
  for (const [said, count] of counts) output.line(`${said} (${countNoun(count, 'reading')})`);
}

function toRow(reading: ReadingAnswer): string[] {
  const { index, unitId, from, to, energyWh, energySource, coverage, verdict, credit } = reading;
  return [
    String(index),
    unitId,
    from,
    to,
    energyWh === undefined ? 'none' : (energyWh / WH_PER_KWH).toFixed(3),
    energySource ?? '',
    `${Math.floor(coverage * 100)} %`,
    verdict.status,
    verdict.trustScore.toFixed(2),
    credit.state,
    verdict.findings.map(({ code }) => code).join(';'),
  ];
}
