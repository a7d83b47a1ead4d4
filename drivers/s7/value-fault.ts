import type { Fault } from '../../core/model/fault.ts';

export function notAvailable(sentinel: number | string): Fault {
  return faulty(
    'DRV_S7_NOT_AVAILABLE',
    `The PLC says that it has no value (it holds ${sentinel}).`,
    'Check the sensor behind this point and its cable',
  );
}

export function notFinite(float: number): Fault {
  return faulty(
    'DRV_S7_NOT_FINITE',
    `The PLC holds ${Number.isNaN(float) ? 'NaN' : 'infinity'}, which is not a measured value.`,
    'Check the sensor behind this point; if it never has a value, check the type in its address',
  );
}

export function outOfRange(value: number, min: number | undefined, max: number | undefined): Fault {
  const limit = min !== undefined && value < min ? `below its minimum ${min}` : `above its maximum ${max}`;
  return faulty(
    'DRV_S7_OUT_OF_RANGE',
    `The PLC reports ${value}, which is ${limit}.`,
    'Check the sensor and its wiring; if the value is right, widen min and max of the point',
  );
}

export function unknownState(count: number | bigint): Fault {
  return faulty(
    'DRV_S7_UNKNOWN_STATE',
    `The PLC reports state number ${count}, which the point's map does not name.`,
    `Ask the PLC's programmer what ${count} means and add it to the point's map`,
  );
}

/** The next poll may bring a value again, so none of these is more than a miss of this one. */
function faulty(code: string, message: string, hint: string): Fault {
  return { code, message, policy: 'retry', hint };
}
