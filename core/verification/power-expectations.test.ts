import { describe, expect, it } from 'vitest';
import type { Reading } from '../acquisition/reading.ts';
import { present } from '../model/assert.ts';
import { expectedPower } from './expected-power.ts';
import { UnitHistory } from './history.ts';
import { judge } from './judge.ts';
import { type JudgedReading, powerExpectations } from './power-expectations.ts';
import { around, contextFor, restingReading, steadyReading, UNIT, withEnergy } from './readings.testing.ts';
import { DEFAULT_SETTINGS } from './settings.ts';
import { trainTwin, twinDigest } from './twin/twin-model.ts';
import { UnitTwin } from './twin/unit-twin.ts';

/** A machine that is 6 % better than the textbook, at many loads, a little off each time. */
function generating(index: number, { flow = 1.5 + 0.8 * ((index * 0.618_034) % 1), powerShare = 1 } = {}): Reading {
  const powerKw = 850 * flow * powerShare * (1 + 0.002 * Math.sin(index * 78.233));
  return {
    ...steadyReading(index),
    ...withEnergy(index, Math.round((powerKw * 1000) / 12)),
    flowM3s: around(flow),
    headM: around(96, 0.001),
    powerKw: around(powerKw),
    gatePercent: around(20 + 30 * flow),
  };
}

const training = Array.from({ length: 400 }, (_, index) => ({ reading: generating(index), siblings: [] }));
const model = present(trainTwin(UNIT, training, DEFAULT_SETTINGS), 'the model');
const digest = twinDigest(model);

function judged(reading: Reading, of: string | undefined): JudgedReading {
  const engine = { version: '1', config: 'sha256:0', ...(of === undefined ? {} : { model: of }) };
  return { reading, verdict: { status: 'APPROVED', findings: [], engine } };
}

function expectations(readings: readonly JudgedReading[]): ReturnType<typeof powerExpectations> {
  return powerExpectations(readings, UNIT, DEFAULT_SETTINGS, (asked) => (asked === digest ? model : undefined));
}

describe('what a reading was held against', () => {
  it('is the model of its verdict, and ends where the model speaks', () => {
    const reading = generating(1001);
    const [expectation] = expectations([judged(reading, digest)]);
    const { expectedKw, lowKw, highKw, basis, model: named } = present(expectation, 'an expectation');
    expect([basis, named]).toEqual(['modelByFlow', digest]);
    expect(expectedKw / present(reading.powerKw, 'power').mean).toBeCloseTo(1, 2);
    const codesAt = (powerKw: number): string[] => {
      const claim = { ...reading, ...withEnergy(1001, Math.round((powerKw * 1000) / 12)), powerKw: around(powerKw) };
      const twin = new UnitTwin(UNIT, model, DEFAULT_SETTINGS);
      const context = { ...contextFor(claim, new UnitHistory(UNIT)), twin };
      return judge(claim, context, DEFAULT_SETTINGS).findings.map(({ code }) => code);
    };
    for (const [outside, inside] of [
      [1.0005 * highKw, 0.9995 * highKw],
      [0.9995 * lowKw, 1.0005 * lowKw],
    ] as const) {
      expect(codesAt(outside)).toContain('VER_POWER_UNLIKE_FLOW');
      expect(codesAt(inside)).not.toContain('VER_POWER_UNLIKE_FLOW');
    }
    expect(highKw / expectedKw).toBeLessThan(1.03);
  });

  it('is the gate where the flow was not measured', () => {
    const { flowM3s: _flow, ...reading } = generating(1002);
    const [expectation] = expectations([judged(reading, digest)]);
    expect(expectation?.basis).toBe('modelByGate');
    expect(present(expectation, 'an expectation').expectedKw / (reading.powerKw?.mean ?? 0)).toBeCloseTo(1, 2);
  });

  it('follows what the unit has slowly become', () => {
    const readings = Array.from({ length: 300 }, (_, index) =>
      judged(generating(1000 + index, { flow: 1.9 + 0.1 * Math.sin(index / 20), powerShare: 0.98 }), digest),
    );
    const found = expectations(readings);
    const ratioOf = (at: number): number =>
      present(found[at], 'an expectation').expectedKw / present(readings[at]?.reading.powerKw, 'power').mean;
    expect(ratioOf(0)).toBeCloseTo(1 / 0.98, 2);
    expect(ratioOf(299)).toBeCloseTo(1, 2);
  });

  it('is a curve for a verdict without a model, for a model that is gone, and before there was one', () => {
    const readings = [
      judged(generating(1), undefined),
      judged(generating(2), 'sha256:gone'),
      judged(generating(3), digest),
    ];
    const found = expectations(readings);
    expect(found.map((each) => each?.basis)).toEqual(['textbook', 'textbook', 'modelByFlow']);
    expect(found.map((each) => each?.model)).toEqual([undefined, undefined, digest]);
    const [first] = readings;
    expect(found[0]).toEqual(expectedPower(present(first, 'a reading').reading, UNIT, DEFAULT_SETTINGS));
  });

  it('is nothing where nothing flows', () => {
    expect(expectations([judged(restingReading(5), digest)])).toEqual([undefined]);
  });
});
