import { describe, expect, it } from 'vitest';
import { efficiencyPrior, peakPrior } from './efficiency-prior.ts';
import { expectedPower } from './expected-power.ts';
import { hydraulicPowerKw, unitEfficiency } from './hydraulics.ts';
import { around, steadyReading, UNIT } from './readings.testing.ts';
import { DEFAULT_SETTINGS } from './settings.ts';

const { water, physics } = DEFAULT_SETTINGS;
const GUARANTEE = [
  [0.4, 0.8],
  [0.85, 0.91],
  [1, 0.89],
] as const;
const guaranteed = { ...UNIT, efficiency: GUARANTEE };
/** A test at three flows: a unit that is 3 % worse than guaranteed. */
const tested = {
  ...guaranteed,
  indexTest: [1.25, 1.75, 2.25].map((flow) => {
    const efficiency = 0.97 * unitEfficiency(flow / 2.5, guaranteed, DEFAULT_SETTINGS);
    return [flow, 94, hydraulicPowerKw(flow, 94, water) * efficiency] as const;
  }),
};

describe('what is known of a unit before its readings have taught anything', () => {
  it.each([0.5, 0.7, 0.9])('is what a test measured at a load of %f', (load) => {
    const prior = efficiencyPrior(load, tested, DEFAULT_SETTINGS);
    expect(prior).toMatchObject({ basis: 'indexTest', spread: 0.015, isTested: true });
    expect(prior.efficiency).toBeCloseTo(0.97 * unitEfficiency(load, guaranteed, DEFAULT_SETTINGS), 9);
  });

  it.each([0.2, 1.1])('follows the curve outside of the test at a load of %f, and says that it knows less', (load) => {
    const prior = efficiencyPrior(load, tested, DEFAULT_SETTINGS);
    expect(prior).toMatchObject({ basis: 'indexTest', isTested: false });
    expect(prior.efficiency).toBeCloseTo(0.97 * unitEfficiency(load, guaranteed, DEFAULT_SETTINGS), 9);
    expect(prior.spread).toBeGreaterThan(0.03);
  });

  it('is the guarantee without a test, and a textbook curve without either', () => {
    expect(efficiencyPrior(0.85, guaranteed, DEFAULT_SETTINGS)).toMatchObject({ basis: 'guarantee', efficiency: 0.91 });
    const textbook = efficiencyPrior(0.85, UNIT, DEFAULT_SETTINGS);
    expect(textbook.basis).toBe('textbook');
    expect(textbook.spread).toBeGreaterThan(efficiencyPrior(0.85, guaranteed, DEFAULT_SETTINGS).spread);
  });

  it('trusts the textbooks less where they part: at low load', () => {
    const [low, high] = [0.25, 0.8].map((load) => efficiencyPrior(load, UNIT, DEFAULT_SETTINGS));
    expect(high?.disagreement).toBe(0);
    expect(low?.disagreement).toBeGreaterThan(0.1);
    expect(low?.spread).toBeGreaterThan(high?.spread ?? 1);
  });

  it('narrows the band of a reading to that of the test, and widens it again outside', () => {
    const at = (flow: number, unit = tested): number => {
      const reading = { ...steadyReading(3), flowM3s: around(flow), headM: around(95), powerKw: around(900) };
      const { expectedKw = 1, highKw = 0 } = expectedPower(reading, unit, DEFAULT_SETTINGS) ?? {};
      return highKw / expectedKw - 1;
    };
    expect(at(1.75)).toBeCloseTo(physics.powerBandIndexTestShare, 9);
    expect(at(2.7)).toBeGreaterThan(physics.powerBandShare);
    expect(at(0.9)).toBeGreaterThanOrEqual(physics.powerBandShare);
  });

  it('lets a changing load reach the best of what was guaranteed and what was measured', () => {
    expect(peakPrior(tested, DEFAULT_SETTINGS)).toBe(0.91);
    const better = { ...guaranteed, indexTest: [[2.125, 95, hydraulicPowerKw(2.125, 95, water) * 0.93]] as const };
    expect(peakPrior(better, DEFAULT_SETTINGS)).toBeCloseTo(0.93, 9);
  });
});
