import { expect, test } from 'vitest';
import type { Reading, Statistics } from '../acquisition/reading.ts';
import type { UnitConfig } from '../config/plant.ts';
import { expectedPower } from './expected-power.ts';
import { DEFAULT_SETTINGS } from './settings.ts';

const UNIT: UnitConfig = {
  id: 'unit1',
  name: 'Unit 1',
  turbine: 'francis',
  ratedPowerKw: 2000,
  ratedFlowM3s: 2.5,
  ratedHeadM: 95,
  efficiency: [
    [0.4, 0.8],
    [1, 0.9],
  ],
  signals: {},
};
const steady = (mean: number): Statistics => ({ mean, min: mean, max: mean, coverage: 1 });
const READING: Reading = {
  v: 1,
  plantId: 'HP-001',
  unitId: 'unit1',
  from: '2026-11-20T10:00:00.000Z',
  to: '2026-11-20T10:05:00.000Z',
  origin: 'plant',
  powerKw: steady(2000),
  flowM3s: steady(2.5),
  headM: steady(95),
  stateSeconds: { generating: 300 },
  coverage: 1,
  gaps: [],
  clock: 'disciplined',
  samples: [],
};

test('is what the water carries times the guaranteed efficiency, within a band', () => {
  const expected = expectedPower(READING, UNIT, DEFAULT_SETTINGS);
  const { water, physics } = DEFAULT_SETTINGS;
  const kw = (water.densityKgM3 * water.gravityMS2 * 2.5 * 95 * 0.9) / 1000;
  expect(expected?.expectedKw).toBeCloseTo(kw, 6);
  expect(expected?.highKw).toBeCloseTo(kw * (1 + physics.powerBandShare), 6);
  expect(expected?.lowKw).toBeCloseTo(kw * (1 - physics.powerBandShare * physics.deficitBands), 6);
  expect(expected?.basis).toBe('guarantee');
});

test('a textbook curve has a wider band, and says that it is one', () => {
  const { efficiency: _, ...unit } = UNIT;
  const expected = expectedPower(READING, unit, DEFAULT_SETTINGS);
  const share = (expected?.highKw ?? 0) / (expected?.expectedKw ?? 1) - 1;
  expect(share).toBeCloseTo(DEFAULT_SETTINGS.physics.powerBandWithoutGuaranteeShare, 6);
  expect(expected?.basis).toBe('textbook');
});

test('while the load changes nothing is too little', () => {
  const expected = expectedPower(
    { ...READING, stateSeconds: { starting: 120, generating: 180 } },
    UNIT,
    DEFAULT_SETTINGS,
  );
  expect(expected?.lowKw).toBe(0);
});

test('without flow or head, or with none of it, nothing is expected', () => {
  const { flowM3s: _flow, ...dry } = READING;
  const { headM: _head, ...headless } = READING;
  for (const reading of [dry, headless, { ...READING, flowM3s: steady(0) }]) {
    expect(expectedPower(reading, UNIT, DEFAULT_SETTINGS)).toBeUndefined();
  }
});
