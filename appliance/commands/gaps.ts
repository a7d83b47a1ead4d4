import type { GapRow } from '../../core/ledger/projection.ts';
import { type GapQuery, queryGaps } from '../../core/store/gaps.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { openGapAnswers, toGapAnswer } from '../gap-answer.ts';
import { systemClock } from '../system-clock.ts';
import { CONFIG_OPTION, type Command, DATA_OPTION } from './command.ts';
import { keptPlant, withStore } from './kept-plant.ts';
import { readInstant } from './read-instant.ts';

const PAGE = 500;
const TITLES = ['index', 'unit', 'from', 'to', 'missing', 'reason', 'treatment', 'kWh', 'in reading'];
const MS_PER_S = 1000;
const WH_PER_KWH = 1000;

export const gapsCommand: Command = {
  name: 'gaps',
  summary: 'List the stretches without a usable value, and what became of their energy',
  options: {
    data: DATA_OPTION,
    unit: { type: 'string', value: 'ID', about: 'only of this unit' },
    from: { type: 'string', value: 'TIME', about: 'only those that end after this' },
    to: { type: 'string', value: 'TIME', about: 'only those that begin before this', alias: 'until' },
    json: { type: 'boolean', about: 'print one JSON object a line, as the API gives them; open ones have no index' },
    config: CONFIG_OPTION,
  },
  run: (call) =>
    withStore(call, (store) => {
      const { unit, from, to } = call.texts;
      const fromMs = readInstant('from', from);
      const toMs = readInstant('to', to);
      const query = {
        limit: PAGE,
        ...(unit === undefined ? {} : { unitId: unit }),
        ...(fromMs === undefined ? {} : { fromMs }),
        ...(toMs === undefined ? {} : { toMs }),
      };
      const units = keptPlant(store, call).config.units.map(({ id }) => id);
      const open = openGapAnswers(
        store,
        units.filter((id) => unit === undefined || id === unit),
        systemClock.wallMs(),
      );
      if (call.flags.has('json')) {
        for (const gap of allGaps(store, query)) call.output.json(toGapAnswer(gap));
        for (const gap of open) call.output.json({ ...gap, open: true });
        return 0;
      }
      const rows = [...allGaps(store, query)].map(toRow);
      const openRows = open.map(({ unitId, from: since, reason }) => [
        '',
        unitId,
        since,
        'open',
        '',
        reason,
        '',
        '',
        '',
      ]);
      call.output.table(TITLES, [...rows, ...openRows]);
      return 0;
    }),
};

function* allGaps(store: ReadableStore, query: GapQuery): Generator<GapRow> {
  let page = queryGaps(store, query);
  while (page.length > 0) {
    yield* page;
    const last = page.at(-1);
    page = last === undefined || page.length < PAGE ? [] : queryGaps(store, { ...query, afterIndex: last.index });
  }
}

function toRow(gap: GapRow): string[] {
  const { index, unitId, from, to, reason, treatment, energyWh, readingIndex, missingMs } = toGapAnswer(gap);
  const energy = energyWh === null ? '' : (energyWh / WH_PER_KWH).toFixed(3);
  const missing = `${missingMs / MS_PER_S} s`;
  return [String(index), unitId, from, to, missing, reason, treatment ?? '', energy, String(readingIndex ?? '')];
}
