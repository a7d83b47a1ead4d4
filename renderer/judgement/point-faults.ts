import type { Fault } from '../api/types.ts';
import type { HeldPoint } from './freshness.ts';

/** One reason that keeps `count` values away. */
export interface PointFault {
  readonly fault: Fault;
  readonly count: number;
}

/** Not a fault to a person: the first connection is on its way. */
const CONNECTING = 'ACQ_CONNECTING';

/** Each reason once, the one that keeps most values away first. */
export function pointFaultsOf(points: readonly HeldPoint[]): PointFault[] {
  const found = new Map<string, PointFault>();
  for (const { point } of points) {
    if (point.fault === undefined || point.fault.code === CONNECTING) continue;
    const name = faultName(point.fault);
    found.set(name, { fault: point.fault, count: (found.get(name)?.count ?? 0) + 1 });
  }
  return [...found.values()].toSorted((a, b) => b.count - a.count);
}

/** Two faults with the same name say the same to a person. */
export function faultName({ code, message }: Fault): string {
  return `${code} ${message}`;
}

/** Whether the value was never read and nothing is known to be wrong. */
export function isAwaited(held: HeldPoint | undefined): boolean {
  if (held === undefined) return true;
  const { readAt, fault } = held.point;
  return readAt === undefined && (fault === undefined || fault.code === CONNECTING);
}
