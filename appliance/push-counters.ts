import { type CounterState, shiftCounterClock } from '../core/acquisition/counter-state.ts';
import type { Driver } from '../core/acquisition/driver.ts';
import { counterKey } from '../core/acquisition/push-reading.ts';
import type { PushEvidence } from '../core/acquisition/reading.ts';
import type { PlantConfig } from '../core/config/plant.ts';
import type { ReadableStore } from '../core/store/handle.ts';
import { latestReadings } from '../core/store/readings.ts';
import { measureOf } from './close-former-interval.ts';
import { type PushedUnit, pushedUnits } from './pushed-units.ts';

/**
 * The saved states of pushed registers that still count in the same measure as when they were saved: a difference
 * across two measures is no energy.
 */
export function pushCounters(
  saved: ReadonlyMap<string, CounterState>,
  units: readonly PushedUnit[],
  former: PlantConfig | undefined,
  drivers: ReadonlyMap<string, Driver>,
): ReadonlyMap<string, CounterState> {
  const before = measures(former === undefined ? [] : pushedUnits(former, drivers));
  return new Map(
    [...measures(units)].flatMap(([key, measure]) => {
      const state = saved.get(key);
      const earlier = before.get(key);
      return state === undefined || (earlier !== undefined && earlier !== measure) ? [] : [[key, state] as const];
    }),
  );
}

/**
 * The states of a unit's registers after this computer's clock was stepped, as far as they are dated by it: by the
 * arrival of the pushes. What its sender dates goes by the sender's clock, of which the step says nothing.
 */
export function shiftPushedClock(
  store: ReadableStore,
  { unit, points }: PushedUnit,
  counters: ReadonlyMap<string, CounterState>,
  stepMs: number,
): ReadonlyMap<string, CounterState> {
  const [newest] = latestReadings(store, unit.id, 1);
  const { push } = (newest?.body.reading ?? {}) as { readonly push?: PushEvidence };
  if (push?.timeFrom !== 'appliance') return new Map();
  return new Map(
    points.flatMap(({ point }) => {
      const key = counterKey(unit.id, point);
      const state = counters.get(key);
      return state === undefined ? [] : [[key, shiftCounterClock(state, stepMs)] as const];
    }),
  );
}

function measures(units: readonly PushedUnit[]): ReadonlyMap<string, string> {
  return new Map(
    units.flatMap(({ unit, points }) =>
      points
        .filter(({ point }) => point.kind === 'counter')
        .map(({ point }) => [counterKey(unit.id, point), measureOf(point)] as const),
    ),
  );
}
