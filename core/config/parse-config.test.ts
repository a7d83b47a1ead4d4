import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type ConfigIssue, formatConfigIssue } from './config-issue.ts';
import { parseConfig } from './parse-config.ts';
import type { DriverDescription } from './parse-devices.ts';

const registers: DriverDescription = {
  origin: 'plant',
  schemas: {
    connection: z.strictObject({
      host: z.string('a host name'),
      port: z.int('a TCP port').max(65_535),
      unitId: z.int(),
      timeout: z.string(),
    }),
    point: z.strictObject({
      register: z.enum(['holding', 'input']),
      address: z.int('a register address'),
      type: z.enum(['int16', 'uint16', 'uint32', 'float32']),
      order: z.string().default('ABCD'),
      scale: z.number().default(1),
      map: z.record(z.string(), z.string()).optional(),
    }),
    defaultModulus: () => 65_536n,
  },
  check: (device) =>
    device.points.flatMap(({ id }, index) =>
      id === 'overlaps' ? [{ path: ['points', index, 'address'], message: 'shares registers', hint: 'look' }] : [],
    ),
  warn: ({ connection }) =>
    (connection as { unitId: number }).unitId === 0
      ? [{ path: ['connection', 'unitId'], message: 'all units hear it' }]
      : [],
};
const invented: DriverDescription = {
  origin: 'demo',
  schemas: { connection: z.strictObject({}), point: z.strictObject({}) },
};
const drivers = new Map([
  ['modbus-tcp', registers],
  ['simulator', invented],
]);
const whole = readFileSync(new URL('../../tests/fixtures/plant.yaml', import.meta.url), 'utf8');

function issuesOf(text: string): readonly ConfigIssue[] {
  const result = parseConfig(text, { drivers, file: 'plant.yaml' });
  return result.kind === 'invalid' ? result.issues : [];
}

/** The fixture with one passage replaced, and the line on which that passage begins. */
function change(from: string, to: string): { text: string; line: number } {
  const at = whole.indexOf(from);
  expect(at, `the fixture holds ${from}`).toBeGreaterThan(-1);
  return { text: whole.replace(from, to), line: whole.slice(0, at).split('\n').length };
}

