import { expect, test } from 'vitest';
import type { Sample } from '../../core/acquisition/sample.ts';
import type { UnitConfig } from '../../core/config/plant.ts';
import { checkEnergy, type WatchedPoint } from './check-energy.ts';

const UNIT: UnitConfig = {
  id: 'unit1',
  name: 'Unit 1',
  turbine: 'francis',
  ratedPowerKw: 2000,
  ratedFlowM3s: 2.5,
  ratedHeadM: 95,
  signals: { power: 'plc1/power', energyExport: 'plc1/energy' },
};

function watched(point: string, unit: string, values: readonly [number, number], mean: number, step = 1) {
  const at = (value: number, readAtMs: number): Sample => ({
    kind: 'sample',
    point,
    value,
    unit,
    quality: 'good',
    readAtMs,
    raw: new Uint8Array(1),
    recipe: { v: 1, driver: 'scripted' },
  });
  return [point, { first: at(values[0], 0), last: at(values[1], 60_000), mean, step }] as [string, WatchedPoint];
}

/** 1,620 kW make 27 kWh in a minute. */
const power = watched('plc1/power', 'kW', [1610, 1630], 1620);

test.each([
  ['kWh', 40_000, 40_027, 1],
  ['kWh', 40_000, 40_034, 1],
  ['Wh', 40_000_000, 40_026_500, 1],
  ['MWh', 40, 40.027, 0.001],
])('a register in %s that rises with the power is well', (unit, from, to, step) => {
  expect(checkEnergy(UNIT, new Map([power, watched('plc1/energy', unit, [from, to], to, step)]))).toBeUndefined();
});

test('a scale that is wrong by ten is told with both energies', () => {
  const sentence = checkEnergy(UNIT, new Map([power, watched('plc1/energy', 'kWh', [40_000, 40_270], 40_100)]));
  expect(sentence).toContain('plc1/energy rose by 270 kWh while the power makes 27 kWh, 10 times as much');
});

test('a register that stands still while the unit generates is told', () => {
  const sentence = checkEnergy(UNIT, new Map([power, watched('plc1/energy', 'kWh', [40_000, 40_000], 40_000)]));
  expect(sentence).toContain('rose by 0 kWh while the power makes 27 kWh:');
});

test('a unit at rest, and too few counts, say nothing', () => {
  const rest = watched('plc1/power', 'kW', [0, 0], 0);
  expect(checkEnergy(UNIT, new Map([rest, watched('plc1/energy', 'kWh', [40_000, 40_000], 40_000)]))).toBeUndefined();
  const coarse = watched('plc1/energy', 'MWh', [40, 40], 40);
  expect(checkEnergy(UNIT, new Map([power, coarse]))).toBeUndefined();
});
