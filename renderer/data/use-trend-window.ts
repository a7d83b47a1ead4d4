import { useMemo } from 'react';
import type { Reading } from '../api/types.ts';
import { formatAge } from '../format/age.ts';
import { useStatus } from './use-status.ts';

export interface TrendWindow {
  readonly readings: readonly Reading[];
  /** UTC seconds. */
  readonly fromS: number;
  readonly toS: number;
  /** In words. */
  readonly span: string;
}

const HOUR_MS = 3_600_000;
const SPAN_MS_MIN = 60_000;

/**
 * The stretch of time a trend shows: up to `hours` back from now, shorter while the plant has less history, so that a
 * young plant's first readings fill the trend instead of its right edge.
 */
export function useTrendWindow(readings: readonly Reading[], hours: number): TrendWindow {
  const { data: status } = useStatus();
  const nowText = status?.clock.now;
  return useMemo(() => {
    const nowMs = nowText === undefined ? Date.now() : Date.parse(nowText);
    const earliestMs = readings.reduce((earliest, { from }) => Math.min(earliest, Date.parse(from)), nowMs);
    const knownMs = Math.max(SPAN_MS_MIN, nowMs - earliestMs);
    const spanMs = Math.min(hours * HOUR_MS, knownMs);
    const fromMs = nowMs - spanMs;
    return {
      readings: readings.filter((reading) => Date.parse(reading.to) > fromMs),
      fromS: fromMs / 1000,
      toS: nowMs / 1000,
      span: formatAge(spanMs),
    };
  }, [readings, hours, nowText]);
}
