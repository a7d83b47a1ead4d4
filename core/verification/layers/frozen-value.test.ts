import { describe, expect, it } from 'vitest';
import type { Reading, Statistics } from '../../acquisition/reading.ts';
import { UnitHistory } from '../history.ts';
import { judge } from '../judge.ts';
import { constant, INTERVAL_MS, PLANT, restingReading, steadyReading, UNIT } from '../readings.testing.ts';
import { DEFAULT_SETTINGS } from '../settings.ts';
import type { Watched } from '../time-line.ts';
import type { Finding } from '../verdict.ts';

const AT = 300;
const SAMPLES = 300;

const moving = (statistics: Statistics | undefined, distinct: number): Statistics => ({
  ...(statistics ?? { mean: 1, min: 1, max: 1, coverage: 1 }),
  samples: SAMPLES,
  distinct,
});

/** A steady reading whose three watched sensors held so many different values. */
function counted(index: number, distinct: number): Reading {
  const { powerKw, flowM3s, headM, ...rest } = steadyReading(index);
  return {
    ...rest,
    powerKw: moving(powerKw, distinct),
    flowM3s: moving(flowM3s, distinct + 1),
    headM: moving(headM, distinct + 2),
  };
}

function frozen(reading: Reading, name: Watched, samples = SAMPLES): Reading {
  const mean = reading[name]?.mean ?? 0;
  return { ...reading, [name]: { mean, min: mean, max: mean, coverage: 1, samples, distinct: 1 } };
}

function historyOf(readings: number, distinct: number): UnitHistory {
  const history = new UnitHistory(UNIT);
  for (let index = AT - readings; index < AT; index += 1) {
    history.remember({ reading: counted(index, distinct), status: 'APPROVED' });
  }
  return history;
}

function stuck(reading: Reading, history: UnitHistory): Finding[] {
  const context = {
    plant: PLANT,
    unit: UNIT,
    intervalMs: INTERVAL_MS,
    closedAtMs: Date.parse(reading.to) + 1000,
    history,
    siblings: [],
  };
  return judge(reading, context, DEFAULT_SETTINGS).findings.filter(({ code }) => code === 'VER_STUCK_VALUE');
}

describe('a frozen value', () => {
  it.each(['powerKw', 'flowM3s', 'headM'] as const)(
    'of %s is found with the first reading that lies wholly in the freeze',
    (name) => {
      const [finding, ...more] = stuck(frozen(counted(AT, 40), name), historyOf(40, 20));
      expect(more).toEqual([]);
      expect(finding).toMatchObject({ severity: 'flag', evidence: { quantity: name, samples: SAMPLES } });
      expect(finding?.message).toMatch(/has stood at exactly .* for all 300 samples while the unit generates/);
      expect(finding?.action).toMatch(/end of its range/);
    },
  );

  it('is not seen in what moves', () => {
    expect(stuck(counted(AT, 2), historyOf(40, 20))).toEqual([]);
  });

  it('is not seen in a register that never showed more than a few values', () => {
    expect(stuck(frozen(counted(AT, 1), 'powerKw'), historyOf(40, 3))).toEqual([]);
  });

  it('is not seen before it is known how the sensor usually moves', () => {
    expect(stuck(frozen(counted(AT, 40), 'powerKw'), historyOf(11, 20))).toEqual([]);
    expect(stuck(frozen(counted(AT, 40), 'powerKw'), historyOf(12, 20))).toHaveLength(1);
  });

  it('is not seen in a few samples', () => {
    expect(stuck(frozen(counted(AT, 40), 'powerKw', 29), historyOf(40, 20))).toEqual([]);
  });

  it('is not seen in a unit at rest', () => {
    const rest = restingReading(AT);
    const still = { mean: 98, min: 98, max: 98, coverage: 1, samples: SAMPLES, distinct: 1 };
    expect(stuck({ ...rest, headM: still }, historyOf(40, 20))).toEqual([]);
  });

  it('is counted by the time of the readings, whatever arrives in between', () => {
    const value = constant(1234.5);
    const held = (index: number): Reading => ({ ...counted(index, 40), powerKw: value });
    const history = historyOf(40, 20);
    for (let index = AT; index < AT + 5; index += 1) {
      history.remember({ reading: held(index), status: 'APPROVED' });
      history.remember({ reading: counted(index - 200, 20), status: 'APPROVED' });
    }
    const [finding] = stuck(held(AT + 5), history);
    expect(finding).toMatchObject({ evidence: { quantity: 'powerKw', readings: 6 } });
    expect(stuck(held(AT + 7), history)).toEqual([]);
  });

  it('judges the same with a history rebuilt from its window', () => {
    const long = historyOf(300, 20);
    const short = historyOf(DEFAULT_SETTINGS.historyReadings, 20);
    expect(long.usualDistinct('powerKw', 12)).toBe(short.usualDistinct('powerKw', 12));
    expect(long.usualDistinct('headM', 12)).toBe(22);
  });
});
