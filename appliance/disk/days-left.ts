import type { SamplesConfig } from '../../core/config/plant.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { type SampleDay, sampleDays } from '../../core/store/sample-days.ts';

const DAY_MS = 86_400_000;
const DAYS_AVERAGED = 14;

/** What the kept raw samples take, and when the first of them go by rule. */
export interface SampleUse {
  readonly bytes: number;
  /** Begin of the oldest day of which any are kept; undefined where none are. */
  readonly oldestMs: number | undefined;
  /** Of the last whole days. */
  readonly bytesPerDay: number;
  /** Until the oldest day is old enough to go; 0 once days go. */
  readonly daysUntilPruned: number;
}

export function sampleUse(store: ReadableStore, { keepMs }: SamplesConfig, nowMs: number): SampleUse {
  const days = sampleDays(store);
  const oldestMs = days[0]?.dayMs;
  const whole = days.filter(({ dayMs }) => dayMs + DAY_MS <= nowMs).slice(-DAYS_AVERAGED);
  const untilMs = oldestMs === undefined ? keepMs : oldestMs + DAY_MS + keepMs - nowMs;
  return {
    bytes: sum(days),
    oldestMs,
    bytesPerDay: whole.length === 0 ? 0 : sum(whole) / whole.length,
    daysUntilPruned: Math.max(0, untilMs / DAY_MS),
  };
}

function sum(days: readonly SampleDay[]): number {
  return days.reduce((total, { bytes }) => total + bytes, 0);
}

/**
 * Whole days until `roomBytes` are used up, or null where the store does not grow. Once raw samples go by rule as fast as
 * new ones come, only entries grow; from then on the measured growth says so itself.
 */
export function daysLeft(
  roomBytes: number,
  growthPerDay: number,
  { bytesPerDay, daysUntilPruned }: Pick<SampleUse, 'bytesPerDay' | 'daysUntilPruned'>,
): number | null {
  if (growthPerDay <= 0) return null;
  const days = roomBytes / growthPerDay;
  if (daysUntilPruned === 0 || days <= daysUntilPruned) return Math.floor(days);
  const later = growthPerDay - bytesPerDay;
  if (later <= 0) return null;
  return Math.floor(daysUntilPruned + (roomBytes - growthPerDay * daysUntilPruned) / later);
}
