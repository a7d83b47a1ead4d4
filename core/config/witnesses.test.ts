import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { formatConfigIssue } from './config-issue.ts';
import { parseConfig } from './parse-config.ts';
import type { DriverDescription } from './parse-devices.ts';

const any: DriverDescription = {
  origin: 'plant',
  schemas: { connection: z.looseObject({}), point: z.looseObject({}) },
};
const pushing: DriverDescription = { ...any, push: { fields: [] } };
const whole = readFileSync(new URL('../../tests/fixtures/plant.yaml', import.meta.url), 'utf8');

/** The example plant with a second device, a check meter on its unit, and what a test adds. */
function parse(more: string, unit = 'signals: # quantity: device/point\n      energyExportCheck: rtu/check') {
  const text = whole.replace('signals: # quantity: device/point', unit).replace(
    'devices:\n',
    `devices:
  - id: rtu
    driver: modbus-tcp
    connection: { host: 127.0.0.1 }
    period: 1s
    points:
      - { id: check, unit: kWh, kind: counter }
      - { id: out, unit: MWh, kind: counter }
      - { id: in, unit: kWh, kind: counter }
      - { id: level, unit: cm }
      - { id: flow, unit: m3/s }
  - { id: scada, driver: http, points: [{ id: flow, unit: m3/s }] }
`,
  );
  const drivers = new Map([
    ['modbus-tcp', any],
    ['http', pushing],
  ]);
  return parseConfig(`${text}\n${more}\n`, { drivers, file: 'plant.yaml' });
}

const METER = 'witnesses: { meter: { energyExport: rtu/out, lossPercent: 1.5, auxiliariesKw: 20 } }';

describe('witnesses in plant.yaml', () => {
  it('are read with the class that is assumed where none is stated', () => {
    const result = parse(METER);
    expect(result.kind === 'valid' ? result.config.witnesses : result.issues).toEqual({
      meter: { energyExport: 'rtu/out', class: '0.5S', lossPercent: 1.5, auxiliariesKw: 20 },
    });
  });

  it.each([
    ['0.2s', '0.2S'],
    ['"0.5"', '0.5'],
    ['1', '1'],
    ['0.5', '0.5'],
  ])('take the class %s', (written, meant) => {
    const result = parse(METER.replace('lossPercent', `class: ${written}, lossPercent`));
    expect(result.kind === 'valid' ? result.config.witnesses?.meter?.class : result.issues).toBe(meant);
  });

  it.each([
    [METER.replace('lossPercent: 1.5, ', ''), 'CFG_MISSING', 'witnesses.meter', 'the most that transformers'],
    [METER.replace('lossPercent', 'class: 0.3, lossPercent'), 'CFG_VALUE', 'witnesses.meter.class', 'a class of IEC'],
    [
      METER.replace('rtu/out', 'rtu/outt'),
      'CFG_UNKNOWN_POINT',
      'witnesses.meter.energyExport',
      'did you mean "rtu/out"',
    ],
    [METER.replace('rtu/out', 'rtu/flow'), 'CFG_KIND', 'witnesses.meter.energyExport', 'needs a point of kind counter'],
    [METER.replace('rtu/out', 'plc1/energy_export'), 'CFG_SHARED_COUNTER', 'witnesses.meter', 'counter of its own'],
    [METER.replace('rtu/out', 'rtu/check'), 'CFG_SHARED_COUNTER', 'witnesses.meter', 'energyExportCheck already'],
    ['witnesses: { headwaterLevel: rtu/flow }', 'CFG_UNIT', 'witnesses.headwaterLevel', 'measured in m'],
    ['witnesses: { tailwaterLevel: rtu/level }', 'CFG_WITNESS_PART', 'witnesses.tailwaterLevel', 'headwaterLevel'],
    [
      'witnesses: { inflow: { flow: rtu/flow, at: river, accuracyPercent: 5, pondAreaM2: 9000 } }',
      ...(['CFG_WITNESS_PART', 'witnesses.inflow.pondAreaM2', 'headwaterLevel'] as const),
    ],
    ['witnesses: { inflow: { flow: rtu/flow, at: sea, accuracyPercent: 5 } }', 'CFG_VALUE', 'inflow.at', 'headrace'],
    [
      'witnesses: { inflow: { flow: scada/flow, at: river, accuracyPercent: 5 } }',
      ...(['CFG_WITNESS_PUSHED', 'witnesses.inflow.flow', 'of its own'] as const),
    ],
    ['witnesses: { metre: {} }', 'CFG_UNKNOWN_KEY', 'witnesses.metre', 'did you mean "meter"'],
  ])('with a mistake are refused with its place: %s', (text, code, path, words) => {
    const result = parse(text);
    const lines = result.kind === 'invalid' ? result.issues.map(formatConfigIssue) : [];
    expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^${code}: plant.yaml:\\d+:\\d+ .*${path}`)));
    expect(lines.join('\n')).toContain(words);
  });
});

describe('a breaker', () => {
  const withMap = (map: string) =>
    parseConfig(
      whole
        .replace('signals: # quantity: device/point', 'signals:\n      breaker: plc1/breaker')
        .replace('points: #', `points:\n      - { id: breaker, unit: "", kind: state, map: ${map} } #`),
      { drivers: new Map([['modbus-tcp', any]]), file: 'plant.yaml' },
    );

  it('is open or closed, and nothing else', () => {
    const result = withMap('{ 0: open, 1: closed }');
    expect(result.kind === 'valid' ? result.config.units[0]?.signals.breaker : result.issues).toBe('plc1/breaker');
    const wrong = withMap('{ 0: open, 1: close }');
    expect(wrong.kind === 'invalid' && wrong.issues.map(formatConfigIssue).join()).toMatch(
      /^CFG_STATE: .*expected a state of a breaker, found "close" \(did you mean "closed"\?\)/,
    );
  });
});

describe('advice', () => {
  const adviceOn = (more: string, unit?: string): string[] => {
    const result = parse(more, unit);
    return result.kind === 'valid' ? result.advice.map(({ message }) => message) : result.issues.map(formatConfigIssue);
  };

  it('says where nothing independent stands behind the energy of a unit', () => {
    const [message = ''] = adviceOn('', 'signals:');
    expect(message).toBe(
      'unit1: No independent witness: a consistent forgery of power, flow and gate would not be seen.',
    );
    const errors = readFileSync('docs/errors.md', 'utf8').replaceAll(/\s+/g, ' ');
    expect(errors.includes(message)).toBe(true);
  });

  it('is silent once a check meter, the meter of the plant or a gauge comes through another device', () => {
    expect(adviceOn('')).toEqual([]);
    expect(adviceOn(METER, 'signals:')).toEqual([]);
    expect(adviceOn('witnesses: { inflow: { flow: rtu/flow, at: river, accuracyPercent: 5 } }', 'signals:')).toEqual(
      [],
    );
  });

  it('says that a level alone sees no energy, and that the same device is no witness', () => {
    expect(adviceOn('witnesses: { headwaterLevel: rtu/level }', 'signals:')).toEqual([
      expect.stringContaining('Its head alone has one (water level).'),
    ]);
    const same = 'witnesses: { inflow: { flow: plc1/flow, at: headrace, accuracyPercent: 2 } }';
    expect(adviceOn(same, 'signals:')).toEqual([
      expect.stringContaining("The gauge of the inflow comes through plc1 like the unit's own values."),
    ]);
  });
});
