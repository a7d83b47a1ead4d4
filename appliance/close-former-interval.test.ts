import { expect, it } from 'vitest';
import type { DeviceConfig, PlantConfig } from '../core/config/plant.ts';
import { present } from '../core/model/assert.ts';
import { scriptedPlant } from '../tests/fixtures/scripted-driver.ts';
import { comparableCounters, isSameGathering } from './close-former-interval.ts';

const CONNECTION = { host: '10.0.0.5', port: 502, unitId: 3, timeout: 2000 };
const SETTINGS = { address: 1200, type: 'uint32', order: 'ABCD', scale: 0.1, comment: 'main meter', max: 9e6 };
const REF = 'plc1/energy_export';

interface Change {
  readonly driver?: string;
  readonly connection?: object;
  readonly settings?: object;
}

function plantWith({ driver = 'modbus-tcp', connection = {}, settings = {} }: Change = {}): PlantConfig {
  const plain = scriptedPlant();
  const devices = plain.devices.map(
    (device): DeviceConfig => ({
      ...device,
      driver,
      connection: { ...CONNECTION, ...connection },
      points: device.points.map((point) => ({ ...point, settings: { ...SETTINGS, ...settings } })),
    }),
  );
  return { ...plain, devices };
}

const saved = new Map([[REF, 'its state']]);

it.each<[string, Change]>([
  ['driver', { driver: 'modbus-rtu-over-tcp' }],
  ['host', { connection: { host: '10.0.0.6' } }],
  ['port', { connection: { port: 503 } }],
  ['unit id', { connection: { unitId: 4 } }],
  ['url', { connection: { url: 'mqtts://10.0.0.6' } }],
  ['edge node', { connection: { node: 'powerhouse-2' } }],
  ['address', { settings: { address: 1300 } }],
  ['type', { settings: { type: 'float32' } }],
  ['word order', { settings: { order: 'CDAB' } }],
  ['node id', { settings: { node: 'ns=2;s=Meter2' } }],
  ['topic', { settings: { topic: 'plant/meter2' } }],
  ['scale', { settings: { scale: 1 } }],
])('begins a counter anew when the %s of its register is another one', (_what, change) => {
  const changed = plantWith(change);
  expect(comparableCounters(saved, plantWith(), changed).has(REF)).toBe(false);
  expect(isSameGathering(plantWith(), changed)).toBe(false);
});

it.each<[string, Change]>([
  ['nothing', {}],
  ['a timeout', { connection: { timeout: 5000 } }],
  ['a comment', { settings: { comment: 'meter M1' } }],
  ['a limit', { settings: { max: 8e6 } }],
])('goes on counting when %s was changed', (_what, change) => {
  expect(comparableCounters(saved, plantWith(), plantWith(change)).get(REF)).toBe('its state');
  expect(present(plantWith(change).devices[0], 'the device').points.map(({ ref }) => ref)).toContain(REF);
});
