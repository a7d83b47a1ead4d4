import type { CsvConnectionSettings } from './connection-schema.ts';
import { type CutRecord, cutRecords } from './cut-records.ts';
import { byteOrderMark, fieldsOf, type ParseCsv, textOf } from './dialect.ts';
import type { Position } from './file-book.ts';
import { type Complaint, shown } from './finding.ts';
import { changedHeader, Header, headerComplaint } from './header.ts';
import { RowClock } from './row-time.ts';

/** One row with its own time, and where it stands. */
export interface Row {
  readonly position: Position;
  readonly header: Header;
  /** Of the record in its file. */
  readonly offset: number;
  readonly line: number;
  /** The record without its line end, and the places of its fields in it. */
  readonly bytes: Uint8Array;
  readonly places: readonly (readonly [start: number, end: number])[];
  readonly fields: readonly string[];
  readonly atMs: number;
}

export type RowEvent =
  | { readonly kind: 'row'; readonly row: Row }
  | { readonly kind: 'complaint'; readonly line: number; readonly complaint: Complaint };

/** A record that goes on for longer is one whose quotes never close. */
export const RECORD_BYTES_MAX = 262_144;

/** Makes rows of the bytes of files, and moves the files' positions on. */
export class RowReader {
  readonly #settings: CsvConnectionSettings;
  readonly #parser: ParseCsv;
  readonly #clock: RowClock;

  constructor(settings: CsvConnectionSettings, parser: ParseCsv) {
    this.#settings = settings;
    this.#parser = parser;
    this.#clock = new RowClock(settings.timestamp);
  }

