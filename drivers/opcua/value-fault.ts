import type { Fault } from '../../core/model/fault.ts';
import type { OpcUaRecipe } from './recipe.ts';

export function wrongType(found: string, wanted: string, nodeId: string): Fault {
  return {
    code: 'DRV_OPCUA_WRONG_TYPE',
    message: `The server gives a ${found} for ${nodeId} where a ${wanted} is expected.`,
    policy: 'misconfigured',
    hint: 'Check that the node id names the measured value itself, and "type" and "map" of the point',
  };
}

export function noValue(nodeId: string): Fault {
  return faulty(
    'DRV_OPCUA_NO_VALUE',
    `The server says that all is well with ${nodeId} and gives no value.`,
    "Check in the server's own tool whether the variable ever gets a value from the PLC",
  );
}

export function notAvailable(sentinel: number): Fault {
  return faulty(
    'DRV_OPCUA_NOT_AVAILABLE',
    `The device says that it has no value (it sent ${sentinel}).`,
    'Check the sensor behind this point and its cable',
  );
}

export function notFinite(float: number): Fault {
  return faulty(
    'DRV_OPCUA_NOT_FINITE',
    `The device sent ${Number.isNaN(float) ? 'NaN' : 'infinity'}, which is not a measured value.`,
    'Check the sensor behind this point; if it never has a value, check its node id',
  );
}

export function outOfRange({ min, max }: Pick<OpcUaRecipe, 'min' | 'max'>, value: number): Fault {
  const isBelow = min !== undefined && value < min;
  return faulty(
    'DRV_OPCUA_OUT_OF_RANGE',
    `The device reports ${value}, which is ${isBelow ? `below its minimum ${min}` : `above its maximum ${max}`}.`,
    'Check the sensor and its wiring; if the value is right, widen min and max of the point',
  );
}

export function unknownState(count: bigint): Fault {
  return faulty(
    'DRV_OPCUA_UNKNOWN_STATE',
    `The device reports state number ${count}, which the point's map does not name.`,
    `Look up what ${count} means in the PLC's program and add it to the point's map`,
  );
}

/** The next poll may bring a value again, so none of these is more than a miss of this one. */
function faulty(code: string, message: string, hint: string): Fault {
  return { code, message, policy: 'retry', hint };
}
