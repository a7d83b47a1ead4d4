import type { PlantConfig } from '../../core/config/plant.ts';
import { toIso } from '../../core/model/time.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { countDeliveries, oldestOpenMs } from '../../core/sync/kept-outbox.ts';
import type { LaneStatus } from '../../core/sync/lane.ts';
import type { Status } from '../plant-status.ts';
import { targetNames } from './target-names.ts';

export type TargetAnswer = Status['targets'][number];

/** What each target named in plant.yaml has been given and what waits for it. `lanes` only while an appliance runs. */
export function targetStatuses(
  config: PlantConfig,
  store: ReadableStore,
  lanes: readonly LaneStatus[] | undefined,
): readonly TargetAnswer[] {
  return targetNames(config).map((name) => {
    const lane = lanes?.find(({ target }) => target === name);
    const counts = countDeliveries(store, name);
    const oldestMs = oldestOpenMs(store, name);
    const fault = lane?.fault;
    return {
      name,
      state: stateOf(lane, lanes !== undefined, counts.waiting + counts.sending + counts.unknown > 0),
      waiting: counts.waiting + counts.sending + counts.unknown,
      unknown: counts.unknown,
      parked: counts.parked,
      delivered: counts.delivered,
      waitingBytes: counts.openBytes,
      oldestAt: oldestMs === undefined ? null : toIso(oldestMs),
      lastContactAt: lane?.lastContactMs === undefined ? null : toIso(lane.lastContactMs),
      ...(fault === undefined ? {} : { fault: { code: fault.code, message: fault.message, hint: fault.hint ?? null } }),
    };
  });
}

function stateOf(lane: LaneStatus | undefined, isRunning: boolean, isWaiting: boolean): TargetAnswer['state'] {
  if (!isRunning) return 'stopped';
  if (lane === undefined) return 'unavailable';
  if (lane.fault !== undefined) return 'down';
  return isWaiting ? 'waiting' : 'up';
}
