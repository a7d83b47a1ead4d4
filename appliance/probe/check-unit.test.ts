import { expect, test } from 'vitest';
import type { Sample } from '../../core/acquisition/sample.ts';
import type { UnitConfig } from '../../core/config/plant.ts';
import { checkUnit, efficiencyOf } from './check-unit.ts';

const UNIT: UnitConfig = {
  id: 'unit1',
  name: 'Unit 1',
  turbine: 'francis',
  ratedPowerKw: 2000,
  ratedFlowM3s: 2.5,
  ratedHeadM: 95,
  signals: { flow: 'p/q', head: 'p/h', power: 'p/p' },
};

function samples(flow: number, head: number, power: number, unit = 'kW'): ReadonlyMap<string, Sample> {
  const sample = (point: string, value: number, of: string): [string, Sample] => [
    point,
    {
      kind: 'sample',
      point,
      value,
      unit: of,
      quality: 'good',
      readAtMs: 1,
      raw: Uint8Array.of(1),
      recipe: { v: 1, driver: 'test' },
    },
  ];
  return new Map([sample('p/q', flow, 'm3/s'), sample('p/h', head, 'm'), sample('p/p', power, unit)]);
}

test.each([
  [2.1, 93, 1670, 'kW', []],
  [2.1, 93, 1.67, 'MW', []],
  [0, 96, 0, 'kW', []],
  [2.1, 93, 1.67, 'kW', [/p\/p is written as kW; MW would fit/]],
  [2.1, 93, 1670, 'MW', [/rated 2000 kW/, /p\/p is written as MW; kW would fit/]],
  [2.1, 93, 1670, 'W', [/p\/p is written as W; kW would fit/]],
  [2.1, 93, 1.67, 'W', [/one of the three/]],
  [2.1, 93, 1_670_000, 'MW', [/rated 2000 kW/, /one of the three/]],
  [2.1, 93, 0.00167, 'MW', [/p\/p is about a thousand times too small: check its scale/]],
  [2.1, 93, 1_670_000, 'kW', [/rated 2000 kW/, /p\/p is written as kW; W would fit/]],
  [2.1, 93, -1670, 'kW', [/other sign/]],
  [2.1, 9.3, 1670, 'kW', [/one of the three/]],
  [2100, 93, 1670, 'kW', [/flow is 2100 m3\/s.*rated 2.5/, /one of the three|MW/]],
])('flow %s, head %s, power %s %s', (flow, head, power, unit, expected) => {
  const findings = checkUnit(UNIT, samples(flow, head, power, unit));
  expect(findings).toHaveLength(expected.length);
  for (const [at, pattern] of expected.entries()) expect(findings[at]).toMatch(pattern);
});

test('the efficiency is the power of the water that became electric', () => {
  expect(efficiencyOf(UNIT, samples(2.1, 93, 1670))).toBeCloseTo(0.8722, 4);
  expect(efficiencyOf(UNIT, samples(0, 93, 0))).toBeUndefined();
});
