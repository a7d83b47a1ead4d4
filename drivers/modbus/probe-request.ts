import type { ZodType } from 'zod';
import type { Fault } from '../../core/model/fault.ts';
import type { JsonObject } from '../../core/model/json.ts';
import { REGISTERS_MAX } from './connection-schema.ts';
import { TABLES, type Table } from './register-type.ts';

/** Cells to look at, first and last included. */
export interface CellRange {
  readonly table: Table;
  readonly from: number;
  readonly to: number;
}

/** What `forebay probe` wants to see. */
export interface ProbePlaces {
  readonly ranges: readonly CellRange[];
  /** Unit ids to be tried, first and last included. */
  readonly units?: { readonly from: number; readonly to: number };
  /** What is odd about the places, for the report. */
  readonly notes: readonly string[];
}

export type Understood<T> =
  | { readonly kind: 'understood'; readonly value: T }
  | { readonly kind: 'fault'; readonly fault: Fault };

const PLACE = /^(coil|discrete|holding|input|units?)\s+(\d{1,5})(?:\s*-\s*(\d{1,5}))?$/i;
const ADDRESS_MAX = 65_535;
const UNIT_MAX = 255;
const CELLS_MAX = 4 * REGISTERS_MAX;
const PARITIES: Record<string, string> = { n: 'none', e: 'even', o: 'odd' };

/** `holding 3000-3015`, `input 7`, `units 1-10`. */
export function understandPlaces(places: readonly string[]): Understood<ProbePlaces> {
  const ranges: CellRange[] = [];
  let units: ProbePlaces['units'];
  for (const place of places) {
    const [, what = '', first = '', last = first] = PLACE.exec(place.trim()) ?? [];
    const from = Number(first);
    const to = Number(last);
    const isUnit = what.toLowerCase().startsWith('unit');
    if (what === '' || to < from || to > (isUnit ? UNIT_MAX : ADDRESS_MAX)) {
      return wrong(
        `"${place}" is no place of a Modbus device.`,
        'Write "holding 3000-3015", "input 7" or "units 1-10"',
      );
    }
    if (isUnit) units = { from, to };
    else if (to - from >= CELLS_MAX) {
      return wrong(`"${place}" is more than ${CELLS_MAX} cells.`, 'Look at a part of it at a time');
    } else ranges.push({ table: what.toLowerCase() as Table, from, to });
  }
  const notes = ranges.flatMap(noteModicon);
  return { kind: 'understood', value: { ranges, notes, ...(units === undefined ? {} : { units }) } };
}

/** The first register of each table in the notation in which the first digit names the table (Modicon). */
const MODICON_FIRST: Readonly<Partial<Record<Table, number>>> = { input: 30_001, holding: 40_001 };
const MODICON_ADDRESSES = 9999;

/** A maker's list writes 40258 where the address on the wire is 257; a device may have registers up there all the same. */
function noteModicon({ table, from, to }: CellRange): string[] {
  const first = MODICON_FIRST[table];
  if (first === undefined || from < first || to >= first + MODICON_ADDRESSES) return [];
  const range = nameRange({ table, from, to });
  const other = nameRange({ table, from: from - first, to: to - first });
  return [
    `"${range}" looks like Modicon notation; addresses count from 0: if the list means ${first} as the first one, try "${other}".`,
  ];
}

/**
 * The connection that a URL names, as it would stand in plant.yaml: `modbus-tcp://host:port/unit?timeout=1s`,
 * `modbus-rtu:///dev/ttyUSB0?baud=9600&parity=E&unit=1`.
 */
export function connectionOf(url: URL): JsonObject {
  const isSerial = url.protocol === 'modbus-rtu:';
  const connection: Record<string, string | number> = isSerial ? { path: portOf(url) } : { host: hostOf(url) };
  if (!isSerial && url.port !== '') connection.port = Number(url.port);
  const [unit] = url.pathname.split('/').filter((part) => part !== '');
  if (!isSerial && unit !== undefined) connection.unitId = numberOr(unit);
  for (const [key, value] of url.searchParams) {
    if (key === 'unit' || key === 'unitId') connection.unitId = numberOr(value);
    else if (key === 'baud' || key === 'baudRate') connection.baudRate = numberOr(value);
    else if (key === 'stop' || key === 'stopBits') connection.stopBits = numberOr(value);
    else if (key === 'parity') connection.parity = PARITIES[value.toLowerCase()] ?? value.toLowerCase();
    else connection[key] = /^\d+$/.test(value) ? Number(value) : value;
  }
  return connection;
}

/** The settings that the schema makes of a connection. */
export function understandConnection<T>(connection: JsonObject, schema: ZodType<T>): Understood<T> {
  const parsed = schema.safeParse(connection);
  if (parsed.success) return { kind: 'understood', value: parsed.data };
  const [issue] = parsed.error.issues;
  const where = issue?.path.join('.') ?? '';
  return wrong(
    `The URL does not say how to reach the device: ${where === '' ? '' : `${where}: `}${issue?.message ?? 'not understood'}.`,
    'Write modbus-tcp://HOST:PORT/UNIT, modbus-rtu-over-tcp://HOST:PORT/UNIT or modbus-rtu:///dev/ttyUSB0?baud=9600&parity=E&unit=1',
  );
}

/** Name of each table, for reports. */
export function nameRange({ table, from, to }: CellRange): string {
  return from === to ? `${table} ${from}` : `${table} ${from}-${to}`;
}

export function isBitTable(table: Table): boolean {
  return TABLES[table].cell === 'bit';
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

/** `/dev/ttyUSB0` stands as it is; `/COM3` is the port COM3. */
function portOf(url: URL): string {
  const path = decodeURIComponent(`${url.hostname}${url.pathname}`);
  return /^\/COM\d+$/i.test(path) ? path.slice(1) : path;
}

function numberOr(text: string): number | string {
  return /^\d+$/.test(text) ? Number(text) : text;
}

function wrong(message: string, hint: string): { kind: 'fault'; fault: Fault } {
  return { kind: 'fault', fault: { code: 'DRV_MODBUS_PROBE_REQUEST', message, policy: 'misconfigured', hint } };
}
