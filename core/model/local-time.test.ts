import { describe, expect, it } from 'vitest';
import { startOfLocalDay } from './local-time.ts';

describe('startOfLocalDay', () => {
  it.each([
    ['2026-11-20T20:00:00Z', 'Asia/Kolkata', '2026-11-20T18:30:00.000Z'],
    ['2026-11-20T18:29:59Z', 'Asia/Kolkata', '2026-11-19T18:30:00.000Z'],
    ['2026-03-29T12:00:00Z', 'Europe/Berlin', '2026-03-28T23:00:00.000Z'],
    ['2026-10-25T22:30:00Z', 'Europe/Berlin', '2026-10-24T22:00:00.000Z'],
    ['2026-06-01T00:00:00Z', 'UTC', '2026-06-01T00:00:00.000Z'],
  ])('of %s in %s is %s', (instant, zone, expected) => {
    expect(new Date(startOfLocalDay(Date.parse(instant), zone)).toISOString()).toBe(expected);
  });
});
