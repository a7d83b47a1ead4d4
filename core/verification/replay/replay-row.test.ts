import { describe, expect, it } from 'vitest';
import { PLANT, UNIT } from '../readings.testing.ts';
import { DEFAULT_SETTINGS } from '../settings.ts';
import { Replay } from './replay.ts';
import { type ReplayRow, understandRow } from './replay-row.ts';

const INTERVAL_MS = 300_000;
const ROW: ReplayRow = {
  rowId: '7',
  timestamp: '2026-06-01T10:05:00.000Z',
  deviceId: 'unit1',
  flowRate_m3_per_s: '2.113',
  headHeight_m: '95.21',
  power_kW: '1612.4',
  generatedKwh: '134.4',
  exportCounter_kWh: '52013.25',
  pH: '7.1',
  turbidity_ntu: '12.5',
  temperature_celsius: '11.9',
  gatePercent: '81.25',
  status: 'generating',
  receivedAt: '2026-06-01T10:05:04Z',
};

const understand = (changes: ReplayRow = {}) => understandRow({ ...ROW, ...changes }, 'HP-TEST', INTERVAL_MS);

describe('a row', () => {
  it('is the reading of the interval that ends at its time', () => {
    const understood = understand();
    expect(understood).toMatchObject({
      unreadable: {},
      receivedAtMs: Date.parse('2026-06-01T10:05:04Z'),
      registerKwh: 52_013.25,
      resolutionKwh: 0.1,
      reading: {
        unitId: 'unit1',
        from: '2026-06-01T10:00:00.000Z',
        to: '2026-06-01T10:05:00.000Z',
        energyWh: 134_400,
        powerKw: { mean: 1612.4, min: 1612.4, max: 1612.4, coverage: 1 },
        gatePercent: { mean: 81.25 },
        waterTemperatureCel: { mean: 11.9 },
        stateSeconds: { generating: 300 },
      },
    });
  });

  it('misses what is empty, and does not take it for zero', () => {
    const { reading, registerKwh } =
      understand({ power_kW: '', generatedKwh: '', exportCounter_kWh: '', status: '' }) ?? {};
    expect(reading).not.toHaveProperty('powerKw');
    expect(reading).not.toHaveProperty('energyWh');
    expect(reading).not.toHaveProperty('stateSeconds');
    expect(registerKwh).toBeUndefined();
    expect(understand({ power_kW: '0' })?.reading.powerKw?.mean).toBe(0);
  });

  it('takes a time with another offset for what it is, and none without offset', () => {
    expect(understand({ timestamp: '2026-06-01T15:35:00+05:30' })?.reading.to).toBe('2026-06-01T10:05:00.000Z');
    for (const timestamp of [
      '',
      '2026-06-01T10:05:00',
      '2026-06-01 10:05',
      '01/06/2026',
      '2026-13-01T00:00:00Z',
      'x',
    ]) {
      expect(understand({ timestamp })).toBeUndefined();
    }
  });

  it('arrived when its interval ended where nothing else is said', () => {
    expect(understand({ receivedAt: '' })?.receivedAtMs).toBe(Date.parse('2026-06-01T10:05:00Z'));
    const broken = understand({ receivedAt: 'yesterday' });
    expect(broken?.unreadable).toEqual({ receivedAt: 'yesterday' });
    expect(broken?.receivedAtMs).toBe(Date.parse('2026-06-01T10:05:00Z'));
  });

  it.each(['NaN', 'nan', 'Infinity', '-inf', 'abc', '12 kW', '1,5', '0x10', '1e9999', '--5', '1.2.3', 'null', '#REF!'])(
    'says that %j is no number',
    (text) => {
      const understood = understand({ power_kW: text });
      expect(understood?.unreadable).toEqual({ power_kW: text });
      expect(understood?.reading).not.toHaveProperty('powerKw');
    },
  );

  it.each([
    ['-3', -3],
    ['+4.5', 4.5],
    ['.5', 0.5],
    ['7.', 7],
    ['1.5e3', 1500],
  ])('reads %j', (text, value) => {
    expect(understand({ flowRate_m3_per_s: text })?.reading.flowM3s?.mean).toBe(value);
  });

  it('says which word is no state', () => {
    expect(understand({ status: 'RUN' })?.unreadable).toEqual({ status: 'RUN' });
  });
});

describe('a replay of bad rows', () => {
  const verdictOf = (changes: ReplayRow) =>
    new Replay({
      config: { plant: PLANT, units: [UNIT], intervalMs: INTERVAL_MS },
      settings: DEFAULT_SETTINGS,
      trainDays: 0,
    }).judge({ ...ROW, ...changes });

  it.each([
    ['text in a number', { power_kW: 'abc' }, 'VER_VALUE_INVALID'],
    ['not a number', { headHeight_m: 'NaN' }, 'VER_VALUE_INVALID'],
    ['infinity', { generatedKwh: 'Infinity' }, 'VER_VALUE_INVALID'],
    ['an absurd value', { flowRate_m3_per_s: '1e12' }, 'VER_VALUE_INVALID'],
    ['a negative energy', { generatedKwh: '-134.4' }, undefined],
    ['an unknown unit', { deviceId: 'unit77' }, 'VER_VALUE_INVALID'],
    ['no time', { timestamp: '' }, 'VER_VALUE_INVALID'],
    ['a row of too many fields', { brokenRow: '15 fields where the header has 14' }, 'VER_VALUE_INVALID'],
    ['a time yet to come', { timestamp: '2026-06-02T10:05:00Z' }, 'VER_FUTURE'],
  ])('finds %s, and never approves it', (_, changes, code) => {
    const { status, trustScore, findings } = verdictOf(changes as ReplayRow);
    expect(status).toBe('REJECTED');
    expect(trustScore).toBeLessThan(0.5);
    expect(Number.isFinite(trustScore)).toBe(true);
    if (code !== undefined) expect(findings.map((finding) => finding.code)).toContain(code);
    expect(findings.length).toBeGreaterThan(0);
  });
});
