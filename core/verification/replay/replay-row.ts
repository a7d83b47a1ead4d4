import type { Reading, Statistics } from '../../acquisition/reading.ts';
import type { UnitConfig } from '../../config/plant.ts';
import type { Quantity } from '../../model/quantity.ts';
import { parseIso, toIso } from '../../model/time.ts';
import { isUnitState } from '../../model/unit-state.ts';
import { type StatedSteps, witnessOf } from './witness-columns.ts';

/** One row of historic readings as text, by the column names of docs/replay.md. An empty text is a missing value. */
export type ReplayRow = Readonly<Record<string, string>>;

export const REPLAY_COLUMNS = [
  'rowId',
  'timestamp',
  'deviceId',
  'flowRate_m3_per_s',
  'headHeight_m',
  'power_kW',
  'generatedKwh',
  'exportCounter_kWh',
  'pH',
  'turbidity_ntu',
  'temperature_celsius',
  'gatePercent',
  'status',
  'receivedAt',
] as const;

const STATISTIC_COLUMNS = {
  powerKw: 'power_kW',
  flowM3s: 'flowRate_m3_per_s',
  headM: 'headHeight_m',
  gatePercent: 'gatePercent',
  waterTemperatureCel: 'temperature_celsius',
  ph: 'pH',
  turbidityNtu: 'turbidity_ntu',
} as const satisfies Partial<Record<keyof Reading, string>>;
type StatisticField = keyof typeof STATISTIC_COLUMNS;
const STATISTIC_FIELDS = Object.entries(STATISTIC_COLUMNS) as [StatisticField, string][];

/** The columns that carry a unit's signals. A file without the column never had the signal. */
export const SIGNAL_COLUMNS = {
  flow: 'flowRate_m3_per_s',
  head: 'headHeight_m',
  power: 'power_kW',
  gate: 'gatePercent',
  status: 'status',
} as const satisfies Partial<Record<Quantity, string>>;

/** The signals that plant.yaml names for the unit and that the row's file has a column for. */
export function expectedOf(row: ReplayRow, { signals }: Pick<UnitConfig, 'signals'>): readonly Quantity[] {
  const names = Object.keys(SIGNAL_COLUMNS) as (keyof typeof SIGNAL_COLUMNS)[];
  return names.filter((name) => signals[name] !== undefined && row[SIGNAL_COLUMNS[name]] !== undefined);
}

/** A row understood: the reading, what of it was no number, and what stands beside it. */
export interface UnderstoodRow {
  readonly reading: Reading;
  /** Column to the text that is no number. */
  readonly unreadable: Readonly<Record<string, string>>;
  readonly receivedAtMs: number;
  /** The row does not say when it came, so that its own date is all there is. */
  readonly isDatedByItself: boolean;
  readonly registerKwh: number | undefined;
  /** The coarser of the last digits of energy and register, kWh. */
  readonly resolutionKwh: number;
}

/** Undefined when the row has no time that could be read: it speaks for no interval then. */
export function understandRow(
  row: ReplayRow,
  plantId: string,
  intervalMs: number,
  stated?: StatedSteps,
): UnderstoodRow | undefined {
  const toMs = parseIso(row.timestamp ?? '');
  if (toMs === undefined) return undefined;
  const unreadable: Record<string, string> = {};
  const number = (column: string): number | undefined => {
    const text = row[column] ?? '';
    if (text === '') return undefined;
    const value = numberOf(text);
    if (value === undefined) unreadable[column] = text;
    return value;
  };
  const statistics: Partial<Record<StatisticField, Statistics>> = {};
  for (const [field, column] of STATISTIC_FIELDS) {
    const value = number(column);
    if (value !== undefined) statistics[field] = { mean: value, min: value, max: value, coverage: 1 };
  }
  const energyKwh = number('generatedKwh');
  const registerKwh = number('exportCounter_kWh');
  if (row.brokenRow !== undefined) unreadable.row = row.brokenRow;
  const status = row.status ?? '';
  if (status !== '' && !isUnitState(status)) unreadable.status = status;
  const isDatedByItself = row.receivedAt === undefined || row.receivedAt === '';
  const receivedAtMs = isDatedByItself ? toMs : parseIso(row.receivedAt ?? '');
  if (receivedAtMs === undefined) unreadable.receivedAt = row.receivedAt ?? '';
  const witness = witnessOf(row, numberOf, lastDigit, stated);
  const reading: Reading = {
    v: 1,
    plantId,
    unitId: row.deviceId ?? '',
    from: isoOf(toMs - intervalMs),
    to: isoOf(toMs),
    origin: 'plant',
    ...(energyKwh === undefined ? {} : { energyWh: Math.round(energyKwh * 1000), energySource: 'counter' as const }),
    ...statistics,
    ...(isUnitState(status) ? { stateSeconds: { [status]: intervalMs / 1000 } } : {}),
    ...(witness === undefined ? {} : { witness }),
    coverage: 1,
    gaps: [],
    clock: 'holdover',
    samples: [],
  };
  return {
    reading,
    unreadable,
    receivedAtMs: receivedAtMs ?? toMs,
    isDatedByItself,
    registerKwh,
    resolutionKwh: Math.max(lastDigit(row.generatedKwh), lastDigit(row.exportCounter_kWh)),
  };
}

/** The end of one interval is the begin of the next, of every unit: each instant is written once. */
const written = new Map<number, string>();
const WRITTEN_MAX = 4096;

function isoOf(utcMs: number): string {
  const known = written.get(utcMs);
  if (known !== undefined) return known;
  if (written.size === WRITTEN_MAX) written.clear();
  const text = toIso(utcMs);
  written.set(utcMs, text);
  return text;
}

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?$/;

/** Plain decimal numbers only: what a spreadsheet makes of anything else is not ours to guess. */
function numberOf(text: string): number | undefined {
  if (!NUMBER.test(text.trim())) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

function lastDigit(text: string | undefined): number {
  if (text === undefined || text === '') return 0;
  const dot = text.indexOf('.');
  return dot < 0 ? 1 : 10 ** -(text.length - dot - 1);
}
