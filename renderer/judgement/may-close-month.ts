import type { Session } from '../api/types.ts';

const CLOSERS: ReadonlySet<string> = new Set<Session['role']>(['operator', 'engineer', 'admin']);
const CORRECTORS: ReadonlySet<string> = new Set<Session['role']>(['engineer', 'admin']);

/** Whether somebody of that role may close or correct a month, as far as the console can tell; the appliance has the last word. */
export function mayCloseMonth(role: Session['role'] | undefined, act: 'close' | 'correct'): boolean {
  return role !== undefined && (act === 'close' ? CLOSERS : CORRECTORS).has(role);
}
