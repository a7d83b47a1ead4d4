import type { Fault } from '../model/fault.ts';

/** How a device is doing, in the words of the console. */
export interface DeviceHealth {
  readonly deviceId: string;
  /** `up`: every point read well; `degraded`: some; `down`: none. */
  readonly state: 'connecting' | 'up' | 'degraded' | 'down' | 'stopped';
  readonly sinceMs: number;
  readonly fault?: Fault;
  readonly lastGoodAtMs?: number;
  readonly pointsGood: number;
  /** Sums over all connections since the start. */
  readonly requests: number;
  readonly timeouts: number;
  readonly strangers: number;
  readonly writes: 0;
  /** When the next connection attempt is due, while there is no connection. */
  readonly nextAttemptAtMs?: number;
}
