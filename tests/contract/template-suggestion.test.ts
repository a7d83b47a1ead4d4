import { expect, test } from 'vitest';
import { drivers } from '../../appliance/drivers.ts';
import { scoreTemplates } from '../../appliance/probe/score-templates.ts';
import { deviceOfTemplate } from '../../appliance/probe/template-device.ts';
import { templates } from '../../appliance/templates.ts';
import type { PointConfig } from '../../core/config/plant.ts';
import { present } from '../../core/model/assert.ts';
import { seededRandom } from '../../core/model/random.ts';
import { startFaultServer } from '../fault/modbus-server.ts';
import { driverHost } from './driver-host.ts';
import { bytesOf, type ImagePoint, RegisterImage } from './register-image.ts';
import { placesOf } from './register-places.ts';
import { TEMPLATE_FACTS } from './template-facts.ts';

const NEVER = new AbortController().signal;
/** Families with one and the same map, which nothing but the type plate can tell apart. */
const SAME_MAP = [
  ['schneider-iem3000@1', 'schneider-pm5000@1', 'schneider-pm8000@1'],
  ['janitza-umg96rm@1', 'janitza-b23@1'],
];
/**
 * Too little to tell by its values: scales and units that only a person knows, or two points. They are never proposed
 * for another device either.
 */
const NOT_TOLD = ['acrel-adw300@1', 'camille-bauer-aplus@1', 'schneider-ion7650@1', 'sel-735@1'];

/** A value that a running unit of 800 kW could show. */
function plausibleValue({ id, unit, kind }: PointConfig, index: number): number {
  const phase = Number(/_l(\d)$/.exec(id)?.[1] ?? 0);
  const kilowatts = phase === 0 ? 801 : 265 + phase;
  const values: Record<string, number> = {
    Hz: 50.02,
    V: /l\d_l\d/.test(id) ? 400 + index * 0.1 : 231 + phase * 0.3,
    kV: 6.31,
    A: 1150 + phase,
    W: kilowatts * 1000,
    kW: kilowatts,
    'm3/s': 1.1,
    m: 88,
    Cel: 12.4,
    pH: 7.21,
    '%': 71.5,
    NTU: 15.2,
    '1': id === 'model' ? 0 : 0.97,
    kWh: 123_456 + index,
    Wh: 12_345_678 + index,
  };
  return kind === 'state' ? 2 : (values[unit] ?? 100 + index);
}

interface Settings extends ImagePoint {
  readonly register: string;
  readonly min?: number;
  readonly guard?: { readonly address: number; readonly value: number };
}

test('each family is suggested for a device that answers as it does, and no other', async () => {
  const driver = present(drivers.get('modbus-tcp'), 'the driver');
  let checked = 0;
  for (const reference of templates.references) {
    const template = present(templates.find(reference), reference);
    const params = (TEMPLATE_FACTS[reference]?.params ?? {}) as Record<string, number | string>;
    const device = present(deviceOfTemplate({ template, params }, 'modbus-tcp', { host: '127.0.0.1' }), reference);
    const image = new RegisterImage();
    const known = new Set<string>();
    for (const [index, point] of device.points.entries()) {
      const settings = point.settings as Settings;
      const raw = settings.min ?? plausibleValue(point, index) / settings.scale;
      image.set(settings, settings.type.startsWith('float') ? raw : Math.round(raw));
      for (let cell = 0; cell < bytesOf(settings.type) / 2; cell += 1)
        known.add(`${settings.register} ${settings.address + cell}`);
      if (settings.guard !== undefined) {
        image.setWord(settings.guard.address, settings.guard.value);
        known.add(`${settings.register} ${settings.guard.address}`);
      }
    }
    if (template.template.startsWith('sunspec')) addSunspec(image, known);
    const isInput = device.points.some((point) => (point.settings as Settings).register === 'input');
    const server = await startFaultServer({
      random: seededRandom(1),
      script: () => ({ kind: 'none' }),
      cell: ({ functionCode }, address) =>
        (functionCode === 4) === isInput && known.has(`${isInput ? 'input' : 'holding'} ${address}`)
          ? image.word(address)
          : undefined,
    });
    const places = template.template.startsWith('sunspec') ? placesOf([image], 40_000, 140) : [];
    const report = {
      driver: 'modbus-tcp',
      connection: { host: '127.0.0.1', port: server.port, timeout: '1s' },
      identity: [],
      places,
      notes: [],
      counts: { requests: 0, timeouts: 0, strangers: 0, writes: 0 },
      sent: {},
    } as const;
    const { fits, sent } = await scoreTemplates({ driver, host: driverHost(4), report, signal: NEVER });
    const alike = SAME_MAP.find((family) => family.includes(reference)) ?? [reference];
    const told = fits
      .filter(({ share, unconfirmed }) => share >= 0.9 && unconfirmed.length === 0)
      .map((fit) => fit.reference);
    if (NOT_TOLD.includes(reference)) expect(told, reference).toEqual([]);
    else {
      expect(alike, `${reference}: ${JSON.stringify(fits.map((fit) => [fit.reference, fit.share]))}`).toContain(
        told[0],
      );
      for (const other of told) expect(alike, `${reference} is no ${other}`).toContain(other);
    }
    for (const code of Object.keys(sent)) expect(['3', '4']).toContain(code);
    checked += 1;
    await server.close();
  }
  expect(checked).toBe(templates.references.length);
});

/** The mark and the common model before the meter's own. */
function addSunspec(image: RegisterImage, known: Set<string>): void {
  const words: [number, number][] = [
    [40_000, 0x5375],
    [40_001, 0x6e53],
    [40_002, 1],
    [40_003, 66],
  ];
  for (const [address, word] of words) image.setWord(address, word);
  for (let address = 40_000; address < 40_140; address += 1) known.add(`holding ${address}`);
}

test('a Siemens PAC whose second tariff is in use is suggested with the reason why its counters are not believed', async () => {
  const driver = present(drivers.get('modbus-tcp'), 'the driver');
  const template = present(templates.find('siemens-pac@1'), 'the template');
  const { points } = present(deviceOfTemplate({ template, params: {} }, 'modbus-tcp', { host: '127.0.0.1' }), 'a PAC');
  const image = new RegisterImage();
  for (const [index, point] of points.entries()) image.set(point.settings as Settings, plausibleValue(point, index));
  const server = await startFaultServer({
    random: seededRandom(1),
    script: () => ({ kind: 'none' }),
    cell: (_, address) => image.word(address),
  });
  const connection = { host: '127.0.0.1', port: server.port, timeout: '1s' };
  const counts = { requests: 0, timeouts: 0, strangers: 0, writes: 0 } as const;
  const report = { driver: 'modbus-tcp', connection, identity: [], places: [], notes: [], counts, sent: {} };
  const only = [template];
  const { fits } = await scoreTemplates({ driver, host: driverHost(4), report, signal: NEVER, only });
  await server.close();
  expect(fits.map(({ reference }) => reference)).toEqual(['siemens-pac@1']);
  expect(fits[0]?.refused.map(({ point, code }) => `${point} ${code}`)).toEqual([
    'energy_import DRV_MODBUS_GUARD',
    'energy_export DRV_MODBUS_GUARD',
  ]);
  expect(fits[0]?.refused.every(({ why }) => why.includes('Tariff 2 of the meter is or was in use'))).toBe(true);
});
