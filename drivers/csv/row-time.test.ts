import { expect, test } from 'vitest';
import { seededRandom } from '../../core/model/random.ts';
import { toIso } from '../../core/model/time.ts';
import { announceSeed } from '../../tests/contract/driver-host.ts';
import { RowClock } from './row-time.ts';
import { instantsOf, type Zone, zoneOf } from './zone.ts';

function read(
  format: string,
  text: string,
  zone?: string,
  repeatedHour: 'refuse' | 'earlier' | 'later' = 'refuse',
): string {
  const read = new RowClock({ format, zone, repeatedHour }).read(text);
  return read.kind === 'at' ? toIso(read.utcMs) : read.complaint.code;
}

test.each([
  ['iso', '2026-11-26T12:00:30Z', undefined, '2026-11-26T12:00:30.000Z'],
  ['iso', '2026-11-26 12:00', 'Asia/Kolkata', '2026-11-26T06:30:00.000Z'],
  ['iso', '2026-11-26T12:00:30.123456+05:30', 'UTC', '2026-11-26T06:30:30.123Z'],
  ['iso', '2026-11-26T12:00:30,5-0800', undefined, '2026-11-26T20:00:30.500Z'],
  ['iso', '2026-11-26', 'UTC', 'DRV_CSV_TIME'],
  ['iso', '2026-13-26T12:00Z', undefined, 'DRV_CSV_TIME'],
  ['iso', '2026-11-26T12:00', undefined, 'DRV_CSV_NO_ZONE'],
  ['dd.MM.yyyy HH:mm:ss.SSS', '26.11.2026  12:00:30.250', '+01:00', '2026-11-26T11:00:30.250Z'],
  ['d/M/yyyy H:mm', '3/12/2026 7:05', 'UTC', '2026-12-03T07:05:00.000Z'],
  ['M/d/yyyy h:mm:ss a', '3/12/2026 12:05:09 am', 'UTC', '2026-03-12T00:05:09.000Z'],
  ['MM/dd/yyyy HH:mm', '25/03/2026 00:00', 'UTC', 'DRV_CSV_DATE_ORDER'],
  ['dd/MM/yyyy HH:mm', '03/25/2026 00:00', 'UTC', 'DRV_CSV_DATE_ORDER'],
  ['dd/MM/yyyy HH:mm', '30/25/2026 00:00', 'UTC', 'DRV_CSV_TIME'],
  ['dd/MM/yyyy HH:mm', '29/02/2026 00:00', 'UTC', 'DRV_CSV_TIME'],
  ['dd/MM/yyyy HH:mm', '29/02/2028 00:00', 'UTC', '2028-02-29T00:00:00.000Z'],
  ['dd/MM/yyyy HH:mm', '01/01/2026 24:00', 'UTC', 'DRV_CSV_TIME'],
  ['unix-s', '1795694430.25', undefined, '2026-11-26T12:00:30.250Z'],
  ['unix-ms', '1795694430250', undefined, '2026-11-26T12:00:30.250Z'],
  ['unix-s', '-1', undefined, 'DRV_CSV_TIME'],
  ['unix-s', '26.11.2026', undefined, 'DRV_CSV_TIME'],
] as const)('%s reads "%s" in %s as %s', (format, text, zone, expected) => {
  expect(read(format, text, zone)).toBe(expected);
});

test.each(['Europe/Vienna', 'America/Santiago', 'Asia/Kolkata', 'Australia/Lord_Howe', 'UTC', '-03:30'])(
  'in %s every instant of two years is among those that its wall clock stands for',
  (name) => {
    const zone = zoneOf(name) as Zone;
    const random = seededRandom(announceSeed(`csv zone ${name}`));
    let twice = 0;
    for (let round = 0; round < 3000; round += 1) {
      const utcMs = Date.UTC(2026, 0, 1) + Math.floor(random.next() * 730 * 86_400) * 1000;
      const instants = instantsOf(utcMs + zone.offsetMs(utcMs), zone);
      expect(instants).toContain(utcMs);
      expect(instants.length).toBeLessThanOrEqual(2);
      twice += instants.length - 1;
    }
    // Every hour around the end of summer time, so that the doubled one is met for sure.
    for (let quarter = 0; quarter < 365 * 96; quarter += 1) {
      const utcMs = Date.UTC(2026, 0, 1) + quarter * 900_000;
      const instants = instantsOf(utcMs + zone.offsetMs(utcMs), zone);
      expect(instants.includes(utcMs)).toBe(true);
      twice += instants.length - 1;
    }
    expect(twice > 0).toBe(['Europe/Vienna', 'America/Santiago', 'Australia/Lord_Howe'].includes(name));
  },
);
