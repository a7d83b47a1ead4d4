import { NUMBER_LOCALE } from './number.ts';

const formats = new Map<string, Intl.DateTimeFormat>();

const SHAPES = {
  minute: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  second: { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
  day: { day: 'numeric', month: 'short' },
  fullDay: { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

export type TimeShape = keyof typeof SHAPES;

/** `utcMs` as it reads on a clock (or calendar) in `zone`, an IANA name. */
export function formatTime(utcMs: number, zone: string, shape: TimeShape): string {
  const key = `${zone} ${shape}`;
  let format = formats.get(key);
  if (format === undefined) {
    format = new Intl.DateTimeFormat(NUMBER_LOCALE, { timeZone: zone, ...SHAPES[shape] });
    formats.set(key, format);
  }
  return format.format(utcMs);
}

/** The time of day, with the day before it where that is not the day of `nowMs` in `zone`. */
export function formatRecent(utcMs: number, zone: string, shape: 'minute' | 'second', nowMs: number): string {
  const time = formatTime(utcMs, zone, shape);
  return dayOf(utcMs, zone) === dayOf(nowMs, zone) ? time : `${formatTime(utcMs, zone, 'day')}, ${time}`;
}

/** `21:05–21:10`, with seconds only where an interval does not begin on a whole minute. */
export function formatInterval(fromMs: number, toMs: number, zone: string): string {
  const shape = fromMs % MINUTE_MS === 0 && toMs % MINUTE_MS === 0 ? 'minute' : 'second';
  return `${formatTime(fromMs, zone, shape)}–${formatTime(toMs, zone, shape)}`;
}

/** What people call the zone at that moment, such as `IST` or `GMT+5:30`. */
export function zoneName(utcMs: number, zone: string): string {
  if (zone === 'UTC') return 'UTC';
  const known = zone === 'Asia/Kolkata' || zone === 'Asia/Calcutta' ? 'en-IN' : NUMBER_LOCALE;
  const parts = new Intl.DateTimeFormat(known, { timeZone: zone, timeZoneName: 'short' }).formatToParts(utcMs);
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? zone;
}

/** The calendar day in `zone`, `2026-11-20`. */
export function dayOf(utcMs: number, zone: string): string {
  const { year, month, day } = wallParts(utcMs, zone);
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/**
 * When the day begins and ends in `zone`, or undefined when the text is no day. A day is 23 or 25 hours long where the
 * clocks change.
 */
export function dayBounds(day: string, zone: string): { fromMs: number; toMs: number } | undefined {
  const match = DAY.exec(day);
  if (match === null) return undefined;
  const [, year, month, date] = match.map(Number) as [number, number, number, number];
  const midnightUtcMs = Date.UTC(year, month - 1, date);
  if (new Date(midnightUtcMs).getUTCDate() !== date) return undefined;
  return { fromMs: wallToUtc(midnightUtcMs, zone), toMs: wallToUtc(midnightUtcMs + DAY_MS, zone) };
}

/** The instant at which clocks in `zone` show what `wallMs` would show as UTC. Two steps settle any offset change. */
function wallToUtc(wallMs: number, zone: string): number {
  const first = wallMs - offsetMs(wallMs, zone);
  return wallMs - offsetMs(first, zone);
}

function offsetMs(utcMs: number, zone: string): number {
  const { year, month, day, hour, minute, second } = wallParts(utcMs, zone);
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(utcMs / 1000) * 1000;
}

function wallParts(
  utcMs: number,
  zone: string,
): Record<'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', number> {
  const key = `${zone} parts`;
  let format = formats.get(key);
  if (format === undefined) {
    const numeric = 'numeric' as const;
    format = new Intl.DateTimeFormat('en-US-u-ca-iso8601', {
      timeZone: zone,
      hourCycle: 'h23',
      year: numeric,
      month: numeric,
      day: numeric,
      hour: numeric,
      minute: numeric,
      second: numeric,
    });
    formats.set(key, format);
  }
  const parts = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 };
  for (const { type, value } of format.formatToParts(utcMs)) {
    if (type in parts) parts[type as keyof typeof parts] = Number(value);
  }
  return parts;
}
