import type { KnownField } from '../../core/config/push-devices.ts';
import type { Quantity } from '../../core/model/quantity.ts';

interface FieldRow {
  /** Undefined for the energy of one interval, which is no signal of a unit. */
  readonly quantity: Quantity | undefined;
  readonly unit: string;
  readonly kind: KnownField['kind'];
  /** Names in the flat form. The unit is part of the name, so a name never means two units. */
  readonly names: readonly string[];
}

/**
 * Every field that a push may carry without being listed in plant.yaml. The names are those of this API's contract,
 * the columns of the CSV form, and what SCADA systems and gateways commonly call the same things.
 */
const ROWS: readonly FieldRow[] = [
  row('flow', 'm3/s', 'gauge', 'flow_rate_m3s flow_m3s flow_rate_m3_per_s flowRate_m3_per_s discharge_m3s'),
  row('flow', 'l/s', 'gauge', 'flow_rate_lps flow_lps discharge_lps'),
  row('head', 'm', 'gauge', 'head_height_m head_m net_head_m headHeight_m'),
  row('power', 'kW', 'gauge', 'power_output_kw power_kw active_power_kw power_kW'),
  row('power', 'MW', 'gauge', 'power_output_mw power_mw active_power_mw power_MW'),
  row(
    'energyExport',
    'kWh',
    'counter',
    'export_counter_kwh energy_export_kwh export_energy_kwh energy_counter_kwh exportCounter_kWh',
  ),
  row('energyExport', 'MWh', 'counter', 'export_counter_mwh energy_export_mwh energy_counter_mwh'),
  row('energyImport', 'kWh', 'counter', 'import_counter_kwh energy_import_kwh import_energy_kwh'),
  row('energyImport', 'MWh', 'counter', 'import_counter_mwh energy_import_mwh'),
  row(undefined, 'kWh', 'interval', 'generated_kwh energy_generated_kwh generatedKwh'),
  row('gate', '%', 'gauge', 'gate_percent gate_opening_percent gate_position_percent guide_vane_percent gatePercent'),
  row('status', '', 'state', 'status unit_status state operating_state'),
  row(
    'waterTemperature',
    'Cel',
    'gauge',
    'water_temperature_celsius water_temperature_c water_temp_celsius water_temp_c temperature_celsius',
  ),
  row('ph', 'pH', 'gauge', 'ph pH water_ph'),
  row('turbidity', 'NTU', 'gauge', 'turbidity_ntu'),
];

export const KNOWN_FIELDS: readonly KnownField[] = ROWS.flatMap(({ names, unit, kind }) =>
  names.map((name) => ({ name, unit, kind })),
);

/** The quantity that a field of the table holds; undefined for any other, and for the energy of an interval. */
export function quantityOfField(name: string): Quantity | undefined {
  return ROWS.find(({ names }) => names.includes(name))?.quantity;
}

/** Fields that hold the energy of one interval in kWh. */
export const INTERVAL_ENERGY_FIELDS: readonly string[] = ROWS.filter(({ kind }) => kind === 'interval').flatMap(
  ({ names }) => names,
);

/**
 * What the signed form's `type` means. There the unit stands beside the value, so a type names a quantity only.
 * `energy` alone is not among them: it may be a register or an interval's energy, and nothing is guessed.
 */
export const SENSOR_TYPES: Readonly<Record<string, Quantity | 'intervalEnergy'>> = {
  flow: 'flow',
  flow_rate: 'flow',
  discharge: 'flow',
  head: 'head',
  head_height: 'head',
  net_head: 'head',
  power: 'power',
  power_output: 'power',
  active_power: 'power',
  export_counter: 'energyExport',
  energy_export: 'energyExport',
  energy_counter: 'energyExport',
  import_counter: 'energyImport',
  energy_import: 'energyImport',
  generated_energy: 'intervalEnergy',
  energy_generated: 'intervalEnergy',
  gate: 'gate',
  gate_opening: 'gate',
  gate_position: 'gate',
  guide_vane: 'gate',
  status: 'status',
  unit_status: 'status',
  operating_state: 'status',
  water_temperature: 'waterTemperature',
  temperature: 'waterTemperature',
  ph: 'ph',
  pH: 'ph',
  turbidity: 'turbidity',
};

/** Other ways to write a unit. Letter case stays: mW and MW are a factor of a billion apart. */
const UNIT_NAMES: Readonly<Record<string, string>> = {
  'm³/s': 'm3/s',
  'm^3/s': 'm3/s',
  cumec: 'm3/s',
  cumecs: 'm3/s',
  'L/s': 'l/s',
  'm³/h': 'm3/h',
  kw: 'kW',
  KW: 'kW',
  kwh: 'kWh',
  KWh: 'kWh',
  percent: '%',
  '°C': 'Cel',
  C: 'Cel',
  degC: 'Cel',
  celsius: 'Cel',
  Celsius: 'Cel',
  ph: 'pH',
  ntu: 'NTU',
};

export function plainUnit(text: string): string {
  return UNIT_NAMES[text] ?? text;
}

function row(quantity: Quantity | undefined, unit: string, kind: KnownField['kind'], names: string): FieldRow {
  return { quantity, unit, kind, names: names.split(' ') };
}
