import { basename, dirname } from 'node:path';
import type { Driver } from '../../core/acquisition/driver.ts';
import type { ProbedPlace, ProbeOutcome, ProbeReport, ProbeRequest } from '../../core/acquisition/probe.ts';
import { toNumber } from '../../core/model/decimal.ts';
import type { Fault } from '../../core/model/fault.ts';
import type { JsonObject } from '../../core/model/json.ts';
import { DELIMITERS, loadParser } from './dialect.ts';
import type { CsvDisk } from './disk.ts';
import { ageText, shown } from './finding.ts';
import { abortedFault, fileFault, folderFault } from './folder-fault.ts';
import { type Guess, guessDialect } from './guess-dialect.ts';
import { guessTimes, type TimeGuess } from './guess-time.ts';
import { readNumber } from './number-text.ts';

const HEAD_BYTES = 262_144;
const ROWS_SHOWN_MAX = 10;
const LISTED = /\.(csv|txt|tsv|dat)$/i;

/** Looks at a folder or a file for `forebay probe csv:///path`. Reads only. */
export function createProbe(disk: CsvDisk): NonNullable<Driver['probe']> {
  return async (request, host, signal) => {
    let requests = 0;
    const counted = <T>(work: Promise<T>): Promise<T> => {
      requests += 1;
      return work;
    };
    const path = pathOf(request.url);
    if (signal.aborted) return { kind: 'fault', fault: abortedFault() };
    try {
      const file = await chooseFile(disk, path, counted);
      if ('code' in file) return { kind: 'fault', fault: file };
      const head = await counted(disk.read(file.folder, file.name, 0, HEAD_BYTES));
      const guess = guessDialect(head, await loadParser());
      if (guess === undefined || guess.rows.length < 2) return { kind: 'fault', fault: noColumns(file.name) };
      const counts = { requests, timeouts: 0, strangers: 0, writes: 0 } as const;
      const report = reportOf(file, guess, request, host.clock.wallMs());
      return {
        kind: 'answered',
        report: { ...report, counts, sent: { 'read-file': requests } },
      } satisfies ProbeOutcome;
    } catch (error) {
      return { kind: 'fault', fault: fileFault(basename(path), error) ?? folderFault(path, error) };
    }
  };
}

interface Chosen {
  readonly folder: string;
  readonly name: string;
  readonly pattern: string;
  readonly changedAtMs: number;
  readonly others: number;
}

function pathOf(url: URL): string {
  const path = decodeURIComponent(url.pathname);
  return /^\/[A-Za-z]:/.test(path) ? path.slice(1) : path;
}

async function chooseFile(
  disk: CsvDisk,
  path: string,
  counted: <T>(work: Promise<T>) => Promise<T>,
): Promise<Chosen | Fault> {
  const own = await counted(disk.facts(dirname(path), basename(path)));
  if (own.isFile) {
    return {
      folder: dirname(path),
      name: basename(path),
      pattern: basename(path),
      changedAtMs: own.changedAtMs,
      others: 0,
    };
  }
  const names = (await counted(disk.list(path))).filter((name) => LISTED.test(name)).slice(0, 1000);
  let newest: Chosen | undefined;
  for (const name of names) {
    const { isFile, changedAtMs } = await counted(disk.facts(path, name));
    if (!isFile || (newest !== undefined && changedAtMs <= newest.changedAtMs)) continue;
    newest = {
      folder: path,
      name,
      pattern: `*${/\.[^.]+$/.exec(name)?.[0] ?? ''}`,
      changedAtMs,
      others: names.length - 1,
    };
  }
  return newest ?? noColumns(`${path}/*.csv`);
}

function noColumns(file: string): Fault {
  const hint = 'Give the path of a file with a header and at least one whole line below it';
  return { code: 'DRV_CSV_PROBE', message: `${file} shows no columns.`, policy: 'misconfigured', hint };
}

type Findings = Omit<ProbeReport, 'counts' | 'sent'>;

