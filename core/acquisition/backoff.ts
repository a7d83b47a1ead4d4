import type { Random } from '../model/random.ts';

const FIRST_MS = 1000;
/** With the jitter and every deadline of the poller, this stays under 30 s from a path's return to the next value. */
const LONGEST_MS = 12_000;
const JITTER = 0.2;
const HOLD_MS = 600_000;

/**
 * How long to wait before connection attempt number `failures + 1`: 1, 2, 4, 8, then 12 s, each 20 % either way so
 * that many devices behind one switch do not come back in step.
 */
export function backoffMs(failures: number, random: Random): number {
  return jittered(Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(10, Math.max(0, failures - 1))), random);
}

/** How long to leave a device alone of which nothing can be read though its connection holds: 2, 4, 8, then 12 s. */
export function restMs(rests: number, random: Random): number {
  return backoffMs(rests + 1, random);
}

/** How long until a device is asked again that only an edited configuration can help: ten minutes or so. */
export function holdMs(random: Random): number {
  return jittered(HOLD_MS, random);
}

function jittered(plainMs: number, random: Random): number {
  return Math.round(plainMs * (1 + JITTER * (2 * random.next() - 1)));
}
