import { describe, expect, it } from 'vitest';
import type { Reading, Statistics } from '../../acquisition/reading.ts';
import { present } from '../../model/assert.ts';
import { nextGaussian, seededRandom } from '../../model/random.ts';
import { steadyReading, UNIT } from '../readings.testing.ts';
import { DEFAULT_SETTINGS } from '../settings.ts';
import { trainTwin } from './twin-model.ts';
import { DRIFT_READINGS, UnitTwin } from './unit-twin.ts';

const TRAINED = 600;
const LIMIT = DEFAULT_SETTINGS.temporal.unrestLimit;
const MODEL = present(
  trainTwin(
    UNIT,
    Array.from({ length: TRAINED }, (_none, index) => ({ reading: steadyReading(index), siblings: [] })),
    DEFAULT_SETTINGS,
  ),
  'a model',
);

function times(statistics: Statistics | undefined, factor: number): Statistics {
  const { mean, min, max, coverage } = present(statistics, 'a measured quantity');
  return { mean: mean * factor, min: min * factor, max: max * factor, coverage };
}

/** The `index`th reading with its power and energy claimed `share` too high. */
function claiming(index: number, share: number): Reading {
  const reading = steadyReading(index);
  const energyWh = Math.round((reading.energyWh ?? 0) * (1 + share));
  return { ...reading, powerKw: times(reading.powerKw, 1 + share), energyWh };
}

function remember(twin: UnitTwin, reading: Reading, isLed = true): void {
  twin.remember(reading, [], { status: 'APPROVED', isLed }, 0);
}

describe('the twin of a unit', () => {
  it('follows what was not doubted, and no reading that was', () => {
    const led = new UnitTwin(UNIT, MODEL, DEFAULT_SETTINGS);
    const kept = new UnitTwin(UNIT, MODEL, DEFAULT_SETTINGS);
    for (let index = TRAINED; index < TRAINED + 300; index += 1) {
      remember(led, claiming(index, -0.02));
      remember(kept, claiming(index, -0.02), false);
    }
    expect(led.offset('powerByGate')).toBeCloseTo(-0.02, 3);
    expect(kept.offset('powerByGate')).toBe(0);
  });

  it('goes on showing the drift of readings that are doubted for it', () => {
    const twin = new UnitTwin(UNIT, MODEL, DEFAULT_SETTINGS);
    for (let index = TRAINED; index < TRAINED + 2 * DRIFT_READINGS; index += 1) {
      remember(twin, claiming(index, 0.02), false);
    }
    expect(twin.drift('powerByGate')).toBeCloseTo(0.02, 3);
  });

  it('is restless with values that scatter by themselves, and calm with the first that does not', () => {
    const twin = new UnitTwin(UNIT, MODEL, DEFAULT_SETTINGS);
    const random = seededRandom(5);
    const noisy = (index: number): Reading => {
      const reading = steadyReading(index);
      const shake = (statistics: Statistics | undefined) => times(statistics, 1 + 0.02 * nextGaussian(random));
      return {
        ...reading,
        powerKw: shake(reading.powerKw),
        flowM3s: shake(reading.flowM3s),
        headM: shake(reading.headM),
        gatePercent: shake(reading.gatePercent),
      };
    };
    const unrest = (reading: Reading): number => twin.unrest(twin.view(reading, [], 0)) ?? 0;
    for (let index = TRAINED; index < TRAINED + 20; index += 1) {
      expect(unrest(steadyReading(index))).toBeLessThan(LIMIT);
      remember(twin, steadyReading(index));
    }
    for (let index = TRAINED + 20; index < TRAINED + 30; index += 1) remember(twin, noisy(index));
    expect(unrest(noisy(TRAINED + 30))).toBeGreaterThan(LIMIT);
    remember(twin, steadyReading(TRAINED + 30));
    expect(unrest(steadyReading(TRAINED + 31))).toBeLessThan(LIMIT);
  });

  it('does not call a lasting change of the unit unrest', () => {
    const twin = new UnitTwin(UNIT, MODEL, DEFAULT_SETTINGS);
    let restless = 0;
    for (let index = TRAINED; index < TRAINED + 40; index += 1) {
      const reading = claiming(index, -0.03);
      if ((twin.unrest(twin.view(reading, [], 0)) ?? 0) > LIMIT) restless += 1;
      remember(twin, reading, false);
    }
    expect(restless).toBe(0);
  });
});
