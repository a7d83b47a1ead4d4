import { z } from 'zod';
import { parseDuration } from '../model/time.ts';

/** Schemas of single values that several parts of plant.yaml share. */
export const signal = z
  .string('device/point, such as plc1/flow')
  .regex(/^[A-Za-z0-9_-]{1,64}\/[A-Za-z0-9_-]{1,64}$/, 'device/point, such as plc1/flow');

export function text(expected: string, lengthMax: number) {
  return z.string(expected).trim().min(1, expected).max(lengthMax, expected);
}

export function positive(expected: string) {
  return z.number(expected).gt(0, expected).max(1e9, expected);
}

export function between(expected: string, min: number, max: number) {
  return z.number(expected).min(min, expected).max(max, expected);
}

export function delay() {
  const expected = 'a duration such as 1h';
  return z.string(expected).refine((value) => (parseDuration(value) ?? 0) > 0, `expected ${expected}`);
}
