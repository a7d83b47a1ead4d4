import { describe, expect, it } from 'vitest';
import { TimeLine, type Trace } from './time-line.ts';

const STEP_MS = 300_000;

function trace(step: number, changes: Partial<Trace> = {}): Trace {
  return {
    fromMs: step * STEP_MS,
    toMs: (step + 1) * STEP_MS,
    status: 'APPROVED',
    powerKw: 1000 + step,
    flowM3s: undefined,
    headM: undefined,
    gatePercent: undefined,
    energyKwh: 10,
    claimHolds: true,
    runs: {},
    originalMs: undefined,
    registerKwh: undefined,
    ...changes,
  };
}

const mark = (step: number, kwh: number) => ({ atMs: (step + 1) * STEP_MS, kwh });

describe('a time line', () => {
  it('finds neighbours by their time, whatever order they arrived in', () => {
    const line = new TimeLine(10);
    for (const step of [5, 2, 4, 3]) line.remember(trace(step), mark(step, 100 * step), true);
    expect(line.endingAt(4 * STEP_MS)?.powerKw).toBe(1003);
    expect(line.at(5 * STEP_MS)?.powerKw).toBe(1005);
    expect(line.at(6 * STEP_MS)).toBeUndefined();
    expect(line.registersAround(4.5 * STEP_MS)).toEqual({ before: mark(3, 300), after: mark(4, 400) });
    expect(line.registersAround(0)).toEqual({ after: mark(2, 200) });
    expect(line.registersAround(99 * STEP_MS)).toEqual({ before: mark(5, 500) });
  });

  it('forgets what arrived first, with its register', () => {
    const line = new TimeLine(3);
    for (const step of [9, 1, 2, 3]) line.remember(trace(step), mark(step, 100 * step), true);
    expect(line.at(9 * STEP_MS)).toBeUndefined();
    expect(line.endingAt(10 * STEP_MS)).toBeUndefined();
    expect(line.registersAround(99 * STEP_MS)).toEqual({ before: mark(3, 300) });
    expect(line.at(STEP_MS)?.powerKw).toBe(1001);
  });

  it('never puts what was refused in the place of what counts, and believes no register of it', () => {
    const line = new TimeLine(10);
    line.remember(trace(1), mark(1, 100), true);
    line.remember(trace(1, { status: 'REJECTED', powerKw: 7 }), mark(1, 900), true);
    expect(line.at(STEP_MS)?.powerKw).toBe(1001);
    expect(line.registersAround(99 * STEP_MS)).toEqual({ before: mark(1, 100) });
    line.remember(trace(1, { status: 'FLAGGED', powerKw: 8 }), undefined, true);
    expect(line.at(STEP_MS)?.powerKw).toBe(8);
  });

  it('adds up what was claimed in between, or says that something is missing', () => {
    const line = new TimeLine(10);
    line.remember(trace(1), undefined, true);
    line.remember(trace(2, { status: 'REJECTED', claimHolds: false, energyKwh: 99 }), undefined, true);
    line.remember(trace(3, { energyKwh: -5 }), undefined, true);
    expect(line.claimsBetween(STEP_MS, 4 * STEP_MS)).toEqual({ holding: 10, all: 109 });
    expect(line.claimsBetween(0, 4 * STEP_MS)).toBeUndefined();
    expect(line.claimsBetween(1.5 * STEP_MS, 4 * STEP_MS)).toBeUndefined();
    expect(line.claimsBetween(4 * STEP_MS, 4 * STEP_MS)).toEqual({ holding: 0, all: 0 });
    line.remember(trace(4, { energyKwh: undefined }), undefined, true);
    expect(line.claimsBetween(STEP_MS, 5 * STEP_MS)).toBeUndefined();
  });

  it('believes a doubted register again once it went on for four intervals in a row', () => {
    const line = new TimeLine(20);
    line.remember(trace(1), mark(1, 100), true);
    for (const step of [2, 3, 4]) line.remember(trace(step), mark(step, 500 + 10 * step), false);
    expect(line.registersAround(99 * STEP_MS)).toEqual({ before: mark(1, 100) });
    line.remember(trace(5), mark(5, 550), false);
    expect(line.registersAround(99 * STEP_MS)).toEqual({ before: mark(5, 550) });
  });

  it('does not count intervals together between which one is missing or the register fell', () => {
    const line = new TimeLine(20);
    for (const step of [2, 3, 5, 6]) line.remember(trace(step), mark(step, 500 + 10 * step), false);
    expect(line.registersAround(99 * STEP_MS)).toEqual({});
    line.remember(trace(7), mark(7, 1), false);
    line.remember(trace(8), mark(8, 700), false);
    expect(line.registersAround(99 * STEP_MS)).toEqual({});
  });

  it('gives up later and lower registers that were believed too soon, but never a long row of them', () => {
    const line = new TimeLine(200);
    for (const step of [5, 6]) line.remember(trace(step), mark(step, 100 + step), true);
    line.remember(trace(4), mark(4, 900), true);
    expect(line.registersAround(99 * STEP_MS)).toEqual({ before: mark(4, 900) });
    const long = new TimeLine(200);
    for (let step = 5; step < 60; step += 1) long.remember(trace(step), mark(step, 100 + step), true);
    long.remember(trace(4), mark(4, 900), true);
    expect(long.registersAround(99 * STEP_MS)).toEqual({ before: mark(59, 159) });
  });

  it('starts anew when the register was exchanged', () => {
    const line = new TimeLine(10);
    line.remember(trace(1), mark(1, 9000), true);
    line.forgetRegisters();
    expect(line.registersAround(99 * STEP_MS)).toEqual({});
    line.remember(trace(2), mark(2, 1), true);
    expect(line.registersAround(99 * STEP_MS)).toEqual({ before: mark(2, 1) });
  });
});
