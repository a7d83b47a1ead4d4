import type { Random } from '../model/random.ts';

const FIRST_MS = 1000;
const LONGEST_MS = 15_000;
const JITTER = 0.2;

/**
 * How long to wait before connection attempt number `failures + 1`: 1, 2, 4, 8, then 15 s, each 20 % either way so
 * that many devices behind one switch do not come back in step. At most 12 attempts in any minute.
 */
export function backoffMs(failures: number, random: Random): number {
  const plainMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, failures - 1));
  return Math.round(plainMs * (1 + JITTER * (2 * random.next() - 1)));
}
