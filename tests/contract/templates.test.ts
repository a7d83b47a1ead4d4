import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { drivers } from '../../appliance/drivers.ts';
import { templates } from '../../appliance/templates.ts';
import type { Outcome } from '../../core/acquisition/sample.ts';
import { type DeviceTemplate, referenceOf } from '../../core/config/device-template.ts';
import { parseConfig } from '../../core/config/parse-config.ts';
import type { DeviceConfig, PointConfig } from '../../core/config/plant.ts';
import { canonicalize } from '../../core/ledger/canonical.ts';
import { present } from '../../core/model/assert.ts';
import { add, decimalOf, multiply, toNumber, toText } from '../../core/model/decimal.ts';
import type { Json } from '../../core/model/json.ts';
import { acceptedUnits, QUANTITIES } from '../../core/model/quantity.ts';
import { seededRandom } from '../../core/model/random.ts';
import { startFaultServer } from '../fault/modbus-server.ts';
import { driverHost } from './driver-host.ts';
import { bytesOf, type ImagePoint, RegisterImage } from './register-image.ts';
import { TEMPLATE_FACTS } from './template-facts.ts';

const FOLDER = join(import.meta.dirname, '../../drivers/templates');
const DIGESTS = JSON.parse(readFileSync(join(import.meta.dirname, '../golden/templates.json'), 'utf8')) as Record<
  string,
  { sha256: string; points: number }
>;
const NEVER = new AbortController().signal;

/** What was really looked at, to be compared with what there is. */
const counted = { moduli: 0, unknownModuli: 0, templates: 0, facts: 0, values: 0, sentinels: 0, largest: 0, guards: 0 };

interface Settings extends ImagePoint {
  readonly register: string;
  readonly notAvailable: readonly (number | string)[];
  readonly map?: Readonly<Record<string, string>>;
  readonly min?: number;
  readonly max?: number;
  readonly guard?: { readonly address: number; readonly value: number };
}

const settingsOf = (point: PointConfig): Settings => point.settings as Settings;

/** A plant whose device is one of the template, read as an operator would have it. */
function deviceOf(reference: string, port: number): DeviceConfig {
  const params = TEMPLATE_FACTS[reference]?.params ?? {};
  const text = `version: 1
plant: { id: HP-1, name: P, timezone: UTC, ratedPowerKw: 2000 }
interval: 5m
units: [{ id: unit1, turbine: francis, ratedPowerKw: 2000, ratedFlowM3s: 2.5, ratedHeadM: 95, signals: {} }]
devices:
  - id: m
    driver: modbus-tcp
    template: ${reference}
    params: ${JSON.stringify(params)}
    connection: { host: 127.0.0.1, port: ${port} }
    period: 1s
`;
  const result = parseConfig(text, { drivers, templates, file: 'plant.yaml' });
  if (result.kind === 'invalid') throw new Error(JSON.stringify(result.issues));
  return present(result.config.devices[0], 'a device');
}

/** A number that no other point of the template has, and that its type holds. */
function distinctRaw({ type, map, min }: Settings, index: number): number {
  if (map !== undefined) return Number(Object.keys(map)[index % Object.keys(map).length]);
  if (min !== undefined) return min;
  if (type.startsWith('float')) return 100.5 + index * 1.25;
  const base = { int16: -2000, uint16: 2000, int32: -70_000, uint32: 70_000 }[type] ?? 5_000_000_000;
  return base + Math.sign(base) * index * 3;
}

