import { describe, expect, test } from 'vitest';
import { announceSeed } from '../../../tests/contract/driver-host.ts';
import type { Reading } from '../../acquisition/reading.ts';
import { present } from '../../model/assert.ts';
import { seededRandom } from '../../model/random.ts';
import { judge } from '../judge.ts';
import { around, contextFor, INTERVAL_MS, steadyReading, UNIT } from '../readings.testing.ts';
import { hasVeto } from '../review.ts';
import { DEFAULT_SETTINGS, type VerificationSettings } from '../settings.ts';
import type { Verdict } from '../verdict.ts';
import { doubtedRelations } from './doubted-relations.ts';
import { type ApprovedReading, REVIEWED_FACTOR_MAX } from './learn-from-reviews.ts';
import { RELATION_NAMES } from './observe.ts';
import { TRAINING_READINGS_MIN, type TwinModel, trainTwin } from './twin-model.ts';
import { UnitTwin } from './unit-twin.ts';

const COUNT = TRAINING_READINGS_MIN + 60;
const DAY = 86_400_000 / INTERVAL_MS;
const READINGS = Array.from({ length: COUNT }, (_none, index) => ({ reading: steadyReading(index), siblings: [] }));
const PLAIN = present(trainTwin(UNIT, READINGS, DEFAULT_SETTINGS), 'the model');

function withReviews(
  approved: readonly ApprovedReading[],
  rejected = 0,
  settings: VerificationSettings = DEFAULT_SETTINGS,
): TwinModel {
  return present(trainTwin(UNIT, READINGS, settings, { approved, rejected }), 'the model');
}

/** The `index`th reading with its power, and the energy with it, `factor` times as large. */
function claiming(index: number, factor: number): Reading {
  const reading = steadyReading(index);
  const powerKw = present(reading.powerKw, 'its power').mean * factor;
  return { ...reading, powerKw: around(powerKw), energyWh: Math.floor((powerKw * INTERVAL_MS) / 3_600_000) * 1000 };
}

function approved(count: number, days: number, factor: number): ApprovedReading[] {
  return Array.from({ length: count }, (_none, n) => ({
    reading: claiming(COUNT + (n % days) * DAY + n, factor),
    siblings: [],
    doubted: RELATION_NAMES,
  }));
}

function judgedBy(model: TwinModel, reading: Reading): Verdict {
  const twin = new UnitTwin(UNIT, model, DEFAULT_SETTINGS);
  return judge(reading, { ...contextFor(reading), twin }, DEFAULT_SETTINGS);
}

describe('what approved readings may widen', () => {
  test('nothing at all where no review counts: the text is byte for byte the same', () => {
    expect(JSON.stringify(withReviews([]))).toBe(JSON.stringify(PLAIN));
    expect(PLAIN).not.toHaveProperty('reviewed');
  });

  test('no spread, by fewer than five readings, or by readings of one day', () => {
    for (const few of [approved(4, 4, 1.3), approved(9, 1, 1.3)]) {
      const { reviewed, ...model } = withReviews(few, 2);
      expect(model).toEqual(PLAIN);
      expect(reviewed).toMatchObject({ approved: few.length, rejected: 2 });
      expect(reviewed?.relations.powerByGate).toMatchObject({ readings: few.length, factor: 1, at: [] });
    }
  });

  test('the spread of the relations that the findings named, near the loads of the readings, and no line', () => {
    const only = approved(6, 2, 1.3).map((each) => ({ ...each, doubted: ['powerByGate'] as const }));
    const model = withReviews(only);
    const { factor = 0, at = [] } = model.reviewed?.relations.powerByGate ?? {};
    expect(factor).toBeGreaterThan(1);
    const [before, after] = [PLAIN, model].map(({ relations }) => present(relations.powerByGate, 'the relation'));
    expect(after).toEqual({
      ...before,
      spread: before?.spread.map((own, knot) => (at.includes(knot) ? Number((own * factor).toPrecision(9)) : own)),
    });
    expect({ ...model.relations, powerByGate: null }).toEqual({ ...PLAIN.relations, powerByGate: null });
    expect(Object.keys(model.reviewed?.relations ?? {})).toEqual(['powerByGate']);
    expect(JSON.stringify(withReviews(only))).toBe(JSON.stringify(model));
  });

  test('no further than half as much again, however far off the readings are', () => {
    const model = withReviews(approved(40, 20, 1.3));
    expect(model.reviewed?.relations.powerByGate?.factor).toBe(REVIEWED_FACTOR_MAX);
  });

  test('no further than what keeps a refused claim a finding, where the limits lie close together', () => {
    const { physics } = DEFAULT_SETTINGS;
    const settings = { ...DEFAULT_SETTINGS, physics: { ...physics, twinRejectSigmas: 1.2 * physics.twinFlagSigmas } };
    const factor = withReviews(approved(40, 20, 1.3), 0, settings).reviewed?.relations.powerByGate?.factor;
    expect(factor).toBeGreaterThan(1.1);
    expect(factor).toBeLessThan(1.2);
  });
});

test('no set of reviews lets a vetoed reading pass', () => {
  const random = seededRandom(announceSeed('reviews and vetoes'));
  let vetoed = 0;
  for (let round = 0; round < 40; round += 1) {
    const model = withReviews(
      Array.from({ length: 1 + Math.floor(60 * random.next()) }, () => ({
        reading: claiming(COUNT + Math.floor(5000 * random.next()), 0.7 + 0.8 * random.next()),
        siblings: [],
        doubted: RELATION_NAMES.filter(() => random.next() < 0.8),
      })),
    );
    for (const name of RELATION_NAMES) {
      const [before, after] = [PLAIN, model].map(({ relations }) => relations[name]);
      expect(after?.y).toEqual(before?.y);
      for (const [knot, spread] of (after?.spread ?? []).entries()) {
        expect(spread / (before?.spread[knot] ?? 0)).toBeGreaterThanOrEqual(1);
        expect(spread / (before?.spread[knot] ?? 0)).toBeLessThanOrEqual(REVIEWED_FACTOR_MAX + 1e-6);
      }
    }
    for (let n = 0; n < 40; n += 1) {
      const claim = claiming(COUNT + n, 1 + 0.12 * random.next());
      const verdict = judgedBy(PLAIN, claim);
      if (!hasVeto(verdict)) continue;
      vetoed += 1;
      expect(judgedBy(model, claim).status).not.toBe('APPROVED');
    }
  }
  expect(vetoed).toBeGreaterThan(100);
});

test('the findings of a verdict name the relations that they doubt', () => {
  const verdict = judgedBy(PLAIN, claiming(COUNT, 1.08));
  expect(doubtedRelations(verdict.findings)).toContain('powerByGate');
  expect(doubtedRelations(verdict.findings.map((each) => ({ ...each, severity: 'note' as const })))).toEqual([]);
  expect(doubtedRelations([{ code: 'VER_HEAD_UNLIKE_SIBLINGS', severity: 'flag' }])).toEqual(['headBySibling']);
});
