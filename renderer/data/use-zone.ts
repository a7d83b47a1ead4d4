import { useSteadyNow } from './live-provider.tsx';
import { usePreferences } from './preferences.tsx';
import { useStatus } from './use-status.ts';

export interface Zone {
  /** IANA name of the zone in which times are shown now. */
  readonly shown: string;
  readonly plant: string;
}

/** The zone people read times in: the plant's, or UTC by choice. */
export function useZone(): Zone {
  const { data } = useStatus();
  const { timeChoice } = usePreferences();
  const plant = data?.plant.timezone ?? 'UTC';
  return { shown: timeChoice === 'utc' ? 'UTC' : plant, plant };
}

/** The appliance's wall clock now, carried on by the console's steady clock; undefined before the first answer. */
export function useApplianceNow(): number | undefined {
  const { data } = useStatus();
  const steadyNowMs = useSteadyNow();
  if (data === undefined) return undefined;
  return Date.parse(data.clock.now) + Math.max(0, steadyNowMs - data.receivedAtMs);
}
