import { parseIso } from '../../core/model/time.ts';
import { type Refused, refuse } from './push-refusal.ts';

const DATE = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})/;

/** The instant that the sender gave, UTC milliseconds. A time without zone, or a day that does not exist, is refused. */
export function readTimestamp(text: string): { readonly kind: 'instant'; readonly utcMs: number } | Refused {
  const utcMs = parseIso(text);
  if (utcMs !== undefined && isRealDay(text)) return { kind: 'instant', utcMs };
  return refuse(422, 'DRV_HTTP_TIME', `"${text.slice(0, 40)}" is no point in time.`, {
    hint: hintFor(text),
    errors: [{ path: 'timestamp', message: 'expected ISO 8601 with Z or an offset' }],
  });
}

/** The engine takes 30 February for 2 March. */
function isRealDay(text: string): boolean {
  const [, year, month, day, hour] = (DATE.exec(text) ?? []).map(Number);
  if (year === undefined || month === undefined || day === undefined || hour === undefined) return false;
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24;
}

function hintFor(text: string): string {
  if (/^\d{9,16}$/.test(text)) return 'write it as ISO 8601, such as 2026-11-25T12:05:00Z, not as a number of seconds';
  if (/^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?$/.test(text)) {
    return 'add Z for UTC, or the offset of the local time such as +05:30: which of the two it is is never guessed';
  }
  return 'such as 2026-11-25T12:05:00Z or 2026-11-25T17:35:00+05:30';
}
