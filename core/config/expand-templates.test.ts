import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ConfigIssue } from './config-issue.ts';
import { parseTemplate, type TemplateCatalogue } from './device-template.ts';
import { parseConfig } from './parse-config.ts';
import type { DriverDescription } from './parse-devices.ts';

const METER = `
template: meter
version: 2
title: A meter
drivers: [modbus-tcp]
confidence: medium
products: [M1]
sources: [a test]
caveats: []
notation: { about: register number, add: 1, style: decimal }
parameters:
  ratio: { kind: number, about: current transformer ratio, min: 1, max: 5000 }
  order: { kind: choice, about: word order, values: [ABCD, CDAB], default: ABCD }
  base: { kind: number, about: first register, whole: true, min: 0, max: 100, default: 7 }
connection: { timeout: 3s, limit: 11 }
points:
  - { id: power, signal: power, about: total, address: { sum: [40, base] }, order: { parameter: order }, scale: { product: [0.1, ratio] }, unit: kW }
  - { id: energy, signal: energyExport, address: 60, unit: kWh, kind: counter, modulus: 100000000 }
  - { id: flow, address: 70, unit: m3/s }
  - { id: head, address: 72, unit: m }
`;

const meter = parseTemplate(METER, 'meter@2.yaml');
const templates: TemplateCatalogue = {
  references: ['meter@2', 'generic-hydro-plc@1'],
  find: (reference) => (reference === 'meter@2' ? meter : undefined),
};
const driver = (): DriverDescription => ({
  origin: 'plant',
  schemas: {
    connection: z.strictObject({ host: z.string('a host name'), timeout: z.string(), limit: z.int().max(20) }),
    point: z.strictObject({
      address: z.int('an address').max(100, 'an address of at most 100'),
      order: z.string().optional(),
      scale: z.number().default(1),
    }),
  },
});
const drivers = new Map([
  ['modbus-tcp', driver()],
  ['s7', driver()],
]);

function plant(device: string): string {
  return `version: 1
plant: { id: HP-1, name: P, timezone: UTC, ratedPowerKw: 2000 }
interval: 5m
units:
  - id: unit1
    turbine: francis
    ratedPowerKw: 2000
    ratedFlowM3s: 2.5
    ratedHeadM: 95
    signals: { flow: m/flow, head: m/head, power: m/power, energyExport: m/energy }
devices:
${device}`;
}

function parse(device: string) {
  return parseConfig(plant(device), { drivers, templates, file: 'plant.yaml' });
}

function issuesOf(device: string): readonly ConfigIssue[] {
  const result = parse(device);
  return result.kind === 'invalid' ? result.issues : [];
}

const HEAD = '  - id: m\n    driver: modbus-tcp\n    period: 1s\n';

