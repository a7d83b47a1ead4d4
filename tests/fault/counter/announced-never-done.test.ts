import { describe, expect, it } from 'vitest';
import { advanceCounter, beginCounter } from '../../../core/acquisition/counter.ts';
import type { CounterLimits, CounterState, MeterChange } from '../../../core/acquisition/counter-state.ts';
import { applyChange } from '../../../core/acquisition/meter-change.ts';

const KWH = 1_000_000_000n;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** A unit of 2 MW, its register read every minute in whole kilowatt-hours. */
const limits: CounterLimits = { resolutionMicroWh: KWH, maxPowerKw: 3000, ordinaryMs: 180_000 };

class Register {
  state: CounterState;
  readonly events: string[] = [];

  constructor(kwh: bigint) {
    this.state = beginCounter(kwh * KWH, 0);
  }

  read(kwh: bigint, atMs: number): void {
    const step = advanceCounter(this.state, kwh * KWH, atMs, limits);
    this.state = step.state;
    if (step.event !== undefined) this.events.push(step.event.kind);
  }

  announce(change: Omit<MeterChange, 'kind'>): void {
    const outcome = applyChange(this.state, { kind: 'set', ...change }, limits);
    if (outcome.kind !== 'expected') throw new Error(`not expected, but ${outcome.kind}`);
    this.state = outcome.state;
  }

  get countedKwh(): bigint {
    return this.state.totalMicroWh / KWH;
  }
}

const said = (final: bigint, initial: bigint, atMs: number) => ({
  finalMicroWh: final * KWH,
  initialMicroWh: initial * KWH,
  atMs,
});

describe('a change of the meter that is recorded and never carried out', () => {
  it('does not turn the energy of an outage into that of a register that began at zero', () => {
    const register = new Register(11_999n);
    register.announce(said(12_000n, 0n, 0));
    for (let minute = 1; minute <= 6; minute += 1) register.read(11_999n + BigInt(minute), minute * MINUTE_MS);
    for (const n of [0, 1, 2]) register.read(14_005n, 8 * HOUR_MS + n * MINUTE_MS);
    expect(register.countedKwh).toBe(2006n);
    register.read(14_006n, 8 * HOUR_MS + 3 * MINUTE_MS);
    expect(register.events).toEqual(['silence', 'unshown']);
    expect(register.state.announced).toBeUndefined();
  });

  it('does not turn a restart of ten minutes into an exchange', () => {
    const register = new Register(1000n);
    register.announce(said(1060n, 1000n, MINUTE_MS));
    for (let minute = 1; minute <= 2; minute += 1) register.read(1000n + BigInt(20 * minute), minute * MINUTE_MS);
    for (const n of [0, 1, 2]) register.read(1380n, 12 * MINUTE_MS + n * MINUTE_MS);
    expect(register.countedKwh).toBe(380n);
  });

  it('waits for the register an hour and no longer, and says so', () => {
    const register = new Register(1000n);
    register.announce(said(1001n, 7n, 0));
    for (let minute = 1; minute <= 60; minute += 1) register.read(1000n, minute * MINUTE_MS);
    expect(register.events).toEqual([]);
    register.read(1000n, 61 * MINUTE_MS);
    expect(register.events).toEqual(['unshown']);
    for (const n of [0, 1, 2]) register.read(8n, 90 * MINUTE_MS + n * MINUTE_MS);
    expect(register.events).toEqual(['unshown', 'reset']);
    expect(register.countedKwh).toBe(0n);
    register.announce(said(1100n, 3n, 3 * HOUR_MS));
  });
});

it('follows a change for which a silence would count more than both meters showed', () => {
  const register = new Register(1000n);
  register.announce(said(1500n, 2000n, HOUR_MS));
  for (const n of [0, 1, 2]) register.read(2400n, 2 * HOUR_MS + n * MINUTE_MS);
  expect(register.countedKwh).toBe(900n);
  expect(register.events).toEqual(['set']);
});
