import { readFileSync, statSync } from 'node:fs';
import { type CsvError, parse } from 'csv-parse/sync';
import { nameHint } from '../core/config/nearest-name.ts';
import { Failure } from '../core/model/failure.ts';
import { REPLAY_COLUMNS, type ReplayRow } from '../core/verification/replay/replay-row.ts';
import { WITNESS_COLUMNS } from '../core/verification/replay/witness-columns.ts';
import { whyUnreadable } from './why-unreadable.ts';

export interface ReplayFile {
  readonly rows: readonly ReplayRow[];
  /** The names of the first line. */
  readonly columns: readonly string[];
  /** What a person should know of the file: columns that are not there or are not used. */
  readonly notes: readonly string[];
}

const NEEDED = ['rowId', 'timestamp', 'deviceId'] as const;
/** Without at least one of these there is nothing to credit and nothing to judge. */
const ENERGY = ['generatedKwh', 'power_kW'] as const;
const FILE_BYTES_MAX = 1024 * 1024 * 1024;

/** @throws Failure `APP_REPLAY_UNREADABLE`, `APP_REPLAY_COLUMNS` with the line. A row that is broken stays a row. */
export function readReplayFile(path: string): ReplayFile {
  const records = parseText(path, readText(path));
  const [header = [], ...rows] = records;
  const columns = header.map((name) => name.trim());
  const notes = checkColumns(path, columns);
  return { rows: rows.map((values) => rowOf(columns, values)), columns, notes };
}

function readText(path: string): string {
  try {
    if (statSync(path).size > FILE_BYTES_MAX) throw new Error('it is larger than 1 GB');
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Failure('APP_REPLAY_UNREADABLE', `${path} cannot be read: ${whyUnreadable(cause)}.`, {
      hint: 'name a CSV file of readings with --in',
      exitCode: 2,
      cause,
    });
  }
}

function parseText(path: string, text: string): string[][] {
  try {
    return parse(text, { bom: true, relax_column_count: true, relax_quotes: true, skip_empty_lines: true });
  } catch (cause) {
    const { lines } = cause as CsvError & { lines?: number };
    throw new Failure('APP_REPLAY_UNREADABLE', `${path}, line ${lines ?? 1}: ${(cause as Error).message}.`, {
      hint: 'a quote that is never closed makes one field of the rest of the file',
      exitCode: 2,
      cause,
    });
  }
}

function checkColumns(path: string, columns: readonly string[]): string[] {
  const refuse = (message: string, hint: string): Failure =>
    new Failure('APP_REPLAY_COLUMNS', `${path}, line 1: ${message}`, { hint, exitCode: 2 });
  const twice = columns.find((name, index) => columns.indexOf(name) !== index);
  if (twice !== undefined) throw refuse(`the column "${twice}" is there twice.`, 'keep one of the two');
  const missing = NEEDED.filter((name) => !columns.includes(name));
  const delimiter = otherDelimiter(columns);
  if (missing.length > 0 && delimiter !== undefined) {
    throw refuse(
      `the column ${missing.join(' and ')} is missing, and the delimiter seems to be ${delimiter}.`,
      'save it with a comma between the columns and a point in the numbers',
    );
  }
  if (missing.length > 0) {
    const near = nameHint(missing[0] ?? '', [...columns]);
    throw refuse(
      `the column ${missing.join(' and ')} is missing.`,
      near ?? `the first line names ${REPLAY_COLUMNS.join(',')}`,
    );
  }
  if (!ENERGY.some((name) => columns.includes(name))) {
    throw refuse('neither generatedKwh nor power_kW is there.', 'without energy and power there is nothing to judge');
  }
  const known: readonly string[] = REPLAY_COLUMNS;
  const absent = known.filter((name) => !columns.includes(name));
  return [
    ...(absent.length === 0 ? [] : [absentNote(path, absent)]),
    ...columns
      .filter((name) => !known.includes(name) && !WITNESS_COLUMNS.includes(name))
      .map((name) => `note: the column "${name}" is not used`),
  ];
}

function absentNote(path: string, absent: readonly string[]): string {
  const [columns, values] = absent.length === 1 ? ['column', 'its values'] : ['columns', 'their values'];
  return `note: ${path} has no ${columns} ${absent.join(', ')}: ${values} count as missing`;
}

/** What stands between the names of a header that no comma divides, where it is one of the usual ones. */
function otherDelimiter(columns: readonly string[]): string | undefined {
  const delimiters = [
    { sign: ';', words: '";"' },
    { sign: '\t', words: 'a tab' },
    { sign: '|', words: '"|"' },
  ];
  return delimiters.find(({ sign }) => {
    const names = columns.flatMap((column) => column.split(sign)).map((name) => name.trim());
    return names.length > columns.length && NEEDED.some((name) => names.includes(name));
  })?.words;
}

/** A field too many or too few shifts what stands in the others, so the whole row is then told as broken. */
function rowOf(columns: readonly string[], values: readonly string[]): ReplayRow {
  const row: Record<string, string> = {};
  for (const [index, name] of columns.entries()) row[name] = (values[index] ?? '').trim();
  if (values.length === columns.length) return row;
  return { ...row, brokenRow: `${values.length} fields where the header has ${columns.length}` };
}