describe('template in plant.yaml', () => {
  it('gives points and connection, with parameters worked out in decimals', () => {
    const result = parse(`${HEAD}    template: meter@2\n    params: { ratio: 3 }\n    connection: { host: h }\n`);
    expect(result.kind === 'invalid' ? result.issues : []).toEqual([]);
    if (result.kind === 'invalid') return;
    const [device] = result.config.devices;
    expect(device?.connection).toEqual({ host: 'h', timeout: '3s', limit: 11 });
    expect(device?.points.map(({ id, template }) => `${id} ${template}`)).toEqual([
      'power meter@2',
      'energy meter@2',
      'flow meter@2',
      'head meter@2',
    ]);
    // In binary floating point 0.1 * 3 is 0.30000000000000004.
    expect(device?.points[0]?.settings).toEqual({ address: 47, order: 'ABCD', scale: 0.3 });
    expect(device?.points[1]).toMatchObject({ ref: 'm/energy', kind: 'counter', modulus: 100_000_000n });
  });

  it('lets plant.yaml win: connection by key, points by id and key, further points, points left out', () => {
    const result = parse(`${HEAD}    template: meter@2
    params: { ratio: 40, order: CDAB, base: 0 }
    without: [head]
    connection: { host: h, timeout: 9s }
    points:
      - { id: extra, address: 5, unit: V }
      - { id: power, scale: 0.001 }
      - { id: head, address: 6, unit: m }
`);
    expect(result.kind === 'invalid' ? result.issues : []).toEqual([]);
    if (result.kind === 'invalid') return;
    const [device] = result.config.devices;
    expect(device?.connection).toEqual({ host: 'h', timeout: '9s', limit: 11 });
    expect(device?.points.map(({ id, template }) => `${id} ${template}`)).toEqual([
      'power undefined',
      'energy meter@2',
      'flow meter@2',
      'extra undefined',
      'head undefined',
    ]);
    expect(device?.points[0]?.settings).toEqual({ address: 40, order: 'CDAB', scale: 0.001 });
    expect(device?.points[4]?.settings).toEqual({ address: 6, scale: 1 });
  });

  it.each([
    [
      'meter@2',
      'points:\n      - { id: extra, address: 500, unit: V }',
      19,
      'points[0].address',
      /at most 100, found 500/,
    ],
    [
      'meter@2',
      'points:\n      - { id: energy, kind: gauge }',
      19,
      'points[0]',
      /point energy of meter@2: a gauge has no modulus/,
    ],
    ['meter@2', 'points: 5', 18, 'points', /a list of points/],
  ])('shows a mistake where it was made: %s %s', (reference, rest, line, path, message) => {
    const head = `${HEAD}    params: { ratio: 40 }\n    connection: { host: h }\n    template: ${reference}\n    ${rest}\n`;
    const [issue] = issuesOf(head);
    expect(issue).toMatchObject({ line, path: `devices[0].${path}` });
    expect(issue?.message).toMatch(message);
  });

  it('warns of a counter of a unit whose template does not say where it starts again, until plant.yaml does', () => {
    const open = parseTemplate(METER.replace('modulus: 100000000', 'modulusUnknown: true'), 'meter@2.yaml');
    const find = (reference: string) => (reference === 'meter@2' ? open : undefined);
    const warningsOf = (text: string) => {
      const result = parseConfig(text, { drivers, templates: { ...templates, find }, file: 'plant.yaml' });
      return result.kind === 'valid' ? result.warnings : undefined;
    };
    const device = `${HEAD}    template: meter@2\n    params: { ratio: 3 }\n    connection: { host: h }\n`;
    expect(warningsOf(plant(device))).toEqual([
      expect.objectContaining({
        code: 'CFG_MODULUS_UNKNOWN',
        line: 15,
        path: 'devices[0].template',
        message: expect.stringMatching(/^point energy of meter@2: nobody has said where m\/energy starts again at 0/),
        hint: expect.stringContaining('{ id: energy, modulus: COUNT }'),
      }),
    ]);
    const changed = '    points:\n      - { id: energy, scale: 0.1 }\n';
    expect(warningsOf(plant(device + changed))).toMatchObject([{ code: 'CFG_MODULUS_UNKNOWN' }]);
    const stated = '    points:\n      - { id: energy, modulus: 1000000000 }\n';
    expect(warningsOf(plant(device + stated))).toEqual([]);
    const unused = plant(device).replace('energyExport: m/energy', '');
    expect(warningsOf(unused)).toMatchObject([{ code: 'CFG_ENERGY_ESTIMATED' }]);
  });

  it('names what is wrong in the template of a device by its line there', () => {
    const [issue, ...others] = issuesOf(
      `${HEAD}    connection: { host: h }\n    template: meter@2\n    params: { ratio: 1, base: 90 }\n`,
    );
    expect(others).toEqual([]);
    expect(issue).toMatchObject({ code: 'CFG_VALUE', line: 16, path: 'devices[0].template' });
    expect(issue?.message).toBe('point power of meter@2: expected an address of at most 100, found 130');
  });

  it.each([
    ['template: meter', 'CFG_UNKNOWN_TEMPLATE', 'there is meter@2'],
    ['template: meter@3', 'CFG_UNKNOWN_TEMPLATE', 'there is meter@2'],
    ['template: metter@2', 'CFG_UNKNOWN_TEMPLATE', 'did you mean "meter@2"?'],
    ['template: 7', 'CFG_UNKNOWN_TEMPLATE', 'valid: meter@2, generic-hydro-plc@1'],
    ['template: meter@2', 'CFG_TEMPLATE_PARAMETER', 'current transformer ratio'],
    ['template: meter@2\n    params: 4', 'CFG_TEMPLATE_PARAMETER', undefined],
    ['template: meter@2\n    params: { ratio: "4" }', 'CFG_TEMPLATE_PARAMETER', 'current transformer ratio'],
    ['template: meter@2\n    params: { ratio: 0.5 }', 'CFG_TEMPLATE_PARAMETER', 'current transformer ratio'],
    ['template: meter@2\n    params: { ratio: 4, base: 1.5 }', 'CFG_TEMPLATE_PARAMETER', 'first register'],
    ['template: meter@2\n    params: { ratio: 4, order: ABBA }', 'CFG_TEMPLATE_PARAMETER', 'word order'],
    ['template: meter@2\n    params: { ratio: 4, ordre: CDAB }', 'CFG_TEMPLATE_PARAMETER', 'did you mean "order"?'],
    [
      'template: meter@2\n    params: { ratio: 4 }\n    without: [haed]',
      'CFG_TEMPLATE_PARAMETER',
      'did you mean "head"?',
    ],
    ['template: meter@2\n    params: { ratio: 4 }\n    without: head', 'CFG_TEMPLATE_PARAMETER', undefined],
  ])('refuses %s', (text, code, hint) => {
    const issues = issuesOf(`${HEAD}    connection: { host: h }\n    ${text}\n`).filter((issue) => issue.code === code);
    expect(issues).toHaveLength(1);
    expect(issues[0]?.hint).toBe(hint);
    expect(issues[0]?.line).toBeGreaterThanOrEqual(16);
  });

  it('says nothing of missing points where the template is the mistake', () => {
    expect(issuesOf(`${HEAD}    connection: { host: h }\n    template: none@1\n`).map(({ code }) => code)).toEqual([
      'CFG_UNKNOWN_TEMPLATE',
    ]);
  });

  it('refuses a template of another driver, and params without a template', () => {
    const other = issuesOf(`${HEAD.replace('modbus-tcp', 's7')}    template: meter@2\n    params: { ratio: 4 }\n`);
    expect(other.map(({ code, hint }) => `${code} ${hint}`)).toContain('CFG_TEMPLATE_DRIVER one of modbus-tcp');
    const stray = issuesOf(`${HEAD}    params: { ratio: 4 }\n    points: [{ id: a, address: 1, unit: m }]\n`);
    expect(stray.map(({ code, path }) => `${code} ${path}`)).toContain('CFG_TEMPLATE_PARAMETER devices[0].params');
  });

  it('knows no template that nobody brought', () => {
    const result = parseConfig(plant(`${HEAD}    template: meter@2\n`), { drivers, file: 'plant.yaml' });
    expect(result.kind === 'invalid' ? result.issues.map(({ code }) => code) : []).toContain('CFG_UNKNOWN_TEMPLATE');
  });
});

describe('a template', () => {
  it.each([
    ['an unknown key', 'confidence: medium', 'confidence: medium\ncolour: red'],
    ['an id that is no id', 'id: flow', 'id: Flow'],
    ['no source', 'sources: [a test]', 'sources: []'],
    ['a key twice', 'version: 2', 'version: 2\nversion: 3'],
  ])('is refused with %s', (_, from, to) => {
    expect(() => parseTemplate(METER.replace(from, to), 'meter@2.yaml')).toThrow(/^meter@2\.yaml: /);
  });
});
