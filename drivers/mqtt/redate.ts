import type { Sample } from '../../core/acquisition/sample.ts';

/** One moment on both clocks. */
export interface Moment {
  readonly atMs: number;
  readonly atMonotonicMs: number;
}

/** What the clocks move apart by less than this is drift. */
const STEP_MS = 2000;

/**
 * By how much the wall clock was put forward (or back, negative) from one moment to the other; 0 for what may be drift.
 * What is held over a step came as long ago as before, so its wall time moves with the clock.
 */
export function steppedMs(then: Moment, now: Moment): number {
  const stepMs = Math.round(now.atMs - now.atMonotonicMs - (then.atMs - then.atMonotonicMs));
  return Math.abs(stepMs) > STEP_MS ? stepMs : 0;
}

/** The sample with the time of its message as the clock has it now; the very same object while nothing has stepped. */
export function redated(sample: Sample, came: Moment, now: Moment): Sample {
  const readAtMs = came.atMs + steppedMs(came, now);
  return readAtMs === sample.readAtMs ? sample : { ...sample, readAtMs };
}
