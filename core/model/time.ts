import { assert } from './assert.ts';

const recentIso = new Map<number, string>();
const RECENT_MAX = 256;

/** Instants are whole milliseconds since 1970-01-01T00:00:00Z. Local time exists only where a person reads it. */
export function toIso(utcMs: number): string {
  // The few instants of one reading are written many times in a row: recent ones are kept.
  const known = recentIso.get(utcMs);
  if (known !== undefined) return known;
  assert(Number.isSafeInteger(utcMs), `instant ${utcMs} is a whole number of milliseconds`);
  const iso = new Date(utcMs).toISOString();
  if (recentIso.size === RECENT_MAX) recentIso.clear();
  recentIso.set(utcMs, iso);
  return iso;
}

const ISO_INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/;

/** Milliseconds of an ISO 8601 instant that names its offset, or undefined. A time without zone is never guessed. */
export function parseIso(text: string): number | undefined {
  if (!ISO_INSTANT.test(text)) return undefined;
  const utcMs = Date.parse(text);
  return Number.isNaN(utcMs) ? undefined : utcMs;
}

const recentMs = new Map<string, number>();

/** `Date.parse` of an instant that is asked for many times in a row, as those of one reading are: recent ones are kept. */
export function instantMs(iso: string): number {
  const known = recentMs.get(iso);
  if (known !== undefined) return known;
  const utcMs = Date.parse(iso);
  if (recentMs.size === RECENT_MAX) recentMs.clear();
  recentMs.set(iso, utcMs);
  return utcMs;
}

/** The start of the interval of `lengthMs`, aligned to UTC, that holds `utcMs`. */
export function alignDown(utcMs: number, lengthMs: number): number {
  return Math.floor(utcMs / lengthMs) * lengthMs;
}

const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
const DURATION_UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `250ms`, `2s`, `5m`, `1h`, `30d`, or undefined when the text has another form. */
export function parseDuration(text: string): number | undefined {
  const match = DURATION.exec(text);
  if (match === null) return undefined;
  const [, amount = '', unit = ''] = match;
  const durationMs = Number(amount) * (DURATION_UNIT_MS[unit] ?? Number.NaN);
  return Number.isSafeInteger(durationMs) ? durationMs : undefined;
}
