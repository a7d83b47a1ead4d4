import type { DeviceStatus, UnitStatus } from '../api/types.ts';

/**
 * Whether the state of a unit is unknown only because Forebay has just started: no device of the unit was ever read,
 * and none of them is in trouble.
 */
export function isWaitingForValues(unit: UnitStatus, devices: readonly DeviceStatus[]): boolean {
  if (unit.state !== 'unknown') return false;
  const names = new Set(Object.values(unit.signals).map((point) => point.slice(0, point.indexOf('/'))));
  const serving = devices.filter(({ id }) => names.has(id));
  return serving.length > 0 && serving.every(({ state, lastGoodAt }) => state === 'connecting' && lastGoodAt === null);
}
