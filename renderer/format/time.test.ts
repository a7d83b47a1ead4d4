import { expect, test } from 'vitest';
import { formatAge, formatDuration } from './age.ts';
import { dayBounds, dayOf, formatInterval, formatRecent, formatTime, zoneName } from './time.ts';

const EVENING = Date.parse('2026-11-20T18:35:07Z');
const HOUR_MS = 3_600_000;

test('a time reads as on the clock at the plant', () => {
  expect(formatTime(EVENING, 'Asia/Kolkata', 'second')).toBe('00:05:07');
  expect(formatTime(EVENING, 'UTC', 'minute')).toBe('18:35');
  expect(dayOf(EVENING, 'Asia/Kolkata')).toBe('2026-11-21');
  expect(zoneName(EVENING, 'Asia/Kolkata')).toBe('IST');
  expect(zoneName(EVENING, 'UTC')).toBe('UTC');
});

test('a time of another day at the plant says which day', () => {
  expect(formatRecent(EVENING, 'Asia/Kolkata', 'minute', EVENING + HOUR_MS)).toBe('00:05');
  expect(formatRecent(EVENING, 'Asia/Kolkata', 'minute', EVENING - HOUR_MS)).toBe('21 Nov, 00:05');
  expect(formatRecent(EVENING, 'UTC', 'second', EVENING - HOUR_MS)).toBe('18:35:07');
});

test('an interval shows seconds only when it needs them', () => {
  const from = Date.parse('2026-11-20T18:35:00Z');
  expect(formatInterval(from, from + 60_000, 'UTC')).toBe('18:35–18:36');
  expect(formatInterval(from, from + 30_000, 'UTC')).toBe('18:35:00–18:35:30');
});

test('a day has 24 hours, 23 or 25 where the clocks change', () => {
  const hours = (day: string, zone: string): number => {
    const bounds = dayBounds(day, zone);
    return bounds === undefined ? Number.NaN : (bounds.toMs - bounds.fromMs) / HOUR_MS;
  };
  expect(hours('2026-11-20', 'Asia/Kolkata')).toBe(24);
  expect(hours('2026-03-29', 'Europe/Berlin')).toBe(23);
  expect(hours('2026-10-25', 'Europe/Berlin')).toBe(25);
  expect(dayBounds('2026-11-21', 'Asia/Kolkata')?.fromMs).toBe(Date.parse('2026-11-20T18:30:00Z'));
});

test('what is no day has no bounds', () => {
  expect(dayBounds('2026-02-30', 'UTC')).toBeUndefined();
  expect(dayBounds('today', 'UTC')).toBeUndefined();
});

test('an age is said in one unit', () => {
  expect(formatAge(-5)).toBe('0 s');
  expect(formatAge(59_999)).toBe('59 s');
  expect(formatAge(61_000)).toBe('1 min');
  expect(formatAge(3 * HOUR_MS)).toBe('3 h');
  expect(formatAge(50 * HOUR_MS)).toBe('2 d');
  expect(formatDuration(500)).toBe('500 ms');
});
