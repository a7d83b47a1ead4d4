import { z } from 'zod';
import { parseDuration } from '../../core/model/time.ts';
import { DELIMITERS, ENCODINGS } from './dialect.ts';
import { DECIMALS, THOUSANDS } from './number-text.ts';
import { REPEATED_HOUR } from './row-time.ts';
import { timeFormat } from './time-format.ts';
import { zoneOf } from './zone.ts';

const AGE_MS_MAX = 31 * 86_400_000;
const columnName = z.string('the name of a column').trim().min(1, 'the name of a column');

const timestamp = z
  .strictObject({
    column: z
      .union([columnName, z.array(columnName).length(2)], 'the name of a column, or the two columns of date and time')
      .transform((column) => (typeof column === 'string' ? [column] : column)),
    format: z.string('"iso", "unix-s", "unix-ms", or a form such as dd.MM.yyyy HH:mm:ss'),
    zone: z
      .string('a zone such as UTC, +05:30 or Europe/Vienna')
      .refine((name) => zoneOf(name) !== undefined, 'a zone such as UTC, +05:30 or Europe/Vienna')
      .optional(),
    repeatedHour: z.enum(REPEATED_HOUR).default('refuse'),
  })
  .superRefine(({ format, zone }, context) => {
    const read = timeFormat(format);
    if (typeof read === 'string') context.addIssue({ code: 'custom', path: ['format'], message: read });
    else if (read.needsZone && zone === undefined) {
      const message = 'is missing: a time without its offset needs a zone such as UTC, +05:30 or Europe/Vienna';
      context.addIssue({ code: 'custom', path: ['zone'], message });
    }
  });

/**
 * `connection` of a csv device in plant.yaml.
 *
 * - `folder`, `pattern`: where the files are, and which of them; `*` and `?` stand for any text and any letter
 * - `delimiter`, `decimal`, `thousands`, `encoding`: how the files are written
 * - `header`: the line that names the columns; `units: next-line` says that the line below it names units
 * - `timestamp`: how a row tells its time: one column, or one of the date and one of the time
 * - `quality`: the column that says how good the values of the row are, and the words by which it does
 * - `maxAge`: how old a row may be to stand for now; `maxAhead`: how far its clock may be ahead of this computer's
 */
export const csvConnectionSchema = z
  .strictObject({
    folder: z.string().trim().min(1, 'the path of a folder'),
    pattern: z
      .string()
      .min(1)
      .regex(/^[^/\\]+$/, 'a file name such as export-*.csv, without folders')
      .default('*.csv'),
    delimiter: z
      .enum([',', ';', '|', '\t', 'tab'])
      .default(',')
      .transform((text) => (text === 'tab' ? DELIMITERS.tab : text)),
    decimal: z.enum(DECIMALS).default('.'),
    thousands: z.enum(THOUSANDS).default('none'),
    encoding: z.enum(ENCODINGS).default('utf-8'),
    header: z.int('the line that names the columns, 1 to 100').min(1).max(100).default(1),
    units: z.enum(['none', 'next-line']).default('none'),
    timestamp,
    quality: z
      .strictObject({
        column: columnName,
        good: z.array(z.string()).min(1),
        uncertain: z.array(z.string()).default([]),
      })
      .optional(),
    maxAge: duration(1000, AGE_MS_MAX).prefault('5m'),
    maxAhead: duration(0, AGE_MS_MAX).prefault('1m'),
  })
  .superRefine(({ decimal, thousands, delimiter }, context) => {
    if (thousands === decimal) {
      context.addIssue({
        code: 'custom',
        path: ['thousands'],
        message: 'the same sign cannot mark decimals and thousands',
      });
    }
    if (delimiter === decimal) {
      const message =
        'the delimiter and the decimal sign are both ",": such a file cannot be read apart; export it with ";"';
      context.addIssue({ code: 'custom', path: ['delimiter'], message });
    }
  });

/** The parsed connection; durations are milliseconds, the timestamp's columns a list. */
export type CsvConnectionSettings = z.output<typeof csvConnectionSchema>;

function duration(minMs: number, maxMs: number) {
  const expected = 'a duration such as 90s or 5m, at most 31d';
  return z.string(expected).transform((text, context) => {
    const durationMs = parseDuration(text);
    if (durationMs !== undefined && durationMs >= minMs && durationMs <= maxMs) return durationMs;
    context.addIssue({ code: 'custom', message: `expected ${expected}, found "${text}"` });
    return z.NEVER;
  });
}
