import type { PointConfig } from '../config/plant.ts';
import type { Fault } from '../model/fault.ts';
import type { Outcome } from './sample.ts';

/** Faults that the poller itself finds, beside those that drivers bring. */
export const CONNECTING: Fault = {
  code: 'ACQ_CONNECTING',
  message: 'The first connection to the device is being made',
  policy: 'retry',
};

export const OVERRUN: Fault = {
  code: 'ACQ_OVERRUN',
  message: 'The device had not answered the poll before when this one was due',
  policy: 'retry',
  hint: 'lengthen the period of this device, or look for a slow link',
};

export function driverError(error: unknown): Fault {
  return { code: 'ACQ_DRIVER_ERROR', message: `The driver failed: ${textOf(error)}`, policy: 'reconnect' };
}

/** One miss with this fault for each point. */
export function missEach(points: readonly PointConfig[], fault: Fault, atMs: number): Outcome[] {
  return points.map(({ ref }) => ({ kind: 'miss', point: ref, fault, atMs }));
}

export type Settled<T> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'error'; readonly error: unknown };

/** What a call into a driver comes to, whether it throws at once, rejects or resolves. Never rejects itself. */
export async function settle<T>(call: () => Promise<T>): Promise<Settled<T>> {
  try {
    return { kind: 'value', value: await call() };
  } catch (error) {
    return { kind: 'error', error };
  }
}

export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
