import type { UnitStatus } from '../api/types.ts';

/** Whether anything says what state the unit is in; without a status signal nobody can know, and nobody is asked. */
export function hasStatusSignal({ signals }: UnitStatus): boolean {
  return signals.status !== undefined;
}
