import { describe, expect, it } from 'vitest';
import { present } from '../model/assert.ts';
import { expectedPowerKw, hydraulicPowerKw, peakEfficiency, turbineEfficiency, unitEfficiency } from './hydraulics.ts';
import { UNIT } from './readings.testing.ts';
import { DEFAULT_SETTINGS } from './settings.ts';

const water = (densityKgM3: number, gravityMS2: number) => ({ densityKgM3, gravityMS2 });

describe('hydraulics', () => {
  it('gives the power of 10 m3/s at 100 m through a Francis turbine at full load', () => {
    const efficiency = turbineEfficiency('francis', 1);
    expect(hydraulicPowerKw(10, 100, water(1000, 9.80665)) * efficiency).toBeCloseTo(8755.94, 2);
    expect(hydraulicPowerKw(10, 100, water(1000, 9.81)) * efficiency).toBeCloseTo(8758.93, 2);
    expect(hydraulicPowerKw(10, 100, water(998.2, 9.80665)) * efficiency).toBeCloseTo(8740.18, 2);
  });

  it('gives the power of 12.5 m3/s at 85 m with 0.885 x 0.975', () => {
    const settings = { ...DEFAULT_SETTINGS, water: water(1000, 9.80665) };
    const unit = { ...UNIT, ratedFlowM3s: 12.5, efficiency: [[1, 0.885 * 0.975]] as const };
    expect(expectedPowerKw(12.5, 85, unit, settings)).toBeCloseTo(8990.78, 2);
  });

  it.each([
    ['francis', 0.873362, 0.892857, 0.762001, 0.907078],
    ['kaplan', 0.892857, 0.892857, Math.SQRT1_2, 0.899749],
    ['pelton', 0.909091, 0.892857, 0.547723, 0.909468],
    ['propeller', 0.888889, 0.819672, 0.601929, 0.900364],
  ] as const)('follows the textbook curve of a %s turbine', (turbine, half, full, bestAt, best) => {
    expect(turbineEfficiency(turbine, 0.5)).toBeCloseTo(half, 6);
    expect(turbineEfficiency(turbine, 1)).toBeCloseTo(full, 6);
    expect(turbineEfficiency(turbine, bestAt)).toBeCloseTo(best, 6);
    expect(turbineEfficiency(turbine, 0.05)).toBe(0);
    const peak = peakEfficiency({ ...UNIT, turbine }, DEFAULT_SETTINGS);
    expect(peak).toBeCloseTo(best * DEFAULT_SETTINGS.physics.generatorEfficiency, 6);
  });

  it('draws straight lines between the points of a guarantee and holds its ends', () => {
    const unit = {
      ...UNIT,
      efficiency: [
        [0.4, 0.8],
        [0.85, 0.91],
        [1, 0.89],
      ] as const,
    };
    const at = [0.1, 0.4, 0.625, 0.85, 0.925, 1, 1.2].map((fraction) =>
      unitEfficiency(fraction, unit, DEFAULT_SETTINGS),
    );
    for (const [index, expected] of [0.8, 0.8, 0.855, 0.91, 0.9, 0.89, 0.89].entries()) {
      expect(present(at[index], 'an efficiency')).toBeCloseTo(expected, 12);
    }
    expect(peakEfficiency(unit, DEFAULT_SETTINGS)).toBe(0.91);
  });
});
