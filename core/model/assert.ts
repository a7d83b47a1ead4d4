/**
 * Throws when a thing that the program itself guarantees does not hold. For mistakes of the program only, never
 * for bad input: input gets a fault, a finding or a failure. On in production, because a wrong value with a green
 * light is worse than a stop.
 */
export function assert(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`Assertion failed: ${what}`);
}

/** The value, or an assertion failure naming what is missing. */
export function present<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new Error(`Assertion failed: ${what} is missing`);
  return value;
}
