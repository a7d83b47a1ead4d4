import type { Session } from '../api/types.ts';

const MAY: ReadonlySet<string> = new Set<Session['role']>(['engineer', 'admin']);

/** Whether somebody of that role may approve mints, as far as the console can tell; the appliance has the last word. */
export function mayMint(role: Session['role'] | undefined): boolean {
  return role !== undefined && MAY.has(role);
}
