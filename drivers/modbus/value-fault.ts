import type { Fault } from '../../core/model/fault.ts';
import type { ModbusRecipe } from './recipe.ts';

export function notAvailable(sentinel: number | string): Fault {
  return faulty(
    'DRV_MODBUS_NOT_AVAILABLE',
    `The device says that it has no value (it sent ${sentinel}).`,
    'Check the sensor behind this point and its cable',
  );
}

export function notFinite(float: number): Fault {
  return faulty(
    'DRV_MODBUS_NOT_FINITE',
    `The device sent ${Number.isNaN(float) ? 'NaN' : 'infinity'}, which is not a measured value.`,
    'Check the sensor behind this point; if it never has a value, check type and order of the point',
  );
}

export function outOfRange(recipe: ModbusRecipe, value: number): Fault {
  const isBelow = recipe.min !== undefined && value < recipe.min;
  return faulty(
    'DRV_MODBUS_OUT_OF_RANGE',
    `The device reports ${value}, which is ${isBelow ? `below its minimum ${recipe.min}` : `above its maximum ${recipe.max}`}.`,
    'Check the sensor and its wiring; if the value is right, widen min and max of the point',
  );
}

export function unknownState(count: number | bigint): Fault {
  return faulty(
    'DRV_MODBUS_UNKNOWN_STATE',
    `The device reports state number ${count}, which the point's map does not name.`,
    `Look up what ${count} means in the device's manual and add it to the point's map`,
  );
}

export interface Guard {
  readonly address: number;
  readonly value: number;
  /** What it means that the register holds something else, and what to do: one sentence. */
  readonly otherwise: string | undefined;
}

export function guardFailed({ address, value, otherwise }: Guard, found: number): Fault {
  return faulty(
    'DRV_MODBUS_GUARD',
    `Register ${address} holds ${found} and not ${value}, so what this value means has changed.`,
    otherwise ??
      'Somebody changed the set-up of the device: run forebay probe, check its scale, and correct plant.yaml',
  );
}

/** The next poll may bring a value again, so none of these is more than a miss of this one. */
function faulty(code: string, message: string, hint: string): Fault {
  return { code, message, policy: 'retry', hint };
}
