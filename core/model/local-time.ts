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

const QUARTER_MS = 900_000;
const formats = new Map<string, Intl.DateTimeFormat>();
/** The quarter of an hour that was asked for last: readings come in order, and zones change their day at whole quarters of an hour. */
const lastQuarter = { timezone: '', quarter: Number.NaN, month: 0 };

/** The month of the year in an IANA zone, 1 for January. */
export function localMonth(utcMs: number, timezone: string): number {
  const quarter = Math.floor(utcMs / QUARTER_MS);
  if (lastQuarter.quarter === quarter && lastQuarter.timezone === timezone) return lastQuarter.month;
  let format = formats.get(timezone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en', { timeZone: timezone, month: 'numeric' });
    formats.set(timezone, format);
  }
  Object.assign(lastQuarter, { timezone, quarter, month: Number(format.format(utcMs)) });
  return lastQuarter.month;
}
