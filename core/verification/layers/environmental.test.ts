import { describe, expect, it } from 'vitest';
import { announceSeed } from '../../../tests/contract/driver-host.ts';
import type { Reading } from '../../acquisition/reading.ts';
import type { WaterBandConfig } from '../../config/water-bands.ts';
import { seededRandom } from '../../model/random.ts';
import { judge } from '../judge.ts';
import type { LayerResult, VerificationContext } from '../layer.ts';
import { constant, contextFor, INTERVAL_MS, steadyReading, UNIT } from '../readings.testing.ts';
import { DEFAULT_SETTINGS } from '../settings.ts';
import { combine } from '../trust-score.ts';
import { trainTwin } from '../twin/twin-model.ts';
import { UnitTwin } from '../twin/unit-twin.ts';
import { learnSeasons } from '../water-seasons.ts';
import { environmental } from './environmental.ts';

const MONSOON: readonly WaterBandConfig[] = [
  { quantity: 'turbidity', months: [6, 7, 8, 9], max: 5000 },
  { quantity: 'turbidity', max: 60 },
  { quantity: 'ph', min: 6.8 },
];

function readingAt(
  from: string,
  water: Partial<Record<'waterTemperatureCel' | 'ph' | 'turbidityNtu', number>>,
): Reading {
  const to = new Date(Date.parse(from) + INTERVAL_MS).toISOString();
  const { waterTemperatureCel: _t, ph: _p, turbidityNtu: _n, ...reading } = steadyReading(1);
  const values = Object.fromEntries(Object.entries(water).map(([name, value]) => [name, constant(value)]));
  return { ...reading, from, to, ...values };
}

function messages(reading: Reading, context: Partial<VerificationContext> = {}): string[] {
  const { findings } = environmental.check(reading, { ...contextFor(reading), ...context }, DEFAULT_SETTINGS);
  expect(findings.every(({ severity }) => severity === 'note')).toBe(true);
  return findings.map(({ message }) => message);
}

describe('bands that plant.yaml states', () => {
  it('hold for their months, and the first that fits holds', () => {
    const silty = { turbidityNtu: 2400 };
    expect(messages(readingAt('2026-07-15T10:00:00Z', silty), { waterBands: MONSOON })).toEqual([]);
    expect(messages(readingAt('2026-11-15T10:00:00Z', silty), { waterBands: MONSOON })).toEqual([
      'Turbidity 2400 NTU is outside 0 to 60 NTU, which plant.yaml states.',
    ]);
    expect(messages(readingAt('2026-07-15T10:00:00Z', { turbidityNtu: 7000 }), { waterBands: MONSOON })).toEqual([
      'Turbidity 7000 NTU is outside 0 to 5000 NTU, which plant.yaml states for July.',
    ]);
    // What is stated of one side leaves the guard on the other.
    expect(messages(readingAt('2026-07-15T10:00:00Z', { ph: 9.4 }), { waterBands: MONSOON })).toHaveLength(1);
    expect(messages(readingAt('2026-07-15T10:00:00Z', { ph: 6.5 }), { waterBands: MONSOON })).toHaveLength(1);
  });

  it('begin and end with the month of the plant, not of UTC', () => {
    const plant = { ...contextFor(steadyReading(1)).plant, timezone: 'Asia/Kolkata' };
    const silty = { turbidityNtu: 2400 };
    const context = { waterBands: MONSOON, plant };
    // 31 May 20:00 UTC is June already at the plant; 30 September 20:00 UTC is October.
    expect(messages(readingAt('2026-05-31T20:00:00Z', silty), context)).toEqual([]);
    expect(messages(readingAt('2026-05-31T16:00:00Z', silty), context)).toHaveLength(1);
    expect(messages(readingAt('2026-09-30T20:00:00Z', silty), context)).toHaveLength(1);
  });
});

/** `days` days of a month whose water lies around a middle, with an hour of a broken sensor each day. */
function month(from: string, days: number, middle: { ph: number; turbidity: number }): Reading[] {
  return Array.from({ length: days * 288 }, (_, index) => {
    const at = new Date(Date.parse(from) + index * INTERVAL_MS).toISOString();
    const wave = Math.sin(index * 0.7);
    const isBroken = index % 288 < 2;
    return readingAt(at, {
      ph: isBroken ? 0 : middle.ph + 0.1 * wave,
      turbidityNtu: middle.turbidity * (1 + 0.5 * wave),
    });
  });
}

