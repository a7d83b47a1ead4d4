import type { Cycle } from '../core/acquisition/sample.ts';
import type { PlantConfig } from '../core/config/plant.ts';
import { present } from '../core/model/assert.ts';
import { alignDown } from '../core/model/time.ts';

/** A clock that was set right by so little between two runs is no reason for doubt. */
export const CLOCK_SLACK_MS = 2000;

/**
 * A poll that was due by the old time when the clock was put back lies in the future now; left there, it would take
 * the collector along, and nothing would be recorded until the clock has caught up.
 */
export function dateInNewTime(cycle: Cycle, nowMs: number, { devices }: Pick<PlantConfig, 'devices'>): Cycle {
  if (cycle.slotMs <= nowMs + CLOCK_SLACK_MS) return cycle;
  const device = devices.find(({ id }) => id === cycle.deviceId);
  return { ...cycle, slotMs: alignDown(nowMs, present(device, cycle.deviceId).periodMs) };
}
