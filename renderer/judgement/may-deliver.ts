import type { Session } from '../api/types.ts';

const MAY: ReadonlySet<string> = new Set<Session['role']>(['operator', 'engineer', 'admin']);

/** Whether somebody of that role may retry and park deliveries, as far as the console can tell; the appliance has the last word. */
export function mayDeliver(role: Session['role'] | undefined): boolean {
  return role !== undefined && MAY.has(role);
}
