/** A time as a row tells it: an instant, or the hands of a clock on a wall somewhere. */
export type RowTime =
  | { readonly kind: 'instant'; readonly utcMs: number }
  /** Milliseconds since 1970-01-01T00:00 as the wall clock counted them. */
  | { readonly kind: 'local'; readonly wallMs: number }
  /** `order`: it can only be read with month and day the other way round. */
  | { readonly kind: 'mistake'; readonly what: 'shape' | 'range' | 'order' };

export interface TimeFormat {
  /** Whether times come without their zone, so that the configuration has to name it. */
  readonly needsZone: boolean;
  read(text: string): RowTime;
}

/** What stands for what in a format; the longest first. */
const TOKENS = ['yyyy', 'MMM', 'SSS', 'MM', 'dd', 'HH', 'hh', 'mm', 'ss', 'M', 'd', 'H', 'h', 'a'] as const;
type Token = (typeof TOKENS)[number];

const DIGITS: Readonly<Record<Token, string>> = {
  yyyy: '(\\d{4})',
  MMM: '([A-Za-z]{3})',
  SSS: '(\\d{3})',
  MM: '(\\d{2})',
  dd: '(\\d{2})',
  HH: '(\\d{2})',
  hh: '(\\d{2})',
  mm: '(\\d{2})',
  ss: '(\\d{2})',
  M: '(\\d{1,2})',
  d: '(\\d{1,2})',
  H: '(\\d{1,2})',
  h: '(\\d{1,2})',
  a: '([AaPp][Mm])',
};
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const ISO = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|[+-]\d{2}:?\d{2})?$/;
const UNIX = /^\d{1,13}(?:\.\d{1,6})?$/;

/** The format that `text` describes, or a sentence that says why it is none. */
export function timeFormat(text: string): TimeFormat | string {
  // ISO times may name their offset; those that do not are found out row by row.
  if (text === 'iso') return { needsZone: false, read: readIso };
  if (text === 'unix-s') return { needsZone: false, read: (value) => readUnix(value, 1000) };
  if (text === 'unix-ms') return { needsZone: false, read: (value) => readUnix(value, 1) };
  const parts = tokensOf(text);
  if (typeof parts === 'string') return parts;
  const tokens = parts.filter((part): part is Token => (TOKENS as readonly string[]).includes(part));
  const missing = missingOf(tokens);
  if (missing !== undefined) return missing;
  const pattern = parts.map((part) => (tokens.includes(part as Token) ? DIGITS[part as Token] : literal(part)));
  const shape = new RegExp(`^${pattern.join('')}$`);
  return { needsZone: true, read: (value) => readShape(value, shape, tokens) };
}

function tokensOf(text: string): string[] | string {
  const parts: string[] = [];
  for (let at = 0; at < text.length; ) {
    const token = TOKENS.find((candidate) => text.startsWith(candidate, at));
    const part = token ?? text.charAt(at);
    if (token === undefined && /[A-Za-z]/.test(part) && part !== 'T') {
      return `"${part}" means nothing in a time format; use ${TOKENS.join(', ')}`;
    }
    parts.push(part);
    at += part.length;
  }
  return parts;
}

function missingOf(tokens: readonly Token[]): string | undefined {
  const has = (...wanted: Token[]): boolean => wanted.some((token) => tokens.includes(token));
  if (new Set(tokens).size !== tokens.length) return 'a time format names each part once';
  if (!has('yyyy')) return 'a time format needs the year in four digits, yyyy';
  if (!has('MM', 'M', 'MMM') || !has('dd', 'd')) return 'a time format needs month (MM or MMM) and day (dd)';
  if (!has('HH', 'H') && !(has('hh', 'h') && has('a')))
    return 'a time format needs hours: HH, or hh with a for AM and PM';
  if (!has('mm')) return 'a time format needs minutes, mm';
  return undefined;
}

function readShape(text: string, shape: RegExp, tokens: readonly Token[]): RowTime {
  const match = shape.exec(text);
  if (match === null) return mistake('shape');
  const found = new Map(tokens.map((token, index) => [token, match[index + 1] ?? '']));
  const number = (...names: Token[]): number => {
    const name = names.find((candidate) => found.has(candidate));
    return name === undefined ? 0 : Number(found.get(name));
  };
  const monthName = found.get('MMM');
  const month = monthName === undefined ? number('MM', 'M') : MONTHS.indexOf(monthName.toLowerCase()) + 1;
  let hour = number('HH', 'H');
  const half = found.get('a')?.toLowerCase();
  if (half !== undefined) {
    const twelve = number('hh', 'h');
    if (twelve < 1 || twelve > 12) return mistake('range');
    hour = (twelve % 12) + (half === 'pm' ? 12 : 0);
  }
  const day = number('dd', 'd');
  return wallTime({
    year: number('yyyy'),
    month,
    day,
    hour,
    minute: number('mm'),
    second: number('ss'),
    ms: number('SSS'),
    canSwap: monthName === undefined,
  });
}

interface Hands {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  ms: number;
  /** Whether month and day are both numbers, so that one may have been taken for the other. */
  canSwap: boolean;
}

function wallTime({ year, month, day, hour, minute, second, ms, canSwap }: Hands): RowTime {
  if (canSwap && month > 12 && month <= 31 && day >= 1 && day <= 12) return mistake('order');
  if (hour > 23 || minute > 59 || second > 59) return mistake('range');
  const wallMs = Date.UTC(year, month - 1, day, hour, minute, second, ms);
  const date = new Date(wallMs);
  const isReal = year >= 1970 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return isReal ? { kind: 'local', wallMs } : mistake('range');
}

function readIso(text: string): RowTime {
  const match = ISO.exec(text);
  if (match === null) return mistake('shape');
  const [, year, month, day, hour, minute, second = '0', fraction = '', offset] = match;
  const hands = {
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
  };
  const ms = Number(fraction.padEnd(3, '0').slice(0, 3));
  const time = wallTime({ ...hands, second: Number(second), ms, canSwap: false });
  if (time.kind !== 'local' || offset === undefined) return time;
  const offsetMs = parseOffset(offset);
  return offsetMs === undefined ? mistake('range') : { kind: 'instant', utcMs: time.wallMs - offsetMs };
}

/** Milliseconds of `Z`, `UTC`, `+05:30` or `-0800`, or undefined. */
export function parseOffset(text: string): number | undefined {
  if (text === 'Z' || text === 'UTC') return 0;
  const match = /^([+-])(\d{2}):?(\d{2})$/.exec(text);
  if (match === null) return undefined;
  const [, sign, hours, minutes] = match;
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000;
  if (Number(hours) > 14 || Number(minutes) > 59) return undefined;
  return sign === '-' ? -offsetMs : offsetMs;
}

function readUnix(text: string, unitMs: number): RowTime {
  if (!UNIX.test(text)) return mistake('shape');
  const utcMs = Math.floor(Number(text) * unitMs);
  return Number.isSafeInteger(utcMs) && utcMs < 253_402_300_800_000 ? { kind: 'instant', utcMs } : mistake('range');
}

function literal(part: string): string {
  // More than one blank is as good as one.
  return part === ' ' ? '\\s+' : part.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}

function mistake(what: 'shape' | 'range' | 'order'): RowTime {
  return { kind: 'mistake', what };
}
