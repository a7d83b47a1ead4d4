import { expect, test } from 'vitest';
import { noteOnDates } from './bundle-period.ts';

test('a date alone is explained where it is no midnight of the plant, east and west of UTC', () => {
  expect(noteOnDates(['2026-10-01', '2026-11-01'], 'Asia/Kolkata')).toBe(
    'A date alone is midnight UTC, which is no midnight in Asia/Kolkata: 2026-10-01 is read as 2026-10-01 05:30 there ' +
      "(the plant's own begins at 2026-09-30T18:30:00.000Z); 2026-11-01 is read as 2026-11-01 05:30 there " +
      "(the plant's own begins at 2026-10-31T18:30:00.000Z). --month takes a month of the plant.",
  );
  expect(noteOnDates(['2026-10-01'], 'America/New_York')).toContain(
    "read as 2026-09-30 20:00 there (the plant's own begins at 2026-10-01T04:00:00.000Z)",
  );
  expect(noteOnDates(['2026-10-01'], 'Pacific/Kiritimati')).toContain('begins at 2026-09-30T10:00:00.000Z');
  expect(noteOnDates(['2026-10-01'], 'Etc/GMT+12')).toContain('begins at 2026-10-01T12:00:00.000Z');
});

test('nothing is said where the days of the plant are those of UTC, nor of a day that a zone left out', () => {
  expect(noteOnDates(['2026-10-01', '2026-11-01'], 'UTC')).toBeUndefined();
  // London goes by UTC in January and not in July.
  expect(noteOnDates(['2026-01-01'], 'Europe/London')).toBeUndefined();
  expect(noteOnDates(['2026-01-01', '2026-07-01'], 'Europe/London')).toContain('2026-06-30T23:00:00.000Z');
  // Samoa had no 30 December 2011.
  expect(noteOnDates(['2011-12-30'], 'Pacific/Apia')).not.toContain("plant's own begins");
});
