import { timeFormat } from './time-format.ts';

/** A way to read the times of all rows. */
export interface TimeGuess {
  readonly columns: readonly string[];
  readonly format: string;
  /** Wall-clock or UTC milliseconds of the first and the last row. */
  readonly firstMs: number;
  readonly lastMs: number;
  readonly needsZone: boolean;
  /** Month and day are both numbers, and the other order reads all rows as well. */
  readonly isAmbiguous: boolean;
}

const DATES = ['/', '.', '-'].flatMap((sign) => [
  `dd${sign}MM${sign}yyyy`,
  `MM${sign}dd${sign}yyyy`,
  `d${sign}M${sign}yyyy`,
  `M${sign}d${sign}yyyy`,
  `yyyy${sign}MM${sign}dd`,
  `dd${sign}MMM${sign}yyyy`,
]);
const CLOCKS = ['HH:mm:ss', 'HH:mm', 'HH:mm:ss.SSS', 'hh:mm:ss a', 'h:mm:ss a', 'h:mm a', 'H:mm:ss', 'H:mm'];
const FORMATS = ['iso', ...DATES.flatMap((date) => CLOCKS.map((clock) => `${date} ${clock}`)), 'unix-s', 'unix-ms'];
/** Numbers that are seconds or milliseconds of years around now, not readings of a meter. */
const UNIX_FROM_MS = Date.UTC(2001, 0, 1);
const UNIX_TO_MS = Date.UTC(2100, 0, 1);

/** Every way to read the times, the first column and the plainest format first. */
export function guessTimes(names: readonly string[], rows: readonly (readonly string[])[]): TimeGuess[] {
  const guesses: TimeGuess[] = [];
  for (const [place, name] of names.entries()) {
    const next = names[place + 1];
    const single = rows.map((row) => row[place]?.trim() ?? '');
    guesses.push(...guessColumn([name], single));
    if (next !== undefined && guesses.length === 0) {
      guesses.push(
        ...guessColumn(
          [name, next],
          single.map((date, at) => `${date} ${rows[at]?.[place + 1]?.trim() ?? ''}`),
        ),
      );
    }
    if (guesses.length > 0) break;
  }
  return guesses;
}

function guessColumn(columns: readonly string[], texts: readonly string[]): TimeGuess[] {
  const found = FORMATS.flatMap((format) => {
    const read = readAll(format, texts);
    return read === undefined ? [] : [{ columns, format, ...read, isAmbiguous: false }];
  });
  // The strict form with two digits each says all that the one with single digits says.
  const plain = found.filter(
    ({ format }) => !found.some((other) => other.format !== format && isStricter(other.format, format)),
  );
  const instants = new Set(plain.map(({ firstMs, lastMs }) => `${firstMs}:${lastMs}`));
  return plain.map((guess) => ({ ...guess, isAmbiguous: instants.size > 1 }));
}

function isStricter(strict: string, loose: string): boolean {
  const loosened = (format: string): string =>
    format
      .replace('dd', 'd')
      .replace(/MM(?!M)/, 'M')
      .replace('HH', 'H')
      .replace('hh', 'h');
  return strict.length > loose.length && loosened(strict) === loosened(loose);
}

function readAll(
  format: string,
  texts: readonly string[],
): { firstMs: number; lastMs: number; needsZone: boolean } | undefined {
  const reader = timeFormat(format);
  if (typeof reader === 'string' || texts.length === 0) return undefined;
  const times = texts.map((text) => reader.read(text));
  const values = times.flatMap((time) =>
    time.kind === 'instant' ? [time.utcMs] : time.kind === 'local' ? [time.wallMs] : [],
  );
  const [firstMs] = values;
  const lastMs = values.at(-1);
  if (values.length !== texts.length || firstMs === undefined || lastMs === undefined) return undefined;
  const isUnix = format.startsWith('unix');
  if (isUnix && values.some((value) => value < UNIX_FROM_MS || value > UNIX_TO_MS)) return undefined;
  return { firstMs, lastMs, needsZone: times.some(({ kind }) => kind === 'local') };
}
