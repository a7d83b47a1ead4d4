import { describe, expect, it } from 'vitest';
import { advanceCounter, beginCounter } from './counter.ts';
import type { CounterLimits, CounterState, MeterChange } from './counter-state.ts';
import { applyChange } from './meter-change.ts';

const KWH = 1_000_000_000n;
const limits: CounterLimits = { resolutionMicroWh: KWH, maxPowerKw: 3000 };
const HOUR_MS = 3_600_000;

/** A register at 1000 kWh that is away for two hours and then shows `kwh` for three reads. */
function backAt(kwh: bigint): CounterState {
  let state = beginCounter(1000n * KWH, 0);
  for (let n = 0; n < 3; n += 1) state = advanceCounter(state, kwh * KWH, 2 * HOUR_MS + n * 1000, limits).state;
  return state;
}

const change = (finalKwh: bigint, initialKwh: bigint): MeterChange => ({
  kind: 'exchange',
  finalMicroWh: finalKwh * KWH,
  initialMicroWh: initialKwh * KWH,
  atMs: HOUR_MS,
});

describe('a change of the meter', () => {
  it('takes back what a silence made look like generation, and counts what both meters showed', () => {
    const state = backAt(4000n);
    expect(state.totalMicroWh).toBe(3000n * KWH);
    const outcome = applyChange(state, change(1800n, 3500n), limits);
    expect(outcome).toMatchObject({
      kind: 'explained',
      explained: { kind: 'leap' },
      correctionMicroWh: -1700n * KWH,
      state: { totalMicroWh: 1300n * KWH },
    });
  });

  it('still waits for the register when the silence before it was honest', () => {
    const outcome = applyChange(backAt(1500n), { ...change(1510n, 7n), atMs: 2 * HOUR_MS + 600_000 }, limits);
    expect(outcome).toMatchObject({ kind: 'expected', state: { totalMicroWh: 500n * KWH } });
  });
});
