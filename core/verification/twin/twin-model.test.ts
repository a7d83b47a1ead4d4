import { expect, test } from 'vitest';
import type { Reading } from '../../acquisition/reading.ts';
import type { UnitConfig } from '../../config/plant.ts';
import { restingReading, steadyReading, UNIT } from '../readings.testing.ts';
import { DEFAULT_SETTINGS } from '../settings.ts';
import { TRAINING_READINGS_MIN, type TwinModel, trainTwin, twinDigest } from './twin-model.ts';

const COUNT = TRAINING_READINGS_MIN + 60;

function trained(
  change: (reading: Reading) => Reading = (reading) => reading,
  unit: UnitConfig = UNIT,
): TwinModel | undefined {
  const readings = Array.from({ length: COUNT }, (_none, index) => ({
    reading: change(steadyReading(index)),
    siblings: [],
  }));
  return trainTwin(unit, readings, DEFAULT_SETTINGS);
}

function without(field: keyof Reading): (reading: Reading) => Reading {
  return ({ [field]: _left, ...rest }) => rest as Reading;
}

test('the same readings give the same model and digest', () => {
  const [first, second] = [trained(), trained()];
  expect(second).toEqual(first);
  expect(first).toMatchObject({ v: 1, unitId: 'unit1', readings: COUNT, trainedFrom: steadyReading(0).from });
  expect(twinDigest(first as TwinModel)).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(twinDigest(first as TwinModel)).toBe(twinDigest(second as TwinModel));
  expect(JSON.parse(JSON.stringify(first))).toEqual(first);
});

test('one other reading gives another digest', () => {
  const power = steadyReading(7).powerKw;
  const other = trained((reading) =>
    reading.from === steadyReading(7).from && power !== undefined
      ? { ...reading, powerKw: { ...power, mean: power.mean * 1.001 } }
      : reading,
  );
  expect(twinDigest(other as TwinModel)).not.toBe(twinDigest(trained() as TwinModel));
});

test('a guarantee changes nothing of what was seen, and stands in where nothing was', () => {
  const guarantee: UnitConfig = {
    ...UNIT,
    efficiency: [
      [0.4, 0.7],
      [1, 0.99],
    ],
  };
  const { powerByFlow: own, ...others } = trained()?.relations ?? {};
  const { powerByFlow: whole, ...same } = trained((reading) => reading, guarantee)?.relations ?? {};
  expect(same).toEqual(others);
  const seen = (relation: typeof own): number[][] =>
    (relation?.count ?? []).flatMap((count, at) =>
      count === 0 ? [] : [[relation?.x[at] ?? 0, relation?.y[at] ?? 0, relation?.spread[at] ?? 0, count]],
    );
  expect(seen(whole)).toEqual(seen(own));
  expect(seen(own).length).toBeGreaterThan(0);
  expect(whole?.y).not.toEqual(own?.y);
  const blind = (whole?.count ?? []).flatMap((count, at) => (count === 0 ? [whole?.spread[at] ?? 0] : []));
  expect(Math.min(...blind)).toBeGreaterThan(2 * Math.max(...seen(whole).map(([, , spread = 0]) => spread)));
});

test('without a gate or a flow meter the other relations are learned', () => {
  expect(Object.keys(trained(without('gatePercent'))?.relations ?? {}).sort()).toEqual([
    'energyByPower',
    'headByFlow',
    'powerByFlow',
  ]);
  expect(Object.keys(trained(without('flowM3s'))?.relations ?? {}).sort()).toEqual(['energyByPower', 'powerByGate']);
});

test('readings of a unit at rest teach nothing, and too few steady ones give no model', () => {
  expect(trained((reading) => ({ ...restingReading(0), from: reading.from, to: reading.to }))).toBeUndefined();
  const few = Array.from({ length: TRAINING_READINGS_MIN - 1 }, (_none, index) => ({
    reading: steadyReading(index),
    siblings: [],
  }));
  expect(trainTwin(UNIT, few, DEFAULT_SETTINGS)).toBeUndefined();
  expect(trainTwin(UNIT, [], DEFAULT_SETTINGS)).toBeUndefined();
});

test('a sensor that repeats itself is known for it, and one that never did is not held to never', () => {
  const stuck = trained((reading) =>
    reading.headM === undefined ? reading : { ...reading, headM: { ...reading.headM, mean: 95 } },
  );
  expect(stuck?.repeats.headM).toBeGreaterThan(0.99);
  expect(trained()?.repeats.headM).toBeGreaterThan(0);
  expect(trained()?.repeats.headM).toBeLessThan(0.01);
});
