import { seededRandom } from '../../../core/model/random.ts';
import { Forger } from './forger.ts';
import { FORGERIES, SLOW } from './forgeries.ts';
import type { Shown } from './instruments.ts';
import { type Row, recordRows } from './record-rows.ts';
import { buildSite, type Site } from './site.ts';

/** The three files of one data set. */
export interface UnseenPlant {
  readonly plantYaml: string;
  readonly readingsCsv: string;
  readonly labelsCsv: string;
}

export const HONEST_DAYS = 30;
export const DAYS = 90;
export const TAMPERED_SHARE = 0.03;
const DAY_S = 86_400;
const BEGIN_MS = Date.parse('2025-05-12T00:00:00Z');

/** The same seed gives the same bytes. */
export function makeUnseenPlant(seed: number, days = DAYS): UnseenPlant {
  const site = buildSite(seededRandom(seed * 7));
  const { rows } = recordRows(site, seed, days);
  const forger = new Forger(seededRandom(seed * 7 + 4), rows, site.machines, HONEST_DAYS * DAY_S);
  const total = rows.reduce((sum, { length }) => sum + length, 0);
  tamper(forger, Math.round(total * TAMPERED_SHARE));
  for (const unitRows of rows) carryRegister(unitRows);
  const arrived = [...rows.flat(), ...forger.added].sort((one, other) => one.receivedS - other.receivedS);
  return { plantYaml: plantYamlOf(site), readingsCsv: readingsOf(site, arrived), labelsCsv: labelsOf(arrived) };
}

/** The slow drift stands for days in one unit and comes on top; the others share the tampered rows evenly. */
function tamper(forger: Forger, tamperedRows: number): void {
  const kinds = Object.entries(FORGERIES);
  const each = tamperedRows / (kinds.length - 1);
  for (const [label, forge] of kinds) {
    let count = forge(forger, label);
    while (label !== SLOW && count < each) count += forge(forger, label);
  }
}

/** What a tampered meter has counted stays in its register. */
function carryRegister(rows: readonly Row[]): void {
  let extraKwh = 0;
  for (const row of rows) {
    extraKwh += row.registerExtraKwh;
    if (row.shown.counterKwh !== undefined) row.shown.counterKwh += extraKwh;
  }
}

const COLUMNS: readonly (readonly [name: string, value: keyof Shown, digits: number])[] = [
  ['flowRate_m3_per_s', 'flowM3s', 3],
  ['headHeight_m', 'headM', 2],
  ['power_kW', 'powerKw', 1],
  ['generatedKwh', 'generatedKwh', 1],
  ['exportCounter_kWh', 'counterKwh', 0],
  ['pH', 'ph', 2],
  ['turbidity_ntu', 'turbidityNtu', 1],
  ['temperature_celsius', 'waterCel', 1],
  ['gatePercent', 'gatePercent', 1],
  ['status', 'status', 0],
];

function readingsOf(site: Site, rows: readonly Row[]): string {
  const lines = [['rowId', 'timestamp', 'deviceId', ...COLUMNS.map(([name]) => name), 'receivedAt'].join(',')];
  for (const [index, row] of rows.entries()) {
    const values = COLUMNS.map(([, value, digits]) => row.texts[value] ?? textOf(row.shown[value], digits));
    const fields = [
      row.texts.endS ?? isoOf(row.endS),
      site.machines[row.unit]?.id ?? '',
      ...values,
      isoOf(row.receivedS),
    ];
    lines.push([rowIdOf(index), ...fields.map(quoted)].join(','));
  }
  return `${lines.join('\n')}\n`;
}

function textOf(value: number | string | undefined, digits: number): string {
  if (typeof value !== 'number') return value ?? '';
  // A register shows its whole digits only; it is never rounded up.
  return digits === 0 ? String(Math.floor(value + 1e-6)) : value.toFixed(digits);
}

function labelsOf(rows: readonly Row[]): string {
  const lines = rows.map(
    ({ label, trueKwh }, index) => `${rowIdOf(index)},${label.replaceAll(',', '')},${trueKwh.toFixed(3)}`,
  );
  return `rowId,label,trueKwh\n${lines.join('\n')}\n`;
}

function rowIdOf(index: number): string {
  return `r${String(index + 1).padStart(6, '0')}`;
}

function isoOf(second: number): string {
  return new Date(BEGIN_MS + second * 1000).toISOString().replace('.000Z', 'Z');
}

function quoted(text: string): string {
  return text.includes(',') ? `"${text}"` : text;
}

function plantYamlOf({ machines }: Site): string {
  const units = machines.map(
    ({ id, plate }, index) => `  - id: ${id}
    name: Unit ${index + 1}
    turbine: francis
    ratedPowerKw: ${plate.ratedPowerKw}
    ratedFlowM3s: ${plate.ratedFlowM3s}
    ratedHeadM: ${plate.ratedHeadM}
    intake: shared
    efficiency: [${plate.guarantee.map(([share, efficiency]) => `[${share}, ${efficiency}]`).join(', ')}]
    signals:
${SIGNALS.map(([quantity, point]) => `      ${quantity}: scada/${point}`).join('\n')}`,
  );
  return `version: 1
plant: { id: HP-UNSEEN, name: Run-of-river plant of two sets, timezone: Asia/Kolkata, latitude: 30.4, longitude: 79.3, ratedPowerKw: 6000 }
interval: 5m
units:
${units.join('\n')}
devices:
  - { id: scada, driver: http }
`;
}

const SIGNALS = [
  ['flow', 'flow_rate_m3s'],
  ['head', 'head_height_m'],
  ['power', 'power_output_kw'],
  ['energyExport', 'energy_export_kwh'],
  ['gate', 'gate_percent'],
  ['status', 'status'],
  ['waterTemperature', 'water_temperature_c'],
  ['ph', 'ph'],
  ['turbidity', 'turbidity_ntu'],
] as const;
