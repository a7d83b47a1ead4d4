import type { Fault } from '../model/fault.ts';

/**
 * What the poller of a device is at, in the words of the console:
 * - `idle`: not polling
 * - `connecting`: opening the connection
 * - `connected`: the connection is open, the next poll is not due yet
 * - `reading`: a poll is under way
 * - `resting`: the connection is open, and the device is left alone for a while because nothing could be read
 * - `closing`: the connection is being closed
 * - `waiting`: there is no connection until the next attempt
 */
export const DEVICE_ACTIVITIES = [
  'idle',
  'connecting',
  'connected',
  'reading',
  'resting',
  'closing',
  'waiting',
] as const;
export type DeviceActivity = (typeof DEVICE_ACTIVITIES)[number];

/** How a device is doing, in the words of the console. */
export interface DeviceHealth {
  readonly deviceId: string;
  /** `up`: every point read well; `degraded`: some; `down`: none. */
  readonly state: 'connecting' | 'up' | 'degraded' | 'down' | 'stopped';
  readonly activity: DeviceActivity;
  readonly sinceMs: number;
  readonly fault?: Fault;
  readonly lastGoodAtMs?: number;
  readonly pointsGood: number;
  /** Connection attempts since the start. */
  readonly attempts: number;
  /** Polls left out since the start because this computer slept or was too busy. */
  readonly skipped: number;
  /** Sums over all connections since the start. */
  readonly requests: number;
  readonly timeouts: number;
  readonly strangers: number;
  readonly writes: 0;
  /** When the device is next asked, while it is left alone. */
  readonly nextAttemptAtMs?: number;
}
