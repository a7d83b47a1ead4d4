import { describe, expect, it } from 'vitest';
import type { Reading, Statistics } from '../../acquisition/reading.ts';
import { steadyReading, UNIT } from '../readings.testing.ts';
import { type Trace, traceOf } from '../time-line.ts';
import { loadStepOf } from './load-step.ts';

const still = (mean: number): Statistics => ({ mean, min: mean, max: mean, coverage: 1 });

function at(load: { power?: number; flow?: number; gate?: number }): Reading {
  const { powerKw: _power, flowM3s: _flow, gatePercent: _gate, ...rest } = steadyReading(1);
  return {
    ...rest,
    ...(load.power === undefined ? {} : { powerKw: still(load.power * UNIT.ratedPowerKw) }),
    ...(load.flow === undefined ? {} : { flowM3s: still(load.flow * UNIT.ratedFlowM3s) }),
    ...(load.gate === undefined ? {} : { gatePercent: still(100 * load.gate) }),
  };
}

function earlier(reading: Reading, status: Trace['status'] = 'APPROVED'): Trace {
  return traceOf(
    reading,
    { status, claimHolds: true, mark: undefined, register: 'holds', originalMs: undefined },
    undefined,
  );
}

describe('the load step', () => {
  it('is what gate, flow and power do together', () => {
    const from = earlier(at({ power: 0.5, flow: 0.5, gate: 0.5 }));
    expect(loadStepOf(at({ power: 0.8, flow: 0.78, gate: 0.7 }), UNIT, from)).toBeCloseTo(0.3, 9);
  });

  it('is no excuse for power or flow that moved while the gate stayed', () => {
    const from = earlier(at({ power: 0.5, flow: 0.5, gate: 0.5 }));
    expect(loadStepOf(at({ power: 0.9, flow: 0.9, gate: 0.501 }), UNIT, from)).toBeLessThan(0.003);
  });

  it('takes flow for a witness of power, and the other way round, where no gate is measured', () => {
    const from = earlier(at({ power: 0.5, flow: 0.5 }));
    expect(loadStepOf(at({ power: 0.9, flow: 0.52 }), UNIT, from)).toBeCloseTo(0.02, 9);
    expect(loadStepOf(at({ power: 0.9 }), UNIT, from)).toBeCloseTo(0.4, 9);
  });

  it('is measured from the gate alone where the reading before was refused', () => {
    const swapped = earlier(at({ power: 500, flow: 0.5, gate: 0.5 }), 'REJECTED');
    expect(loadStepOf(at({ power: 0.5, flow: 0.5, gate: 0.5 }), UNIT, swapped)).toBe(0);
    const without = earlier(at({ power: 500, flow: 500 }), 'REJECTED');
    expect(loadStepOf(at({ power: 0.5, flow: 0.5 }), UNIT, without)).toBe(0);
  });
});