function reportOf(file: Chosen, guess: Guess, request: ProbeRequest, nowMs: number): Findings {
  const [names = [], ...below] = guess.rows.map((row) => row.map((field) => field.trim()));
  const hasUnits = below.length > 1 && below[0]?.every((field) => !/\d{2}|^\d+$/.test(field)) === true;
  const units = hasUnits ? (below[0] ?? []) : [];
  const rows = hasUnits ? below.slice(1) : below;
  const times = guessTimes(names, rows);
  const decimal = decimalOf(rows, times[0]?.columns.map((name) => names.indexOf(name)) ?? []);
  const notes = [
    `${file.name}: ${names.length} columns, ${rows.length} whole rows read${file.others > 0 ? `; ${file.others} other files beside it` : ''}.`,
    ...(guess.agreement < 1
      ? [`${Math.round((1 - guess.agreement) * 100)} % of the lines have another number of fields.`]
      : []),
    ...timeNotes(times, file.changedAtMs, nowMs),
    decimal.note,
  ];
  const [time] = times;
  const connection: JsonObject = {
    folder: file.folder,
    pattern: file.pattern,
    ...(guess.delimiter === ',' ? {} : { delimiter: guess.delimiter === DELIMITERS.tab ? 'tab' : guess.delimiter }),
    ...(decimal.sign === ',' ? { decimal: ',' } : {}),
    ...(guess.encoding === 'utf-8' ? {} : { encoding: guess.encoding }),
    ...(guess.headerLine > 1 ? { header: guess.headerLine } : {}),
    ...(hasUnits ? { units: 'next-line' } : {}),
    ...(time === undefined ? {} : { timestamp: timestampOf(time) }),
  };
  const timeColumns = time?.columns ?? [];
  const wanted = names.filter(
    (name) => !timeColumns.includes(name) && (request.places.length === 0 || request.places.includes(name)),
  );
  const shownRows = rows.slice(-ROWS_SHOWN_MAX);
  const places = wanted.map((name) => placeOf(name, names, units, shownRows, decimal.sign));
  return {
    driver: 'csv',
    connection,
    identity: [{ name: 'file', value: `${file.folder}/${file.name}` }],
    places,
    notes,
  };
}

/** What is not sure stays out, so that plant.yaml is refused until a person has said it. */
function timestampOf(time: TimeGuess): JsonObject {
  const [column = '', ...more] = time.columns;
  return {
    column: more.length === 0 ? column : [...time.columns],
    ...(time.isAmbiguous ? {} : { format: time.format }),
  };
}

function timeNotes(times: readonly TimeGuess[], changedAtMs: number, nowMs: number): string[] {
  const [first] = times;
  if (first === undefined) return ['No column reads as a time: say timestamp.column and timestamp.format by hand.'];
  const column = first.columns.map(shown).join(' and ');
  const zone = first.needsZone
    ? ['The times do not name their zone: say in timestamp.zone which clock they show, such as UTC or +05:30.']
    : [];
  if (!first.isAmbiguous)
    return [`Times stand in ${column} as ${first.format}: every row reads so, and in no other order.`, ...zone];
  const evidence = times.map(({ format, lastMs }) => {
    const awayMs = Math.abs(changedAtMs - lastMs);
    return `${format} puts the last row ${ageText(awayMs)} ${lastMs > changedAtMs ? 'after' : 'before'} the file's own time`;
  });
  const future = times.filter(({ lastMs }) => lastMs > nowMs + 86_400_000).map(({ format }) => format);
  return [
    `Times stand in ${column}, but the rows do not tell which of day and month comes first: ${evidence.join('; ')}. Say timestamp.format by hand.`,
    ...(future.length > 0 ? [`${future.join(', ')} would lie in the future.`] : []),
    ...zone,
  ];
}

function decimalOf(
  rows: readonly (readonly string[])[],
  timePlaces: readonly number[],
): { sign: '.' | ','; note: string } {
  const fields = rows.flatMap((row) => row.filter((_, place) => !timePlaces.includes(place)));
  const commas = fields.filter((field) => /^[+-]?\d+,\d+$/.test(field));
  const points = fields.filter((field) => /^[+-]?\d+\.\d+$/.test(field));
  if (commas.length > 0 && points.length > 0) {
    return {
      sign: '.',
      note: `Both "${commas[0]}" and "${points[0]}" occur: find out which sign marks decimals before trusting any number.`,
    };
  }
  const sign = commas.length > 0 ? ',' : '.';
  const found = commas.length > 0 ? commas : points;
  const couldBeThousands = found.length > 0 && found.every((field) => /[.,]\d{3}$/.test(field));
  if (couldBeThousands) {
    return {
      sign,
      note: `"${found[0]}" could be a thousand or a decimal: all such numbers have three digits behind "${sign}". Compare one with the display.`,
    };
  }
  return {
    sign,
    note:
      found.length === 0
        ? 'No number has a decimal sign.'
        : `Decimals are written with "${sign}", as in "${found[0]}".`,
  };
}

function placeOf(
  name: string,
  names: readonly string[],
  units: readonly string[],
  rows: readonly (readonly string[])[],
  decimal: '.' | ',',
): ProbedPlace {
  const place = names.indexOf(name);
  const unit = units[place];
  const texts = rows.map((row) => row[place] ?? '');
  const values = texts.map((text) => {
    const read = readNumber(text, { decimal, thousands: 'none' });
    return read.kind === 'number' ? toNumber(read.decimal) : text.trim() === '' ? null : text;
  });
  return {
    place: name,
    name,
    ...(unit === undefined || unit === '' ? {} : { unit }),
    rawHex: texts.map((text) => Buffer.from(text).toString('hex')),
    decodings: [{ label: `column, decimal "${decimal}"`, settings: { column: name }, values }],
  };
}
