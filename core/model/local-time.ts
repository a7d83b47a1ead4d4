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

/** The form of a month's name, `2026-10`. */
export const MONTH_NAME = /^\d{4}-(?:0[1-9]|1[0-2])$/;

const monthFormats = new Map<string, Intl.DateTimeFormat>();

/** The calendar month that `utcMs` lies in, in an IANA zone: `2026-10`. */
export function localMonthName(utcMs: number, timezone: string): string {
  let format = monthFormats.get(timezone);
  if (format === undefined) {
    // The calendar is named, since some languages have another one by default.
    format = new Intl.DateTimeFormat('en-u-ca-gregory', { timeZone: timezone, year: 'numeric', month: '2-digit' });
    monthFormats.set(timezone, format);
  }
  const parts = format.formatToParts(utcMs);
  const part = (type: string): string => parts.find((each) => each.type === type)?.value ?? '';
  return `${part('year').padStart(4, '0')}-${part('month')}`;
}

const minuteFormats = new Map<string, Intl.DateTimeFormat>();

/** What a calendar and a clock show at `utcMs` in an IANA zone, to the minute: `2026-05-14 09:15`. */
export function localMinute(utcMs: number, timezone: string): string {
  let format = minuteFormats.get(timezone);
  if (format === undefined) {
    // The Swedish form is the one of ISO 8601.
    const shape = { dateStyle: 'short', timeStyle: 'short' } as const;
    format = new Intl.DateTimeFormat('sv-SE-u-ca-gregory', { timeZone: timezone, ...shape });
    minuteFormats.set(timezone, format);
  }
  return format.format(utcMs);
}

export interface LocalMonth {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The instants `[fromMs, toMs)` of a calendar month (`2026-10`) in an IANA zone; each month begins where the one before ends. */
export function localMonthSpan(name: string, timezone: string): LocalMonth {
  return { fromMs: startOfLocalMonth(name, timezone), toMs: startOfLocalMonth(monthAfter(name), timezone) };
}

/** `2027-01` after `2026-12`. */
export function monthAfter(name: string): string {
  const [year, month] = yearAndMonth(name);
  return month === 12 ? nameOf(year + 1, 1) : nameOf(year, month + 1);
}

function startOfLocalMonth(name: string, timezone: string): number {
  const [year, month] = yearAndMonth(name);
  const utcMs = Date.UTC(year, month - 1, 1);
  // No zone is further from UTC than this.
  let before = utcMs - 2 * DAY_MS;
  let within = utcMs + 2 * DAY_MS;
  while (within - before > 1) {
    const middle = Math.floor((before + within) / 2);
    if (localMonthName(middle, timezone) < name) before = middle;
    else within = middle;
  }
  return within;
}

function yearAndMonth(name: string): [number, number] {
  assert(MONTH_NAME.test(name), `${name} is a month`);
  return [Number(name.slice(0, 4)), Number(name.slice(5))];
}

function nameOf(year: number, month: number): string {
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}`;
}
