import { type Decimal, floor } from '../../core/model/decimal.ts';
import { parseIso } from '../../core/model/time.ts';

/** How a publisher writes the time of a value. Never guessed: 1 700 000 000 is a moment in two of these. */
export const TIME_FORMATS = ['iso', 's', 'ms', 'us', 'ns'] as const;
export type TimeFormat = (typeof TIME_FORMATS)[number];

/** Nothing that is measured today is from before or after these: the format, or the publisher's clock, is wrong. */
const EARLIEST_MS = Date.UTC(2000, 0, 1);
const LATEST_MS = Date.UTC(2100, 0, 1);
const PLACES: Readonly<Record<Exclude<TimeFormat, 'iso'>, number>> = { s: -3, ms: 0, us: 3, ns: 6 };

export type TimeOutcome =
  | { readonly kind: 'time'; readonly atMs: number }
  | { readonly kind: 'problem'; readonly why: string };

export function isoTime(text: string): TimeOutcome {
  const atMs = parseIso(text);
  if (atMs === undefined) return { kind: 'problem', why: 'is no ISO 8601 time with its zone' };
  return plausible(atMs);
}

/** Milliseconds of a count since 1970-01-01T00:00:00Z, rounded down. */
export function epochTime(count: Decimal, format: Exclude<TimeFormat, 'iso'>): TimeOutcome {
  const places = count.places + PLACES[format];
  const atMs =
    places >= 0 ? Number(floor({ digits: count.digits, places })) : Number(count.digits * 10n ** BigInt(-places));
  return plausible(atMs);
}

function plausible(atMs: number): TimeOutcome {
  if (atMs >= EARLIEST_MS && atMs < LATEST_MS) return { kind: 'time', atMs };
  const year = Math.abs(atMs) < 8.64e15 ? String(new Date(atMs).getUTCFullYear()) : 'far away';
  return { kind: 'problem', why: `would be in the year ${year}` };
}
