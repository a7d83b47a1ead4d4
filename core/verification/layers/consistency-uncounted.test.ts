import { describe, expect, it } from 'vitest';
import type { Reading, UncountedRegister } from '../../acquisition/reading.ts';
import { present } from '../../model/assert.ts';
import { judge } from '../judge.ts';
import { contextFor, steadyHistory, steadyReading } from '../readings.testing.ts';
import { DEFAULT_SETTINGS } from '../settings.ts';
import { consistency } from './consistency.ts';

const AT = 100;
const { energyWh: _counted, energySource: _source, registers: _spans, ...without } = steadyReading(AT);
const POWER_KW = present(without.powerKw, 'power').mean;

/** What is said of a reading whose register rose by `kwh` within the interval and is not counted. */
function said(kwh: number, more: Partial<UncountedRegister> = {}, base: Reading = without) {
  const register = { startAt: base.from, endAt: base.to, startKwh: '4000', endKwh: String(4000 + kwh) };
  const uncounted = { energyExport: { ...register, reason: 'ACQ_COUNTER_UNCONFIRMED', ...more } };
  const reading: Reading = { ...base, uncounted };
  const { status, findings } = judge(reading, contextFor(reading, steadyHistory(AT)), DEFAULT_SETTINGS, [consistency]);
  return { status, code: findings[0]?.code, message: findings[0]?.message ?? '', action: findings[0]?.action ?? '' };
}

const hours = (Date.parse(without.to) - Date.parse(without.from)) / 3_600_000;

describe('a register that was read and is not counted', () => {
  it('is the first one, and counting begins with it: nothing for a person to do', () => {
    const { status, code, message } = said(0, { reason: 'ACQ_COUNTER_BEGINS' });
    expect([status, code]).toEqual(['APPROVED', 'VER_ENERGY_BEGINS']);
    expect(message).toMatch(/first time: 4000 kWh at \d\d:\d\d:\d\d UTC\. Counting begins with it\.$/);
  });

  it.each([
    [1000, '1000'],
    [10, '10'],
    [0.001, '0.001'],
  ])('rises by %d times what the power makes: the scale is named, with the factor', (factor, shown) => {
    const { status, code, message, action } = said(POWER_KW * hours * factor);
    expect([status, code]).toEqual(['FLAGGED', 'VER_ENERGY_UNCOUNTED']);
    expect(message).toContain(`about ${shown} times what the power of ${POWER_KW.toFixed(1)} kW makes`);
    expect(action).toMatch(/^Check scale/);
  });

  it('rises by more than the unit can generate, and nobody knows its power', () => {
    const { powerKw: _power, ...blind } = without;
    const { message, action } = said(1e6, {}, blind);
    expect(message).toMatch(/times what the unit can generate\.$/);
    expect(action).toMatch(/^Check scale/);
  });

  it('rises as it should, or falls: it waits to be confirmed, and no scale is blamed', () => {
    for (const kwh of [POWER_KW * hours, -50]) {
      const { code, message, action } = said(kwh);
      expect(code).toBe('VER_ENERGY_UNCOUNTED');
      expect(message).toContain('too few reads have confirmed');
      expect(action).not.toContain('scale');
    }
  });

  it('says why else: an unknown measure, or a float too coarse', () => {
    expect(said(0, { reason: 'ACQ_COUNTER_SCALE' }).message).toContain('unit or decimals changed');
    expect(said(0, { reason: 'ACQ_COUNTER_COARSE' }).action).toContain('64-bit');
  });
});
