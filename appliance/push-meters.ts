import type { CounterState, MeterWord } from '../core/acquisition/counter-state.ts';
import { Meter } from '../core/acquisition/meter.ts';
import type { MeterChangeOutcome } from '../core/acquisition/meter-change-outcome.ts';
import { counterKey } from '../core/acquisition/push-reading.ts';
import type { PushedUnit } from './pushed-units.ts';

/**
 * What a person's word about the pushed meter of `point` comes to; undefined when no unit has such a meter. `counters`
 * are where the registers stand, by `counterKey`; `commit` changes the one. Every pushed reading is recorded at once, so
 * nothing is in progress: what stands there is what is recorded.
 */
export function changePushedMeter(
  units: readonly PushedUnit[],
  counters: Map<string, CounterState>,
  point: string,
  change: MeterWord,
): MeterChangeOutcome | undefined {
  for (const { unit, device, points } of units) {
    const own = points.find((one) => one.point.ref === point && one.point.kind === 'counter');
    if (own === undefined) continue;
    const key = counterKey(unit.id, own.point);
    const outcome = new Meter(unit, { ...own.point, ref: key }, counters.get(key), device.periodMs).change(change);
    if (!('saved' in outcome)) return outcome;
    return { ...outcome, commit: () => void counters.set(key, outcome.saved) };
  }
  return undefined;
}
