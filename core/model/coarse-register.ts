import type { Fault } from './fault.ts';

/** IEEE 754 single precision carries 24 bits: from here on it cannot tell neighbouring counts apart. */
const FLOAT32_EXACT_BELOW = 2 ** 24;

/**
 * Why a register that came as a 32-bit float is no evidence of energy; undefined while it still is. For drivers that
 * learn the width of a value only with the value itself. `raw` is the number on the wire, before scale and offset.
 */
export function coarseRegisterFault(raw: number): Fault | undefined {
  if (Math.abs(raw) < FLOAT32_EXACT_BELOW) return undefined;
  return {
    code: 'ACQ_COUNTER_COARSE',
    message: `The energy register came as a 32-bit float at ${raw} counts, where it cannot tell neighbouring counts apart.`,
    policy: 'retry',
    hint: 'Read the register in another form (64-bit integer or float), or in a larger unit',
  };
}