  /** Takes the whole records of `bytes`, which stand at the position of their file, and moves it behind them. */
  take(position: Position, bytes: Uint8Array): RowEvent[] {
    const events: RowEvent[] = [];
    const { encoding } = this.#settings;
    const mark = position.offset === 0 ? byteOrderMark(bytes) : undefined;
    const isOther = mark !== undefined && mark.encoding !== encoding && encoding !== 'windows-1252';
    if (isOther || (position.offset === 0 && encoding === 'utf-8' && bytes.subarray(0, 1000).includes(0))) {
      return [{ kind: 'complaint', line: 1, complaint: otherEncoding(mark?.encoding ?? 'utf-16le') }];
    }
    const records = cutRecords(bytes, this.#settings, mark?.encoding === encoding ? mark.bytes : 0);
    const batch = this.#batchFields(bytes, records);
    const base = position.offset;
    for (const [index, record] of records.entries()) {
      const line = position.line + 1;
      const fields = batch?.[index] ?? this.#fields(bytes, record);
      const event = this.#event(position, { record, line, fields, bytes, base });
      position.line += record.lines;
      position.offset = base + record.next;
      if (event === undefined) continue;
      events.push(event);
      if (event.kind === 'complaint' && event.complaint.refusesFile === true) break;
    }
    return events;
  }

  /** Reads one record again that was taken before, as after a restart. */
  again(position: Position, offset: number, line: number, bytes: Uint8Array): Row | undefined {
    if (position.columns === undefined) return undefined;
    const end = this.#settings.encoding === 'utf-16le' ? [0x0a, 0] : [0, 0x0a];
    const ended = Uint8Array.from([...bytes, ...(this.#settings.encoding.startsWith('utf-16') ? end : [0x0a])]);
    const [record, ...more] = cutRecords(ended, this.#settings);
    if (record === undefined || more.length > 0) return undefined;
    const fields = this.#fields(ended, record);
    const event = this.#event(position, { record, line, fields, bytes: ended, base: offset });
    return event?.kind === 'row' ? event.row : undefined;
  }

  #event(position: Position, found: Found): RowEvent | undefined {
    const { line, fields, record } = found;
    if (position.columns === undefined) return this.#headerEvent(position, line, fields);
    if (position.unitsAhead === true) {
      position.unitsAhead = false;
      return undefined;
    }
    const isLong = record.lines > 1;
    if (typeof fields === 'string') {
      const complaint = brokenRecord(fields);
      return { kind: 'complaint', line, complaint: isLong ? swallowing(complaint) : complaint };
    }
    if (record.end === record.start) return undefined;
    const header = headerOf(position.columns);
    if (header.isSame(fields)) return undefined;
    const time = this.#timeOf(header, fields);
    if ((!('utcMs' in time) || isLong) && this.#isHeaderWithin(header, fields, isLong)) {
      return { kind: 'complaint', line, complaint: changedHeader() };
    }
    if ('utcMs' in time) return { kind: 'row', row: rowOf(position, header, found, fields, time.utcMs) };
    const isUnits = line <= this.#settings.header + 2 && fields.length === header.names.length && isUnitRow(fields);
    const complaint = isUnits ? unitRow(fields) : time;
    return { kind: 'complaint', line, complaint: isLong ? swallowing(complaint) : complaint };
  }

  #timeOf(header: Header, fields: readonly string[]): Complaint | { readonly utcMs: number } {
    if (fields.length !== header.names.length) return wrongCount(fields.length, header.names.length);
    const names = this.#settings.timestamp.column;
    const read = this.#clock.read(names.map((name) => fields[numberOr(header.placeOf(name), 0)] ?? '').join(' '));
    return read.kind === 'complaint' ? read.complaint : { utcMs: read.utcMs };
  }

  #headerEvent(position: Position, line: number, fields: readonly string[] | Broken): RowEvent | undefined {
    const { header: headerLine, timestamp, delimiter, units } = this.#settings;
    if (line < headerLine) return undefined;
    if (typeof fields === 'string') {
      return { kind: 'complaint', line, complaint: { ...brokenRecord(fields), refusesFile: true } };
    }
    const header = new Header(fields);
    position.columns = header.names;
    if (units === 'next-line') position.unitsAhead = true;
    const complaint = headerComplaint(header, timestamp.column, delimiter);
    return complaint === undefined ? undefined : { kind: 'complaint', line, complaint };
  }

  /**
   * Whether a row that cannot be used, or one of several lines, holds a header: the columns begin anew, also behind a
   * line that was never ended or within quotes that closed too late.
   */
  #isHeaderWithin(header: Header, fields: readonly string[], isLong: boolean): boolean {
    const [time = ''] = this.#settings.timestamp.column;
    const speaksOfTime = fields.some((field) => (isLong ? field.includes(time) : field.trim().endsWith(time)));
    return speaksOfTime && !header.isTailOf(fields);
  }

  /** The fields of all records at once, which is many times quicker; undefined when one of them is broken. */
  #batchFields(bytes: Uint8Array, records: readonly CutRecord[]): string[][] | undefined {
    const [first] = records;
    const last = records.at(-1);
    if (first === undefined || last === undefined || records.length === 1) return undefined;
    const text = textOf(bytes.subarray(first.start, last.next), this.#settings.encoding);
    const all = text === undefined ? undefined : fieldsOf(text, this.#settings.delimiter, this.#parser);
    const agrees =
      all?.length === records.length && all.every((fields, at) => fields.length === records[at]?.fields.length);
    return agrees ? all : undefined;
  }

  #fields(bytes: Uint8Array, record: CutRecord): readonly string[] | Broken {
    const text = textOf(bytes.subarray(record.start, record.end), this.#settings.encoding);
    if (text === undefined) return 'encoding';
    if (text === '') return [''];
    const found = fieldsOf(text, this.#settings.delimiter, this.#parser);
    const [fields] = found ?? [];
    return fields !== undefined && found?.length === 1 && fields.length === record.fields.length ? fields : 'quotes';
  }
}

type Broken = 'encoding' | 'quotes';

interface Found {
  readonly record: CutRecord;
  readonly line: number;
  readonly fields: readonly string[] | Broken;
  readonly bytes: Uint8Array;
  /** Where `bytes` begin in the file. */
  readonly base: number;
}

function rowOf(position: Position, header: Header, found: Found, fields: readonly string[], atMs: number): Row {
  const { record, line, bytes, base } = found;
  return {
    position,
    header,
    offset: base + record.start,
    line,
    bytes: bytes.slice(record.start, record.end),
    places: record.fields.map(([start, end]) => [start - record.start, end - record.start]),
    fields,
    atMs,
  };
}

const headers = new WeakMap<readonly string[], Header>();

function headerOf(columns: readonly string[]): Header {
  const header = headers.get(columns) ?? new Header(columns);
  headers.set(columns, header);
  return header;
}

function numberOr(place: number | Complaint, otherwise: number): number {
  return typeof place === 'number' ? place : otherwise;
}

/** A row without a single digit, such as `;m3/s;kW`. */
function isUnitRow(fields: readonly string[]): boolean {
  return fields.some((field) => field.trim() !== '') && fields.every((field) => !/\d{2}|^\d+$/.test(field));
}

function unitRow(fields: readonly string[]): Complaint {
  return {
    code: 'DRV_CSV_UNIT_ROW',
    what: `seems to name units (${fields.slice(0, 6).map(shown).join(', ')})`,
    hint: 'Set units: next-line in the connection',
  };
}

/** What a broken record of several lines has swallowed, another header perhaps, nobody can tell. */
function swallowing(complaint: Complaint): Complaint {
  return { ...complaint, what: `${complaint.what}, over several lines`, refusesFile: true };
}

function wrongCount(found: number, expected: number): Complaint {
  return {
    code: 'DRV_CSV_COLUMN_COUNT',
    what: `has ${found} fields where the header has ${expected}`,
    hint: 'Often a delimiter inside of a text or number: let the historian put quotes around texts, or use another delimiter',
  };
}

function brokenRecord(broken: Broken): Complaint {
  if (broken === 'encoding') return { ...otherEncoding(undefined), refusesFile: true };
  return {
    code: 'DRV_CSV_QUOTES',
    what: 'has quotation marks that do not add up',
    hint: 'A quotation mark inside of a quoted field is doubled; look at the line in an editor',
  };
}

export function endlessRecord(): Complaint {
  return {
    code: 'DRV_CSV_QUOTES',
    what: `begins a field in quotation marks that does not end within ${RECORD_BYTES_MAX / 1024} KiB`,
    hint: 'Look at the line in an editor: a closing quotation mark is missing, or this is no CSV file',
    policy: 'misconfigured',
    refusesFile: true,
  };
}

function otherEncoding(seen: string | undefined): Complaint {
  return {
    code: 'DRV_CSV_ENCODING',
    what:
      seen === undefined ? 'is no text in the encoding of the connection' : `shows that the file is written in ${seen}`,
    hint: seen === undefined ? 'Try encoding: windows-1252, which older historians use' : `Set encoding: ${seen}`,
    policy: 'misconfigured',
    refusesFile: true,
  };
}
