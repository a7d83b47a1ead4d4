import { afterEach, beforeEach, expect, test } from 'vitest';
import type { PlantConfig, UnitConfig } from '../core/config/plant.ts';
import { toIso } from '../core/model/time.ts';
import { INTERVAL_MS, MonthPlant } from '../tests/fixtures/month-plant.ts';
import { type NewestReading, newestReading } from './newest-reading.ts';

const FIRST_MS = Date.UTC(2026, 4, 14);
const MINUTE_MS = 60_000;
let plant: MonthPlant;
beforeEach(() => {
  plant = new MonthPlant();
});
afterEach(() => plant.stop());

function at(nowMs: number, change: { startedAtMs?: number; periodMs?: number } = {}): NewestReading {
  const { startedAtMs, periodMs = 1000 } = change;
  const unit = { id: 'unit1', signals: { power: 'plc1/power' } } as unknown as UnitConfig;
  const config = { intervalMs: INTERVAL_MS, devices: [{ id: 'plc1', periodMs }] } as unknown as PlantConfig;
  const running = startedAtMs === undefined ? {} : { running: { startedAtMs } as never };
  return newestReading(unit, { config, store: plant.store, nowMs, ...running });
}

test('a reading speaks for the present until three intervals have passed since, whoever is silent', () => {
  const endMs = FIRST_MS + INTERVAL_MS;
  const index = plant.reading('unit1', FIRST_MS);
  const lastTo = toIso(endMs);
  expect(at(endMs + 3 * INTERVAL_MS)).toMatchObject({ reading: { index }, freshness: { state: 'current', lastTo } });
  const late = endMs + 3 * INTERVAL_MS + MINUTE_MS;
  expect(at(late).freshness).toEqual({ state: 'overdue', lastTo });
  // An appliance that has just started with an old ledger is no exception.
  expect(at(late, { startedAtMs: late }).freshness).toEqual({ state: 'overdue', lastTo });
  // A device that is read more rarely than intervals close is waited for longer.
  expect(at(late, { periodMs: 2 * INTERVAL_MS }).freshness.state).toBe('current');
});

test('a unit without any reading is awaited, and missed after three intervals', () => {
  plant.reading('unit2', FIRST_MS);
  expect(at(FIRST_MS)).toEqual({ reading: undefined, freshness: { state: 'none', lastTo: null } });
  const late = FIRST_MS + 3 * INTERVAL_MS + 1;
  expect(at(late, { startedAtMs: FIRST_MS }).freshness).toEqual({ state: 'overdue', lastTo: null });
  expect(at(late, { startedAtMs: late }).freshness.state).toBe('none');
});

test('readings of a clock that ran ahead are said, and hide nothing of what is recorded after them', () => {
  plant.reading('unit1', FIRST_MS);
  const aheadMs = FIRST_MS + 1000 * INTERVAL_MS;
  const ahead = plant.reading('unit1', aheadMs);
  const nowMs = FIRST_MS + INTERVAL_MS + MINUTE_MS;
  expect(at(nowMs)).toMatchObject({
    reading: { index: ahead },
    freshness: { state: 'ahead', lastTo: toIso(aheadMs + INTERVAL_MS) },
  });
  const next = plant.reading('unit1', FIRST_MS + INTERVAL_MS, { status: 'REJECTED' });
  expect(at(nowMs + INTERVAL_MS)).toMatchObject({ reading: { index: next }, freshness: { state: 'current' } });
});
