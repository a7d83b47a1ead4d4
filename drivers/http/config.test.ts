import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseConfig } from '../../core/config/parse-config.ts';
import { pushPlantText } from '../../tests/fixtures/push-plant.ts';
import { simulator } from '../simulator/simulator.ts';
import { KNOWN_FIELDS, SENSOR_TYPES } from './field-table.ts';
import { http } from './http.ts';

const DRIVERS = new Map([
  ['http', http],
  ['simulator', simulator],
]);
const WHOLE = pushPlantText();

function parse(text: string) {
  return parseConfig(text, { drivers: DRIVERS, file: 'plant.yaml' });
}

function issueOf(from: string, to: string): string[] {
  expect(WHOLE, from).toContain(from);
  const result = parse(WHOLE.replace(from, to));
  return result.kind === 'valid' ? [] : result.issues.map(({ code, path, message }) => `${code} ${path}: ${message}`);
}

test('a device that pushes needs neither connection nor period nor points; each unit has points of its own', () => {
  const result = parse(WHOLE);
  if (result.kind === 'invalid') throw new Error(JSON.stringify(result.issues));
  const [device] = result.config.devices;
  expect(device).toMatchObject({ id: 'scada', periodMs: 300_000, connection: {} });
  expect(device?.points.map(({ ref, unit, kind }) => `${ref} ${unit} ${kind}`)).toEqual([
    'scada/unit1.flow_rate_m3s m3/s gauge',
    'scada/unit1.head_height_m m gauge',
    'scada/unit1.power_output_kw kW gauge',
    'scada/unit1.export_counter_kwh kWh counter',
    'scada/unit1.status  state',
    'scada/unit2.flow_rate_m3s m3/s gauge',
    'scada/unit2.head_height_m m gauge',
    'scada/unit2.power_output_kw kW gauge',
  ]);
  expect(result.config.units[1]?.signals.flow).toBe('scada/unit2.flow_rate_m3s');
  const often = parse(WHOLE.replace('driver: http', 'driver: http, period: 1m'));
  expect(often.kind === 'valid' && often.config.devices[0]?.periodMs).toBe(60_000);
});

test('a listed point of a shared device is still sent under its own name', () => {
  const listed = '{ id: power_output_kw, unit: W }, { id: head_height_m, field: "H.1", unit: cm }';
  const result = parse(WHOLE.replace('driver: http', `driver: http, points: [${listed}]`));
  if (result.kind === 'invalid') throw new Error(JSON.stringify(result.issues));
  const points = result.config.devices[0]?.points ?? [];
  expect(points.find(({ id }) => id === 'unit2.power_output_kw')).toMatchObject({
    unit: 'W',
    settings: { field: 'power_output_kw' },
  });
  expect(points.find(({ id }) => id === 'unit1.head_height_m')).toMatchObject({
    unit: 'cm',
    settings: { field: 'H.1' },
  });
});

test.each([
  ['scada/head_height_m', 'scada/head_heigth', 'CFG_UNKNOWN_POINT units[0].signals.head: "head_heigth" is no field'],
  ['export_counter_kwh', 'generated_kwh', 'CFG_KIND units[0].signals.energyExport: generated_kwh is the energy of one'],
  [
    'scada/export_counter_kwh',
    'scada/ph',
    'CFG_KIND units[0].signals.energyExport: energyExport needs a point of kind',
  ],
  ['scada/head_height_m', 'scada/ph', 'CFG_UNIT units[0].signals.head: head is measured in m'],
  ['driver: http', 'driver: http, period: 7m', 'CFG_PERIOD devices[0].period: the interval of 5m is no multiple'],
  [
    'driver: http',
    'driver: http, connection: { host: x }',
    'CFG_UNKNOWN_KEY devices[0].connection.host: this key is not',
  ],
  [
    'driver: http',
    'driver: http, connection: { signature: required }',
    'CFG_VALUE devices[0].connection.signature: expected a key to check signatures with',
  ],
  [
    'driver: http',
    'driver: http, connection: { publicKey: "abc" }',
    'CFG_VALUE devices[0].connection.publicKey: expected an Ed25519 public key',
  ],
  [
    'driver: http',
    'driver: http, connection: { publicKeyFile: a, secretFile: b }',
    'CFG_VALUE devices[0].connection: expected one of',
  ],
  [
    'driver: http',
    'driver: http, points: [{ id: x, kind: state }]',
    'CFG_MISSING devices[0].points[0].map: a state needs a map',
  ],
  ['driver: http', 'driver: simulator', 'CFG_MISSING devices[0].period: is missing: expected a duration such as'],
  [
    'flow: scada/flow_rate_m3s',
    'flow: plc1/flow',
    'CFG_MIXED_FEED units[0].signals: unit1 is fed by pushes through "scada" and also names plc1',
  ],
])('%s as %s is refused in words', (from, to, expected) => {
  expect(issueOf(from, to).join('\n')).toContain(expected);
});

test('every known field is on the page with its unit, and means one thing', () => {
  const page = readFileSync(new URL('../../docs/drivers/http.md', import.meta.url), 'utf8');
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  const names = KNOWN_FIELDS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, unit, kind } of KNOWN_FIELDS) {
    const row = rows.find((line) => line.includes(`\`${name}\``));
    expect(row, name).toContain(kind === 'state' ? 'generating' : ` ${unit}`);
  }
  for (const type of Object.keys(SENSOR_TYPES)) expect(page.includes(`\`${type}\``), type).toBe(true);
  expect(names.length).toBeGreaterThan(40);
});
