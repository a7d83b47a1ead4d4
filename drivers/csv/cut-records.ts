import { type Dialect, unitBytes } from './dialect.ts';

/** One record of a file: where it stands, in bytes of what was cut, and where its fields do. */
export interface CutRecord {
  readonly start: number;
  /** Without the line end. */
  readonly end: number;
  /** Where the next record begins. */
  readonly next: number;
  /** How many line ends it holds, its own included. */
  readonly lines: number;
  /** Start and end of each field, its quotes included. */
  readonly fields: readonly (readonly [start: number, end: number])[];
}

const QUOTE = 0x22;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * Cuts bytes into the records that are whole, which means ended by a line feed outside of quotes. What stands behind
 * the last line feed is still being written and is left for later. Works on bytes, so that positions in the file and
 * the bytes of a field are known exactly.
 */
export function cutRecords(bytes: Uint8Array, { encoding, delimiter }: Dialect, from = 0): CutRecord[] {
  const unit = unitBytes(encoding);
  const low = encoding === 'utf-16be' ? 1 : 0;
  const separator = delimiter.charCodeAt(0);
  const unitAt = (at: number): number => {
    if (unit === 1) return bytes[at] ?? -1;
    // Half a unit at the end is not there yet.
    return at + 1 < bytes.length ? (bytes[at + low] ?? 0) | ((bytes[at + 1 - low] ?? 0) << 8) : -1;
  };
  const records: CutRecord[] = [];
  let start = from;
  let fieldStart = from;
  let fields: [number, number][] = [];
  let lines = 0;
  let isQuoted = false;
  for (let at = from; at + unit <= bytes.length; at += unit) {
    const code = unitAt(at);
    if (isQuoted) {
      if (code === LINE_FEED) lines += 1;
      if (code !== QUOTE) continue;
      if (unitAt(at + unit) === QUOTE) at += unit;
      else isQuoted = false;
    } else if (code === QUOTE && at === fieldStart) {
      isQuoted = true;
    } else if (code === separator) {
      fields.push([fieldStart, at]);
      fieldStart = at + unit;
    } else if (code === LINE_FEED) {
      const end = at > start && unitAt(at - unit) === CARRIAGE_RETURN ? at - unit : at;
      fields.push([fieldStart, Math.max(fieldStart, end)]);
      records.push({ start, end, next: at + unit, lines: lines + 1, fields });
      start = at + unit;
      fieldStart = start;
      fields = [];
      lines = 0;
    }
  }
  return records;
}
