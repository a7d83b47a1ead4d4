import { parseOffset } from './time-format.ts';

const DAY_MS = 86_400_000;
/** Clocks have been changed at whole quarters of an hour only, in all the years that rows may come from. */
const QUARTER_MS = 15 * 60_000;
const QUARTERS_KNOWN_MAX = 10_000;

/** A time zone: how far its wall clocks are ahead of UTC at an instant. */
export interface Zone {
  offsetMs(utcMs: number): number;
}

/** The zone of `UTC`, `+05:30` or an IANA name such as `Asia/Kolkata`, or undefined. */
export function zoneOf(name: string): Zone | undefined {
  const fixedMs = parseOffset(name);
  if (fixedMs !== undefined) return { offsetMs: () => fixedMs };
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    return undefined;
  }
  const known = new Map<number, number>();
  return {
    offsetMs(utcMs) {
      const quarter = Math.floor(utcMs / QUARTER_MS);
      let offsetMs = known.get(quarter);
      if (offsetMs === undefined) {
        offsetMs = wallMsOf(format, quarter * QUARTER_MS) - quarter * QUARTER_MS;
        if (known.size >= QUARTERS_KNOWN_MAX) known.clear();
        known.set(quarter, offsetMs);
      }
      return offsetMs;
    },
  };
}

function wallMsOf(format: Intl.DateTimeFormat, utcMs: number): number {
  const parts = new Map(format.formatToParts(utcMs).map(({ type, value }) => [type, Number(value)]));
  const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
}

/**
 * The instants at which the zone's wall clocks showed `wallMs`, earliest first: one as a rule, none in the hour that is
 * left out in spring, two in the hour that comes twice in autumn.
 */
export function instantsOf(wallMs: number, zone: Zone): number[] {
  const offsets = new Set([zone.offsetMs(wallMs - DAY_MS), zone.offsetMs(wallMs + DAY_MS)]);
  return [...offsets]
    .map((offsetMs) => ({ offsetMs, utcMs: wallMs - offsetMs }))
    .filter(({ offsetMs, utcMs }) => zone.offsetMs(utcMs) === offsetMs)
    .map(({ utcMs }) => utcMs)
    .sort((a, b) => a - b);
}
