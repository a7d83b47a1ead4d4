import { expect, test } from 'vitest';
import type { Reading } from '../../acquisition/reading.ts';
import type { UnitConfig } from '../../config/plant.ts';
import { judge } from '../judge.ts';
import { contextFor, restingReading, steadyReading, UNIT } from '../readings.testing.ts';
import { DEFAULT_SETTINGS } from '../settings.ts';

const SIGNALS = {
  flow: 'plc/flow',
  head: 'plc/head',
  power: 'plc/power',
  status: 'plc/status',
  energyExport: 'plc/kwh',
};
const unit: UnitConfig = { ...UNIT, signals: SIGNALS };

function without(reading: Reading, ...names: (keyof Reading)[]): Reading {
  return Object.fromEntries(
    Object.entries(reading).filter(([name]) => !names.includes(name as keyof Reading)),
  ) as never;
}

function said(reading: Reading, parts: Partial<ReturnType<typeof contextFor>> = {}): [string, string][] {
  const { status, findings } = judge(reading, { ...contextFor(reading), unit, ...parts }, DEFAULT_SETTINGS);
  return findings
    .filter(({ code }) => code === 'VER_SIGNALS_MISSING')
    .map(({ severity, evidence }) => [`${status} ${severity}`, String(evidence.missing)]);
}

const BORNE = ['flowM3s', 'headM', 'powerKw'] as const;

test('a claim that nothing but its register speaks for is flagged, with what is missing', () => {
  const bare = without(steadyReading(1), ...BORNE, 'stateSeconds', 'gatePercent');
  expect(said(bare)).toEqual([['FLAGGED flag', 'flow,head,power,status']]);
  expect(said(without(steadyReading(1), ...BORNE))).toEqual([['FLAGGED flag', 'flow,head,power']]);
});

test('a single missing quantity among several is a note and changes no status', () => {
  for (const [field, name] of [...BORNE, 'stateSeconds' as const].map(
    (each, at) => [each, Object.keys(SIGNALS)[at]] as const,
  )) {
    expect(said(without(steadyReading(1), field))).toEqual([['APPROVED note', name]]);
  }
});

test('nothing is missing that plant.yaml does not name, that the file has no column for, or while nothing is claimed', () => {
  const bare = without(steadyReading(1), ...BORNE, 'stateSeconds');
  expect(said(steadyReading(1))).toEqual([]);
  expect(said(bare, { unit: { ...UNIT, signals: { energyExport: 'plc/kwh' } } })).toEqual([]);
  expect(said(bare, { expected: [] })).toEqual([]);
  expect(said(bare, { expected: ['power'] })).toEqual([['FLAGGED flag', 'power']]);
  expect(said(without(restingReading(1), ...BORNE))).toEqual([]);
});