describe.each(templates.references.map((reference) => [reference]))('template %s', (reference) => {
  const template = present(templates.find(reference), reference);

  test('is named like its file, with version, sources, products and units that are understood', () => {
    expect(referenceOf(template)).toBe(reference);
    expect(template.sources.join('')).toMatch(/[a-z]{4}/);
    for (const driver of template.drivers) expect(driver).toMatch(/^modbus-/);
    const ids = template.points.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const point of template.points) {
      if (point.signal === undefined || typeof point.unit !== 'string') continue;
      const { unit, kind } = QUANTITIES[point.signal];
      expect(acceptedUnits(unit), `${point.id} serves ${point.signal}`).toContain(point.unit);
      expect(point.kind ?? 'gauge', point.id).toBe(kind);
      // What counts in float32 watt-hours loses energy at the first megawatt-hours.
      if (kind === 'counter' && point.type === 'float32') expect(point).toMatchObject({ unit: 'kWh', max: 2 ** 24 });
    }
  });

  test('means what was published under this version', () => {
    const digest = { sha256: digestOf(template), points: template.points.length };
    expect(digest, 'another meaning is another version').toEqual(DIGESTS[reference]);
  });

  test('says of every counter where it starts again, or that its list does not', () => {
    const resolved = new Map(deviceOf(reference, 1).points.map((point) => [point.id, point]));
    for (const { id, kind, type, modulus, modulusUnknown } of template.points) {
      const bits = /^uint(\d+)$/.exec(String(type))?.[1];
      if (kind !== 'counter') {
        expect({ id, modulus, modulusUnknown }).toEqual({ id, modulus: undefined, modulusUnknown: undefined });
      } else if (bits === undefined) {
        expect({ id, modulus, modulusUnknown }).toEqual({ id, modulus: undefined, modulusUnknown: true });
        expect(resolved.get(id)?.modulus, id).toBeUndefined();
        counted.unknownModuli += 1;
      } else {
        expect({ id, modulusUnknown }).toEqual({ id, modulusUnknown: undefined });
        expect(BigInt(String(modulus)), id).toBe(2n ** BigInt(bits));
        expect(resolved.get(id)?.modulus, id).toBe(2n ** BigInt(bits));
        counted.moduli += 1;
      }
    }
  });

  test('says of its main points what the sources say', () => {
    const { facts } = present(TEMPLATE_FACTS[reference], `facts of ${reference}`);
    const points = new Map(deviceOf(reference, 1).points.map((point) => [point.id, point]));
    for (const fact of facts) {
      const [id = ''] = fact.split(' | ');
      const { unit, ...point } = present(points.get(id), `${reference} has ${id}`);
      const { register, address, type, order, scale } = settingsOf({ unit, ...point });
      expect(`${id} | ${register} ${address} ${type} ${order} ${scale} ${unit}`).toBe(fact);
      counted.facts += 1;
    }
  });

  test('decodes distinct values, sentinels and largest values that the device sends, within its request limit', async () => {
    const image = new RegisterImage();
    const { device, read, requests, close } = await serve(reference, image);
    const { points } = device;
    const { maxRegisters } = device.connection as { maxRegisters: number };

    for (const [index, point] of points.entries()) image.set(settingsOf(point), distinctRaw(settingsOf(point), index));
    holdGuards(image, points);
    const outcomes = await read();
    for (const [index, point] of points.entries()) {
      expectValue(outcomes[index], point, image);
      counted.values += 1;
    }
    const values = outcomes.flatMap((outcome) =>
      outcome.kind === 'sample' && outcome.value !== 0 ? outcome.value : [],
    );
    expect(new Set(values).size, 'each point has a value of its own').toBe(values.length);
    expect(Math.max(...requests())).toBeLessThanOrEqual(maxRegisters);

    for (const point of points) await expectSentinels(point, image, () => read([point]));
    for (const point of points) await expectLargest(point, image, () => read([point]));
    for (const point of points) await expectGuard(point, image, () => read([point]));
    counted.templates += 1;
    await close();
  });
});

/** What a template means: what is read and how. Words for people and what it leaves open are no part of that. */
function digestOf({ drivers: names, connection, parameters, points }: DeviceTemplate): string {
  const WORDS = ['about', 'comment', 'modulusUnknown', 'otherwise'];
  const withoutWords = (key: string, value: unknown) =>
    WORDS.includes(key) ? undefined : typeof value === 'bigint' ? String(value) : value;
  const meaning = JSON.parse(JSON.stringify({ drivers: names, connection, parameters, points }, withoutWords)) as Json;
  return createHash('sha256').update(canonicalize(meaning)).digest('hex');
}

async function serve(reference: string, image: RegisterImage) {
  const server = await startFaultServer({
    random: seededRandom(1),
    script: () => ({ kind: 'none' }),
    cell: (_, address) => image.word(address),
  });
  const device = deviceOf(reference, server.port);
  const driver = present(drivers.get(device.driver), 'the driver');
  const connected = await driver.connect(device, driverHost(3), NEVER);
  if (connected.kind === 'fault') throw new Error(connected.fault.message);
  return {
    device,
    read: (points = device.points) => connected.connection.read(points, NEVER),
    requests: () => server.asked.map(({ count }) => count),
    close: async () => {
      expect([...server.functionCodes.keys()].every((code) => code === 3 || code === 4)).toBe(true);
      expect(connected.connection.counts().writes).toBe(0);
      await connected.connection.close();
      await server.close();
    },
  };
}

function holdGuards(image: RegisterImage, points: readonly PointConfig[]): void {
  for (const { guard } of points.map(settingsOf)) if (guard !== undefined) image.setWord(guard.address, guard.value);
}

