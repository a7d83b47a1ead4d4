import { describe, expect, it } from 'vitest';
import type { Reading } from '../../acquisition/reading.ts';
import { constant, restingReading, steadyReading, UNIT } from '../readings.testing.ts';
import { DEFAULT_SETTINGS } from '../settings.ts';
import { observe } from './observe.ts';

const READING = steadyReading(3);
const SIBLING_UNIT = { ...UNIT, id: 'unit2', ratedFlowM3s: 3 };
const sibling = (reading: Partial<Reading>, intake: 'shared' | 'own' = 'shared') => ({
  unit: { ...SIBLING_UNIT, intake },
  reading: { ...steadyReading(3), unitId: 'unit2', ...reading },
});

function names(reading: Reading, siblings: Parameters<typeof observe>[2] = []): string[] {
  return Object.keys(observe(reading, UNIT, siblings, DEFAULT_SETTINGS)).sort();
}

function without(...fields: (keyof Reading)[]): Reading {
  return Object.fromEntries(
    Object.entries(READING).filter(([name]) => !fields.includes(name as keyof Reading)),
  ) as unknown as Reading;
}

describe('what a reading shows of each relation', () => {
  it('is everything for a steady one beside a running sibling', () => {
    expect(names(READING, [sibling({})])).toEqual([
      'energyByPower',
      'flowByGate',
      'headByFlow',
      'headBySibling',
      'powerByFlow',
      'powerByGate',
    ]);
  });

  it('takes what the energy amounts to for the power where none was measured', () => {
    const measured = observe(READING, UNIT, [], DEFAULT_SETTINGS);
    const counted = observe(without('powerKw'), UNIT, [], DEFAULT_SETTINGS);
    expect(Object.keys(counted).sort()).toEqual(['flowByGate', 'headByFlow', 'powerByFlow', 'powerByGate']);
    expect(counted.powerByFlow?.y).toBeCloseTo(measured.powerByFlow?.y ?? 0, 2);
  });

  it('is nothing for a unit at rest', () => {
    expect(names(restingReading(3), [sibling({})])).toEqual([]);
  });

  it('needs no value that is missing', () => {
    expect(names(without('gatePercent'))).toEqual(['energyByPower', 'headByFlow', 'powerByFlow']);
    expect(names(without('flowM3s'))).toEqual(['energyByPower', 'powerByGate']);
    expect(names(without('headM'))).toEqual(['energyByPower']);
    expect(names(without('energyWh'))).toEqual(['flowByGate', 'headByFlow', 'powerByFlow', 'powerByGate']);
    expect(names(without('powerKw', 'energyWh'))).toEqual([]);
  });

  it('takes the efficiency from power, flow and head, by the share of rated flow', () => {
    const reading = { ...READING, powerKw: constant(1500), flowM3s: constant(2), headM: constant(95) };
    const { powerByFlow } = observe(reading, UNIT, [], DEFAULT_SETTINGS);
    expect(powerByFlow?.x).toBe(0.8);
    // Water of 1000 kg/m3 under 9.81 m/s2.
    expect(Math.exp(powerByFlow?.y ?? 0)).toBeCloseTo(1500 / (9.81 * 2 * 95), 2);
  });

  it('compares heads with running units on the same intake alone', () => {
    const head = { headM: constant(90) };
    expect(names(READING, [sibling(head, 'own')])).not.toContain('headBySibling');
    expect(names(READING, [sibling({ ...head, flowM3s: constant(0) })])).not.toContain('headBySibling');
    const { headBySibling } = observe(READING, UNIT, [sibling(head)], DEFAULT_SETTINGS);
    expect(headBySibling?.y).toBeCloseTo(((READING.headM?.mean ?? 0) - 90) / UNIT.ratedHeadM, 9);
  });
});
