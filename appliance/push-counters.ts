import type { CounterState } from '../core/acquisition/counter-state.ts';
import type { Driver } from '../core/acquisition/driver.ts';
import { counterKey } from '../core/acquisition/push-reading.ts';
import type { PlantConfig } from '../core/config/plant.ts';
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

function measures(units: readonly PushedUnit[]): ReadonlyMap<string, string> {
  return new Map(
    units.flatMap(({ unit, points }) =>
      points
        .filter(({ point }) => point.kind === 'counter')
        .map(({ point }) => [counterKey(unit.id, point), measureOf(point)] as const),
    ),
  );
}