function expectValue(outcome: Outcome | undefined, point: PointConfig, image: RegisterImage): void {
  if (outcome?.kind !== 'sample') throw new Error(`${point.ref}: ${JSON.stringify(outcome)}`);
  const { map, type, scale, ...place } = settingsOf(point);
  const raw = image.raw({ type, scale, ...place });
  expect(outcome.recipe.template).toBe(point.template);
  if (map !== undefined) {
    expect(outcome.value).toBe(map[String(raw)]);
    return;
  }
  const exact = typeof raw === 'bigint' ? { digits: raw, places: 0 } : decimalOf(raw);
  const register = add(multiply(exact, decimalOf(scale)), decimalOf(0));
  expect(outcome.value, point.ref).toBe(toNumber(register));
  if (point.kind === 'counter') expect(toText(present(outcome.register, 'an exact register'))).toBe(toText(register));
}

async function expectSentinels(point: PointConfig, image: RegisterImage, read: () => Promise<readonly Outcome[]>) {
  const { notAvailable, type, ...place } = settingsOf(point);
  const isFloat = type.startsWith('float');
  const marks = isFloat ? [type === 'float32' ? '0x7FC00000' : '0x7FF8000000000000'] : notAvailable;
  for (const mark of marks) {
    image.setBits({ ...place, type }, BigInt.asUintN(bytesOf(type) * 8, BigInt(mark)));
    if (place.guard !== undefined) image.setWord(place.guard.address, place.guard.value);
    const [outcome] = await read();
    const expected = isFloat ? 'DRV_MODBUS_NOT_FINITE' : 'DRV_MODBUS_NOT_AVAILABLE';
    expect(outcome?.kind === 'miss' ? outcome.fault.code : outcome, point.ref).toBe(expected);
    counted.sentinels += 1;
  }
}

async function expectLargest(point: PointConfig, image: RegisterImage, read: () => Promise<readonly Outcome[]>) {
  const settings = settingsOf(point);
  const { type, max, map, notAvailable, guard } = settings;
  const bits = BigInt(bytesOf(type) * 8);
  const top = type.startsWith('uint') ? (1n << bits) - 1n : (1n << (bits - 1n)) - 1n;
  const isMark = notAvailable.some((mark) => BigInt(mark) === top);
  const largest =
    type === 'float32' ? 3.4028234663852886e38 : type === 'float64' ? Number.MAX_VALUE : isMark ? top - 1n : top;
  image.set(settings, largest);
  if (guard !== undefined) image.setWord(guard.address, guard.value);
  const [outcome] = await read();
  const refusal =
    map !== undefined ? 'DRV_MODBUS_UNKNOWN_STATE' : max !== undefined ? 'DRV_MODBUS_OUT_OF_RANGE' : undefined;
  if (refusal === undefined) expectValue(outcome, point, image);
  else expect(outcome?.kind === 'miss' ? outcome.fault.code : outcome, point.ref).toBe(refusal);
  counted.largest += 1;
}

async function expectGuard(point: PointConfig, image: RegisterImage, read: () => Promise<readonly Outcome[]>) {
  const { guard } = settingsOf(point);
  if (guard === undefined) return;
  image.setWord(guard.address, guard.value + 1);
  const [outcome] = await read();
  expect(outcome?.kind === 'miss' ? outcome.fault.code : outcome, point.ref).toBe('DRV_MODBUS_GUARD');
  counted.guards += 1;
}

describe('the catalogue', () => {
  test('holds every file of its folder, and facts and digests of nothing else', () => {
    const files = readdirSync(FOLDER).filter((file) => file !== 'README.md');
    expect(files.map((file) => file.replace(/\.yaml$/, '')).sort()).toEqual([...templates.references]);
    expect(Object.keys(TEMPLATE_FACTS).sort()).toEqual([...templates.references]);
    expect(Object.keys(DIGESTS).sort()).toEqual([...templates.references]);
  });

  afterAll(() => {
    const points = templates.references.flatMap((reference) => templates.find(reference)?.points ?? []);
    const facts = Object.values(TEMPLATE_FACTS).reduce((sum, each) => sum + each.facts.length, 0);
    const counters = points.filter(({ kind }) => kind === 'counter').length;
    expect(counted.moduli + counted.unknownModuli).toBe(counters);
    expect(Math.min(counted.moduli, counted.unknownModuli)).toBeGreaterThan(0);
    const guards = points.filter(({ guard }) => guard !== undefined).length;
    process.stdout.write(`templates: ${JSON.stringify(counted)}\n`);
    expect(counted).toMatchObject({
      templates: templates.references.length,
      facts,
      values: points.length,
      largest: points.length,
      guards,
    });
    const marked = points.filter(
      ({ type, notAvailable }) => String(type).startsWith('float') || notAvailable !== undefined,
    );
    expect(counted.sentinels).toBe(marked.length);
  });
});
