import type { Point } from '../api/types.ts';

/**
 * What may be said of a value at this moment.
 * - `live`: read recently, good
 * - `uncertain`, `bad`: read recently, but the device doubts it
 * - `stale`: older than the appliance allows
 * - `missing`: there is no value
 * - `lost`: the console has no contact with the appliance, so nobody knows
 */
export type Freshness = 'live' | 'uncertain' | 'bad' | 'stale' | 'missing' | 'lost';

/** A point as received, with the console's own steady clock, so that its age goes on without a further message. */
export interface HeldPoint {
  readonly point: Point;
  /** `performance.now()` when it arrived. */
  readonly receivedAtMs: number;
}

/** Age of the value now; undefined when it was never read. Never negative. */
export function ageOf(held: HeldPoint, steadyNowMs: number): number | undefined {
  const { ageMs } = held.point;
  return ageMs === undefined ? undefined : Math.max(0, ageMs + steadyNowMs - held.receivedAtMs);
}

export function freshnessOf(
  held: HeldPoint | undefined,
  steadyNowMs: number,
  contact: 'connecting' | 'live' | 'lost',
): Freshness {
  if (held === undefined || held.point.value === undefined || held.point.quality === 'missing') return 'missing';
  if (contact === 'lost') return 'lost';
  const ageMs = ageOf(held, steadyNowMs);
  if (held.point.quality === 'stale' || ageMs === undefined || ageMs >= held.point.staleAfterMs) return 'stale';
  return held.point.quality === 'good' ? 'live' : held.point.quality;
}
