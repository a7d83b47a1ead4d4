import { expect, test } from 'vitest';
import { csvDevice } from '../../tests/contract/csv-device.ts';
import type { PointText } from '../../tests/contract/modbus-device.ts';
import { checkDevice } from './check-device.ts';
import { csvConnectionSchema } from './connection-schema.ts';
import { csvPointSchema } from './point-schema.ts';

const timestamp = { column: 'Time', format: 'iso' };

function complaint(schema: typeof csvConnectionSchema | typeof csvPointSchema, value: unknown): string {
  const parsed = schema.safeParse(value);
  return parsed.success ? 'accepted' : parsed.error.issues.map(({ message }) => message).join('; ');
}

const ofConnection = (connection: Record<string, unknown>): string =>
  complaint(csvConnectionSchema, { folder: '/exports', timestamp, ...connection });

test('a folder and a time are enough; nothing that could differ is guessed beyond the defaults', () => {
  expect(csvConnectionSchema.parse({ folder: '/exports', timestamp })).toEqual({
    folder: '/exports',
    pattern: '*.csv',
    delimiter: ',',
    decimal: '.',
    thousands: 'none',
    encoding: 'utf-8',
    header: 1,
    units: 'none',
    timestamp: { column: ['Time'], format: 'iso', repeatedHour: 'refuse' },
    maxAge: 300_000,
    maxAhead: 60_000,
  });
  expect(csvConnectionSchema.parse({ folder: 'x', timestamp, delimiter: 'tab' }).delimiter).toBe('\t');
});

test.each([
  [{ folder: ' ' }, 'path of a folder'],
  [{ pattern: 'a/b.csv' }, 'without folders'],
  [{ decimal: ',' }, 'the delimiter and the decimal sign are both ","'],
  [{ thousands: '.' }, 'cannot mark decimals and thousands'],
  [{ maxAge: '5 minutes' }, '"5 minutes"'],
  [{ maxAge: '60d' }, 'at most 31d'],
  [{ header: 0 }, 'the line that names the columns'],
  [{ mode: 'move' }, 'mode'],
  [{ timestamp: { column: 'Time', format: 'dd/MM/yyyy HH:mm' } }, 'needs a zone'],
  [{ timestamp: { column: 'Time', format: 'dd/MM/yyyy HH:mm', zone: 'India' } }, 'Europe/Vienna'],
  [{ timestamp: { column: 'Time', format: 'dd/MM/yy HH:mm', zone: 'UTC' } }, 'y" means nothing'],
  [{ timestamp: { column: 'Time', format: 'dd/yyyy HH:mm', zone: 'UTC' } }, 'needs month'],
  [{ timestamp: { column: 'Time', format: 'dd/MM/yyyy', zone: 'UTC' } }, 'needs hours'],
  [{ timestamp: { column: 'Time', format: 'dd/MM/yyyy hh:mm', zone: 'UTC' } }, 'needs hours'],
  [{ timestamp: { column: 'Time', format: 'dd/MM/yyyy HH', zone: 'UTC' } }, 'needs minutes'],
  [{ timestamp: { column: 'Time', format: 'dd/MM/yyyy HH:mm MM', zone: 'UTC' } }, 'each part once'],
  [{ timestamp: { column: ['a', 'b', 'c'], format: 'iso' } }, 'columns of date and time'],
])('%j is a mistake that says %s', (connection, words) => {
  expect(ofConnection(connection)).toContain(words);
});

test.each([
  [{}, 'name of a column'],
  [{ column: 3 }, 'name of a column'],
  [{ column: 'Flow', scale: 0 }, 'other than 0'],
  [{ column: 'Flow', min: 5, max: 4 }, 'min 5 lies above max 4'],
  [{ column: 'Flow', map: {} }, '1 to 256 states'],
  [{ column: 'Flow', map: { a: 'b' }, scale: 2 }, 'leave scale'],
  [{ column: 'Flow', where: {} }, 'at least one column'],
  [{ column: 'Flow', colum: 'x' }, 'colum'],
])('a point %j is a mistake that says %s', (point, words) => {
  expect(complaint(csvPointSchema, point)).toContain(words);
});

test('mistakes of points with their connection are named', () => {
  const issues = (points: PointText[]): string[] =>
    checkDevice(csvDevice({ folder: '/x', quality: { column: 'Q', good: ['1'] } }, points)).map(
      ({ path, message }) => `${path.join('.')}: ${message}`,
    );
  expect(issues([{ id: 'a', column: 'Time' }])).toEqual([
    'points.0.column: a reads "Time", which is the time or the quality of the row',
  ]);
  expect(issues([{ id: 'a', column: 'Q' }])).toHaveLength(1);
  expect(issues([{ id: 'a', column: 'E', kind: 'counter', scale: -1 }])[0]).toContain('count down');
  expect(issues([{ id: 'a', column: 'E', kind: 'counter', map: { x: 'y' } }])[0]).toContain('does not count');
  expect(
    issues([
      { id: 'a', column: 'E', kind: 'counter' },
      { id: 'b', column: 'E' },
    ]),
  ).toEqual([]);
});
