import { expect, test } from 'vitest';
import { coverOf, type UnitReachOfMonth } from './month-cover.ts';

const HOUR_MS = 3_600_000;
/** A month of 100 hours. */
const SPAN = { fromMs: Date.UTC(2026, 4, 1), toMs: Date.UTC(2026, 4, 1) + 100 * HOUR_MS };
const AFTER_MS = SPAN.toMs + HOUR_MS;

/** A unit with readings from hour to hour of the month without a break. */
function reach(unitId: string, from: number, to: number, more: Partial<UnitReachOfMonth> = {}): UnitReachOfMonth {
  const [fromMs, toMs] = [SPAN.fromMs + from * HOUR_MS, SPAN.fromMs + to * HOUR_MS];
  return { unitId, fromMs, toMs, coveredMs: toMs - fromMs, beganMs: SPAN.fromMs - HOUR_MS, ...more };
}

const at = (hour: number): string => new Date(SPAN.fromMs + hour * HOUR_MS).toISOString();

test('a whole month misses nothing, also where an interval lies across its edge', () => {
  const cover = coverOf(SPAN, AFTER_MS, HOUR_MS, [reach('unit1', 0, 100), reach('unit2', -0.5, 99.5)]);
  expect(cover).toMatchObject({ leastShare: 1, mostShare: 1, missing: [], ofMs: 100 * HOUR_MS });
});

test('what lies before the first reading, after the last, or all of it is said of each unit', () => {
  const first = SPAN.fromMs + 43 * HOUR_MS;
  const cover = coverOf(SPAN, AFTER_MS, HOUR_MS, [
    reach('unit1', 43, 100, { beganMs: first }),
    reach('unit2', 43, 90),
    { unitId: 'unit3', fromMs: null, toMs: null, coveredMs: 0, beganMs: 0 },
  ]);
  expect(cover.missing).toEqual([
    { unitIds: ['unit1'], kind: 'before-first', at: at(43) },
    { unitIds: ['unit2'], kind: 'before', at: at(43) },
    { unitIds: ['unit2'], kind: 'after', at: at(90) },
    { unitIds: ['unit3'], kind: 'all', at: null },
  ]);
  expect([cover.leastShare, cover.mostShare]).toEqual([0, 0.57]);
});

test('units of which the same is missing are named together', () => {
  const { missing } = coverOf(SPAN, AFTER_MS, HOUR_MS, [reach('unit1', 43, 90), reach('unit2', 43, 100)]);
  expect(missing).toEqual([
    { unitIds: ['unit1', 'unit2'], kind: 'before', at: at(43) },
    { unitIds: ['unit1'], kind: 'after', at: at(90) },
  ]);
});

test('of a month that is not over, what has passed counts, and the interval that runs is not missed', () => {
  const nowMs = SPAN.fromMs + 50.5 * HOUR_MS;
  const running = coverOf(SPAN, nowMs, HOUR_MS, [reach('unit1', 0, 50), reach('unit2', 0, 48)]);
  expect(running.ofMs).toBe(50.5 * HOUR_MS);
  expect(running.missing).toEqual([{ unitIds: ['unit2'], kind: 'after', at: at(48) }]);
  expect(coverOf(SPAN, SPAN.fromMs - 1, HOUR_MS, []).ofMs).toBe(0);
});