describe('seasons that a model has learned', () => {
  const readings = [
    ...month('2026-02-02T00:00:00Z', 20, { ph: 7.6, turbidity: 8 }),
    ...month('2026-07-02T00:00:00Z', 20, { ph: 7.1, turbidity: 900 }),
    ...month('2026-08-02T00:00:00Z', 0.5, { ph: 7.1, turbidity: 900 }),
  ];

  it('are quantiles by month, which an hour of a broken sensor does not widen', () => {
    const seasons = learnSeasons(readings);
    expect(Object.keys(seasons ?? {})).toEqual(['2', '7']);
    expect(seasons?.['2']?.ph).toMatchObject({
      low: expect.closeTo(7.5, 1),
      high: expect.closeTo(7.7, 1),
      readings: 5760,
    });
    expect(seasons?.['7']?.turbidityNtu?.high).toBeCloseTo(1350, -1);
  });

  it('leave an honest monsoon alone and note what is unlike the site in that month', () => {
    const training = readings.map((reading) => ({ reading, siblings: [] }));
    const model = trainTwin(UNIT, training, DEFAULT_SETTINGS);
    const context = { twin: new UnitTwin(UNIT, model, DEFAULT_SETTINGS) };
    expect(messages(readingAt('2027-07-20T12:00:00Z', { turbidityNtu: 2000 }), context)).toEqual([]);
    expect(messages(readingAt('2027-02-20T12:00:00Z', { turbidityNtu: 90 }), context)).toEqual([
      'Turbidity 90 NTU is unlike February at this site, where 98 of 100 of 5760 readings were 4 to 12 NTU.',
    ]);
    // Too little was seen of August: the guard band for any river stands in.
    expect(messages(readingAt('2027-08-20T12:00:00Z', { turbidityNtu: 90 }), context)).toEqual([]);
    // What plant.yaml states goes before what was learned.
    const stated = { ...context, waterBands: [{ quantity: 'turbidity', max: 100 }] as const };
    expect(messages(readingAt('2027-02-20T12:00:00Z', { turbidityNtu: 90 }), stated)).toEqual([]);
  });
});

describe('the credit of the energy', () => {
  const random = seededRandom(announceSeed('water never gates'));
  const wild = (): number => 10 ** (12 * random.next() - 4) * (random.next() < 0.3 ? -1 : 1);

  it('is never lost by what the water shows, whatever the other layers say', () => {
    const judged = (): LayerResult =>
      random.next() < 0.3
        ? { outcome: 'abstain', reason: 'none', findings: [] }
        : { outcome: 'pass', score: 0.86 + 0.14 * random.next(), findings: [] };
    let approved = 0;
    for (let i = 0; i < 3000; i += 1) {
      const reading = readingAt('2026-03-15T10:00:00Z', {
        ph: wild(),
        turbidityNtu: wild(),
        waterTemperatureCel: wild(),
      });
      const water = environmental.check(reading, contextFor(reading), DEFAULT_SETTINGS);
      const others = { physics: judged(), temporal: judged(), statistical: judged(), consistency: judged() };
      const none: LayerResult = { outcome: 'abstain', reason: 'none', findings: [] };
      if (combine({ ...others, environmental: none }, DEFAULT_SETTINGS.weights).status !== 'APPROVED') continue;
      approved += 1;
      expect(combine({ ...others, environmental: water }, DEFAULT_SETTINGS.weights).status).toBe('APPROVED');
    }
    expect(approved).toBeGreaterThan(500);
  });

  it('stays with a reading that is approved without its water', () => {
    for (let index = 1; index < 60; index += 1) {
      const { registers: _registers, ...reading } = steadyReading(index);
      const silty = { ...reading, ph: constant(3 + 9 * random.next()), turbidityNtu: constant(20_000 * random.next()) };
      const verdict = judge(silty, contextFor(silty), DEFAULT_SETTINGS);
      expect(verdict.status).toBe('APPROVED');
      expect(verdict.findings.every(({ severity }) => severity === 'note')).toBe(true);
    }
  });
});