describe('parseConfig', () => {
  it('reads every key of the example', () => {
    const result = parseConfig(whole, { drivers, file: 'plant.yaml' });
    expect(result.kind === 'invalid' ? result.issues : []).toEqual([]);
    if (result.kind === 'invalid') return;
    const { config } = result;
    expect(config.plant).toMatchObject({ id: 'HP-001', latitude: 30.28, ratedPowerKw: 6000 });
    expect(config.intervalMs).toBe(300_000);
    expect(config.units[0]).toMatchObject({ name: 'Unit 1', ratedHeadM: 95, signals: { flow: 'plc1/flow' } });
    const [device] = config.devices;
    expect(device).toMatchObject({ id: 'plc1', periodMs: 1000, connection: { port: 1502 } });
    expect(device?.points.map(({ kind }) => kind).join(' ')).toBe(
      'gauge gauge gauge counter counter gauge state gauge gauge gauge',
    );
    expect(device?.points[3]).toMatchObject({ ref: 'plc1/energy_export', unit: 'kWh', modulus: 4_294_967_296n });
    expect(device?.points[3]?.settings).toEqual({
      register: 'holding',
      address: 3006,
      type: 'uint32',
      order: 'ABCD',
      scale: 1,
    });
    expect(config.sync).toMatchObject({ hedera: { operatorId: '0.0.1001' }, file: { folder: '/media/usb/forebay' } });
  });

  it('gives a counter the modulus of its driver, and keeps one beyond 2^53 exact', () => {
    const byDriver = parseConfig(whole.replace('          modulus: 4294967296,\n', ''), {
      drivers,
      file: '',
    });
    expect(byDriver.kind === 'valid' && byDriver.config.devices[0]?.points[3]?.modulus).toBe(65_536n);
    const exact = parseConfig(whole.replace('4294967296', '18446744073709551616'), { drivers, file: '' });
    expect(exact.kind === 'valid' && exact.config.devices[0]?.points[3]?.modulus).toBe(2n ** 64n);
  });

  const mistakes: readonly [what: string, from: string, to: string, code: string, says: RegExp][] = [
    ['a misspelt key of the plant', 'timezone: Asia', 'timezon: Asia', 'CFG_UNKNOWN_KEY', /did you mean "timezone"/],
    ['a misspelt signal', 'waterTemperature: plc1', 'waterTemp: plc1', 'CFG_UNKNOWN_KEY', /waterTemp/],
    ['a key with an underscore', 'ratedHeadM: 95', 'rated_head_m: 95', 'CFG_UNKNOWN_KEY', /did you mean "ratedHeadM"/],
    ['a misspelt key at the top', 'devices:\n', 'device:\n', 'CFG_UNKNOWN_KEY', /did you mean "devices"/],
    ['a misspelt setting of a point', 'scale: 0.01, unit: "%"', 'scal: 1, unit: "%"', 'CFG_UNKNOWN_KEY', /"scale"/],
    ['a misspelt common key of a point', 'unit: m3/s', 'unti: m3/s', 'CFG_UNKNOWN_KEY', /did you mean "unit"/],
    ['a text for a number', 'ratedPowerKw: 2000', 'ratedPowerKw: 2 MW', 'CFG_VALUE', /kW above 0, found "2 MW"/],
    ['a negative rating', 'ratedFlowM3s: 2.5', 'ratedFlowM3s: -2.5', 'CFG_VALUE', /m3\/s above 0, found -2.5/],
    ['not a number', 'ratedFlowM3s: 2.5', 'ratedFlowM3s: .nan', 'CFG_VALUE', /found NaN/],
    ['a turbine that is none', 'turbine: francis', 'turbine: fransis', 'CFG_VALUE', /did you mean "francis"/],
    ['an interval that is none', 'interval: 5m', 'interval: 7m', 'CFG_VALUE', /one of 1m, 5m, 10m.*did you mean "5m"/],
    ['a version in quotes', 'version: 1', 'version: "1"', 'CFG_VALUE', /write 1 without quotes/],
    ['a number in quotes', 'ratedHeadM: 95', 'ratedHeadM: "95"', 'CFG_VALUE', /write 95 without quotes/],
    ['a misspelt present zone', 'Asia/Kolkata', 'Asia/Kolkatta', 'CFG_TIMEZONE', /did you mean "Asia\/Kolkata"/],
    ['a tab', '    ratedHeadM: 95', '\tratedHeadM: 95', 'CFG_SYNTAX', /use spaces, not tabs/],
    ['a wrong port', 'port: 1502', 'port: modbus', 'CFG_VALUE', /a TCP port, found "modbus"/],
    ['a wrong type of register', 'type: int16, scale: 0.01', 'type: int15', 'CFG_VALUE', /did you mean "int16"/],
    ['a period without unit', 'period: 1s', 'period: 1', 'CFG_VALUE', /a duration such as 1s/],
    ['a period that does not fit', 'period: 1s', 'period: 7s', 'CFG_PERIOD', /no multiple/],
    ['an id with a blank', 'id: unit1', 'id: unit 1', 'CFG_VALUE', /1 to 64 letters/],
    ['a zone that is none', 'Asia/Kolkata', 'Asia/Katmandoo', 'CFG_TIMEZONE', /did you mean "Asia\/Kat?h?mandu"/],
    ['a signal to no point', 'flow: plc1/flow ', 'flow: plc1/flwo ', 'CFG_UNKNOWN_POINT', /did you mean "plc1\/flow"/],
    ['a signal to no device', 'flow: plc1/flow ', 'flow: plc2/flow ', 'CFG_UNKNOWN_POINT', /did you mean "plc1\/flow"/],
    ['a signal of another form', 'flow: plc1/flow ', 'flow: flow ', 'CFG_VALUE', /device\/point/],
    ['a signal in another unit', 'flow: plc1/flow ', 'flow: plc1/head ', 'CFG_UNIT', /valid: m3\/s, l\/s, m3\/h/],
    [
      'energy from a gauge',
      'energyExport: plc1/energy_export',
      'energyExport: plc1/power',
      'CFG_KIND',
      /kind: counter/,
    ],
    ['a counter that counts twice', 'plc1/energy_import\n', 'plc1/energy_export\n', 'CFG_SHARED_COUNTER', /twice/],
    ['an unknown state', '{ 0: stopped', '{ 0: stoped', 'CFG_STATE', /did you mean "stopped"/],
    ['an unknown driver', 'driver: modbus-tcp', 'driver: modbustpc', 'CFG_UNKNOWN_DRIVER', /did you mean "modbus-tcp"/],
    ['what the driver finds', '{ id: ph,', '{ id: overlaps,', 'CFG_DEVICE', /look/],
    ['too much power for the water', 'ratedPowerKw: 2000', 'ratedPowerKw: 2400', 'CFG_RATINGS', /gives 2328 kW/],
    ['too little power for the water', 'ratedPowerKw: 2000', 'ratedPowerKw: 700', 'CFG_RATINGS', /3 times/],
    [
      'a test that gives more than the water',
      'ratedHeadM: 95',
      'indexTest: [[1.2, 96, 950], [1.8, 95.5, 1800], [2.4, 95, 1950]]\n    ratedHeadM: 95',
      'CFG_RATINGS',
      /1800 kW from 1.8 m3\/s at 95.5 m would be an efficiency of 106.\d %/,
    ],
    [
      'a test whose flows fall',
      'ratedHeadM: 95',
      'indexTest: [[1.2, 96, 950], [2.4, 95, 1950], [1.8, 95.5, 1480]]\n    ratedHeadM: 95',
      'CFG_VALUE',
      /flows of the test in rising order/,
    ],
    [
      'a test of two points',
      'ratedHeadM: 95',
      'indexTest: [[1.2, 96, 950], [2.4, 95, 1950]]\n    ratedHeadM: 95',
      'CFG_VALUE',
      /at least 3 points/,
    ],
    ['units above the plant', 'ratedPowerKw: 6000', 'ratedPowerKw: 1999', 'CFG_RATINGS', /2000 kW of its units/],
    ['a resolution without a counter', 'unit: pH', 'unit: pH, resolution: 0.25', 'CFG_KIND', /has no resolution/],
    ['a resolution that is none', 'kind: counter', 'kind: counter, resolution: 0', 'CFG_VALUE', /register moves/],
    ['a modulus without a counter', 'unit: pH', 'unit: pH, modulus: 100', 'CFG_KIND', /has no modulus/],
    [
      'a network and nodes',
      'network: testnet',
      'network: testnet\n    nodes: { "h:1": 0.0.3 }',
      'CFG_VALUE',
      /not both/,
    ],
    ['a misspelt key of a target', 'operatorKeyFile: hedera.key', 'keyFile: a', 'CFG_UNKNOWN_KEY', /keyFile/],
    ['the same key twice', 'period: 1s', 'period: 1s\n    period: 1s', 'CFG_DUPLICATE_KEY', /keep one/],
    ['a list that does not end', '{ 0: stopped', '[ 0: stopped', 'CFG_SYNTAX', /indentation/],
    ['a password', 'unitId: 1', 'unitId: 1, password: hunter2', 'CFG_SECRET', /file/],
    [
      'a template',
      'period: 1s',
      'template: generic-hydro-plc@1\n    period: 1s',
      'CFG_UNKNOWN_TEMPLATE',
      /templates list/,
    ],
  ];

  it.each(mistakes)('shows %s with its line', (_what, from, to, code, says) => {
    const { text, line } = change(from, to);
    const found = issuesOf(text).filter((issue) => issue.code === code);
    expect(found.map(formatConfigIssue).join('\n')).toMatch(says);
    // The second of two equal keys is the one to show, and it stands below.
    expect(found[0]?.line).toBe(code === 'CFG_DUPLICATE_KEY' ? line + 1 : line);
  });

  it('shows what is missing at the group that lacks it', () => {
    const { text } = change('    ratedHeadM: 95\n', '');
    const [issue] = issuesOf(text);
    expect(issue).toMatchObject({ code: 'CFG_MISSING', path: 'units[0].ratedHeadM', line: 7 });
    expect(issue?.message).toContain('a net head in m');
  });

  it('finds ids that stand twice', () => {
    const { text, line } = change('{ id: head,', '{ id: flow,');
    const issue = issuesOf(text).find(({ code }) => code === 'CFG_DUPLICATE_ID');
    expect(issue).toMatchObject({ line, path: 'devices[0].points[1].id', hint: expect.stringContaining('points[0]') });
  });

  it('shows several mistakes at once, in the order of the file', () => {
    const text = whole
      .replace('turbine: francis', 'turbine: wind')
      .replace('port: 1502', 'port: x')
      .replace('unit: m,', '');
    const issues = issuesOf(text);
    expect(issues.length).toBe(2);
    expect(issues.map(({ line }) => line)).toEqual(issues.map(({ line }) => line).toSorted((a, b) => a - b));
  });

  it('shows in one run what is wrong with values, with references and for the driver', () => {
    const text = whole
      .replace('version: 1', 'version: 1\nversion: 1')
      .replace('interval: 5m', 'interval: 7m')
      .replace('turbine: francis', 'turbine: wind')
      .replace('ratedHeadM: 95', 'ratedHeadM: 9')
      .replace('flow: plc1/flow', 'flow: plc1/flaw')
      .replace('head: plc1/head', 'head: plc9/head')
      .replace('status: plc1/status', 'status: plc1/power')
      .replace('port: 1502', 'port: x')
      .replace('{ id: ph,', '{ id: flow,');
    const found = issuesOf(text).map(({ code, path }) => `${code} ${path}`);
    expect(found).toEqual([
      'CFG_DUPLICATE_KEY ',
      'CFG_VALUE interval',
      'CFG_VALUE units[0].turbine',
      'CFG_RATINGS units[0].ratedPowerKw',
      'CFG_UNKNOWN_POINT units[0].signals.flow',
      'CFG_UNKNOWN_POINT units[0].signals.head',
      'CFG_UNKNOWN_POINT units[0].signals.ph',
      'CFG_VALUE devices[0].connection.port',
      'CFG_DUPLICATE_ID devices[0].points[8].id',
    ]);
  });

  it('holds signals against the points of a sound device while another one has mistakes', () => {
    const broken = '\n  - { id: plc2, driver: modbus-tcp, period: 1s, connection: {}, points: [{ id: a }] }\n';
    const text = `${whole.slice(0, whole.indexOf('\nsync:'))}${broken}`
      .replace('head: plc1/head', 'head: plc2/b')
      .replace('gate: plc1/gate', 'gate: plc1/status')
      .replace('id: flow, ', 'id: overlaps, ')
      .replace('type: int16', 'type: int17');
    const found = issuesOf(text).map(({ code, path }) => `${code} ${path}`);
    expect(found.filter((issue) => !issue.includes('CFG_MISSING devices[1].connection'))).toEqual([
      'CFG_UNKNOWN_POINT units[0].signals.flow',
      'CFG_UNKNOWN_POINT units[0].signals.head',
      'CFG_DEVICE devices[0].points[0].address',
      'CFG_VALUE devices[0].points[5].type',
      'CFG_MISSING devices[1].points[0].register',
      'CFG_MISSING devices[1].points[0].address',
      'CFG_MISSING devices[1].points[0].type',
    ]);
  });

  it('shows only the first place where the syntax is lost', () => {
    const { text, line } = change('turbine: francis', 'turbine: "fran"cis: x');
    expect(issuesOf(text)).toEqual([expect.objectContaining({ code: 'CFG_SYNTAX', line })]);
    const tabs = whole.replaceAll('    period', '\tperiod').replaceAll('      - {', '\t- {');
    expect(issuesOf(tabs)).toEqual([expect.objectContaining({ hint: 'use spaces, not tabs' })]);
  });

  it('warns of what is valid and probably not meant', () => {
    const warningsOf = (text: string) => {
      const result = parseConfig(text, { drivers, file: 'plant.yaml' });
      return result.kind === 'valid' ? result.warnings : undefined;
    };
    expect(warningsOf(whole)).toEqual([]);
    const { text } = change('energyExport: plc1/energy_export', '# none:');
    expect(warningsOf(text)).toEqual([
      expect.objectContaining({ code: 'CFG_ENERGY_ESTIMATED', path: 'units[0].signals' }),
    ]);
    const modicon = change('address: 3006', 'address: 43007');
    expect(warningsOf(modicon.text)).toEqual([
      expect.objectContaining({
        code: 'CFG_MODICON_ADDRESS',
        path: 'devices[0].points[3].address',
        hint: expect.stringContaining('write 3006'),
      }),
    ]);
    const risky = change('unitId: 1', 'unitId: 0');
    expect(warningsOf(risky.text)).toEqual([
      expect.objectContaining({
        code: 'CFG_DEVICE_RISK',
        line: risky.line,
        path: 'devices[0].connection.unitId',
        message: 'all units hear it',
      }),
    ]);
  });

  it('shows the other mistakes of a device whose driver is misspelt', () => {
    const text = whole
      .replace('driver: modbus-tcp', 'driver: modbustpc')
      .replace('type: uint32', 'type: uint46')
      .replace('plc1/head', 'plc1/haed');
    expect(issuesOf(text).map(({ code, hint }) => [code, hint])).toEqual([
      ['CFG_UNKNOWN_POINT', 'did you mean "plc1/head"?'],
      ['CFG_UNKNOWN_DRIVER', 'did you mean "modbus-tcp"?'],
      ['CFG_VALUE', 'did you mean "uint16"?'],
    ]);
    // Of a driver that nobody can guess nothing more is said.
    expect(issuesOf(text.replace('modbustpc', 'telepathy')).map(({ code }) => code)).not.toContain('CFG_VALUE');
  });

  it('says of another version nothing else', () => {
    const text = whole.replace('version: 1', 'version: 2').replace('interval: 5m', 'interval: 7m');
    expect(issuesOf(text)).toEqual([expect.objectContaining({ code: 'CFG_VALUE', path: 'version', line: 2 })]);
  });

  it('keeps demo data away from mainnet', () => {
    const demo = [
      'version: 1',
      'plant: { id: D, name: Demo, timezone: UTC, ratedPowerKw: 2000 }',
      'interval: 1m',
      'units: [{ id: u, turbine: francis, ratedPowerKw: 2000, ratedFlowM3s: 2.5, ratedHeadM: 95, signals: { head: s/h } }]',
      'devices: [{ id: s, driver: simulator, period: 1s, points: [{ id: h, unit: m }] }]',
      'sync: { hedera: { network: mainnet, operatorId: 0.0.2, operatorKeyFile: k } }',
    ].join('\n');
    expect(issuesOf(demo)).toEqual([expect.objectContaining({ code: 'CFG_DEMO_MAINNET', line: 6 })]);
    expect(issuesOf(demo.replace('mainnet', 'testnet'))).toEqual([]);
  });

  it.each([
    ['an empty file', '', 'CFG_MISSING'],
    ['a list', '- 1', 'CFG_VALUE'],
    ['two documents', 'version: 1\n---\nversion: 1', 'CFG_SYNTAX'],
    ['deep nesting', '['.repeat(20_000), 'CFG_SYNTAX'],
    ['aliases that multiply', aliasBomb(), 'CFG_SYNTAX'],
    ['a huge text', ' '.repeat(2_000_000), 'CFG_TOO_LARGE'],
  ])('answers %s with an issue', (_what, text, code) => {
    expect(issuesOf(text)[0]?.code).toBe(code);
  });

  it('never throws, whatever becomes of the text', () => {
    const pieces = fc.oneof(
      fc.string({ maxLength: 8 }),
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        ':',
        '- ',
        '\n',
        '  ',
        '&a ',
        '*a',
        '? ',
        '!!binary ',
        '!!set',
        '<<: ',
        'null',
      ),
      fc.constantFrom('__proto__: 1', 'constructor:', '1e999', '.inf', '0x10', '~', '"', "'", '|', '>', '#', '%', '\t'),
    );
    const edits = fc.array(fc.tuple(fc.nat(whole.length), fc.nat(30), pieces), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(edits, (changes) => {
        const text = changes.reduce((now, [at, cut, piece]) => now.slice(0, at) + piece + now.slice(at + cut), whole);
        const result = parseConfig(text, { drivers, file: 'plant.yaml' });
        if (result.kind === 'valid') return;
        expect(result.issues.length).toBeGreaterThan(0);
        for (const issue of result.issues) {
          expect(issue.line).toBeGreaterThan(0);
          expect(issue.message).not.toBe('');
        }
      }),
      { numRuns: 300 },
    );
  });
});

function aliasBomb(): string {
  const levels = 'bcdefghi'.split('').map((letter, i) => {
    const before = 'abcdefgh'[i];
    return `${letter}: &${letter} [${Array(9).fill(`*${before}`).join(', ')}]`;
  });
  return ['a: &a [x, x]', ...levels].join('\n');
}
