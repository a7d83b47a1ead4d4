import { Replay } from '../../core/verification/replay/replay.ts';
import { DEFAULT_SETTINGS } from '../../core/verification/settings.ts';
import type { Verdict } from '../../core/verification/verdict.ts';
import { loadConfigWithWarnings, readConfigFile } from '../load-config.ts';
import { missingColumnsWarning } from '../missing-columns.ts';
import { checkOutputFile, writeOutputFile } from '../output-file.ts';
import { readReplayFile } from '../read-replay-file.ts';
import { notesOnRows } from '../replay-notes.ts';
import { CONFIG_OPTION, type Command } from './command.ts';
import { usage } from './read-command-line.ts';

const TRAIN_DAYS_DEFAULT = 30;
const TRAIN_DAYS_MAX = 3650;
const HEADER = 'rowId,status,trustScore,codes';

export const TRAIN_DAYS_OPTION = {
  type: 'string',
  value: 'N',
  about: `days from the first row on that teach how each unit behaves (${TRAIN_DAYS_DEFAULT}); 0 for none`,
} as const;

export const replayCommand: Command = {
  name: 'replay',
  summary: 'Score historic readings from a CSV file as if they arrived now; records nothing',
  options: {
    config: { ...CONFIG_OPTION, isNeeded: true },
    in: { type: 'string', value: 'FILE.csv', about: 'readings, a row for each unit and interval', isNeeded: true },
    out: { type: 'string', value: 'FILE.csv', about: 'where the verdicts go, one row for each', isNeeded: true },
    'train-days': TRAIN_DAYS_OPTION,
  },
  async run({ texts, output }) {
    const { config: path = '', in: input = '', out = '' } = texts;
    const trainDays = readTrainDays(texts['train-days']);
    checkOutputFile({ path: out, inputs: [input, path], begin: `${HEADER}\n`, what: 'an earlier output of replay' });
    const { config } = loadConfigWithWarnings(readConfigFile(path), path);
    const { rows, columns, notes } = readReplayFile(input);
    const warning = missingColumnsWarning(input, columns, config);
    const said = [...(warning === undefined ? [] : [warning]), ...notes, ...notesOnRows(rows, config.units, trainDays)];
    for (const note of said) output.note(note);
    const replay = new Replay({ config, settings: DEFAULT_SETTINGS, trainDays });
    const counts = new Map<Verdict['status'], number>();
    const lines = [HEADER];
    for (const row of rows) {
      const verdict = replay.judge(row);
      counts.set(verdict.status, (counts.get(verdict.status) ?? 0) + 1);
      lines.push(`${field(row.rowId ?? '')},${verdict.status},${verdict.trustScore},${codesOf(verdict)}`);
    }
    writeOutputFile(out, `${lines.join('\n')}\n`);
    const told = ['APPROVED', 'FLAGGED', 'REJECTED'].map(
      (status) => `${counts.get(status as Verdict['status']) ?? 0} ${status.toLowerCase()}`,
    );
    output.note(`${rows.length} rows: ${told.join(', ')}.`);
    return 0;
  },
};

function codesOf({ findings }: Verdict): string {
  return [...new Set(findings.map(({ code }) => code))].join(';');
}

/** RFC 4180: a field with a comma, a quote or a line end stands in quotes. */
function field(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function readTrainDays(text: string | undefined): number {
  if (text === undefined) return TRAIN_DAYS_DEFAULT;
  const days = Number(text);
  if (/^\d+$/.test(text) && days <= TRAIN_DAYS_MAX) return days;
  throw usage(`--train-days takes a whole number of days up to ${TRAIN_DAYS_MAX}, not "${text}".`, undefined);
}
