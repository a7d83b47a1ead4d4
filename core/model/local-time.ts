import { assert } from './assert.ts';

const DAY_MS = 86_400_000;

/** The instant at which the local day that holds `utcMs` began in an IANA zone. Days may have 23 or 25 hours. */
export function startOfLocalDay(utcMs: number, timezone: string): number {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone: timezone, dateStyle: 'short' });
  const day = format.format(utcMs);
  let before = utcMs - 2 * DAY_MS;
  let within = utcMs;
  assert(format.format(before) !== day, 'no local day is longer than two days');
  while (within - before > 1) {
    const middle = Math.floor((before + within) / 2);
    if (format.format(middle) === day) within = middle;
    else before = middle;
  }
  return within;
}
