import type { Clock } from '../model/clock.ts';
import type { JsonObject } from '../model/json.ts';
import type { Log } from '../model/log.ts';
import type { Random } from '../model/random.ts';
import type { BreakerState } from './breaker.ts';
import type { LinkBudget } from './link-budget.ts';
import type { Outbox, OutboxItem } from './outbox.ts';
import type { SyncFault, SyncTarget } from './target.ts';

export interface LaneParts {
  readonly target: SyncTarget;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Told of every receipt after it is recorded. */
  readonly onReceipt?: (item: OutboxItem, receipt: JsonObject) => void;
  /** What may go over a metered link; absent where nobody counts. */
  readonly budget?: LinkBudget | undefined;
  /** A delivery that takes longer is given up as `unknown`. */
  readonly deadlineMs?: number;
}

export interface LaneStatus {
  readonly target: string;
  readonly breaker: BreakerState;
  readonly inFlight: number;
  /** When the target last answered, on the wall clock. */
  readonly lastContactMs?: number;
  /** Why the last attempt failed, until one succeeds. */
  readonly fault?: SyncFault;
  /** Why nothing is tried just now, though nothing failed. */
  readonly held?: SyncFault;
  /** What a person should know though it holds nothing up. */
  readonly notice?: SyncFault;
}

/** What is tried next, and whether as the newest. */
export interface Chosen {
  readonly item: OutboxItem;
  readonly isLive: boolean;
}

export const LANE_MS = {
  /** A delivery that takes longer is given up as `unknown`, where nobody says otherwise. */
  deadline: 180_000,
  /** It is looked again at least so often, so that a step of the wall clock delays nothing for longer. */
  longestSleep: 60_000,
  /** Where many deliveries are under way, what is to be written of them waits so long for more to write with it. */
  gather: 50,
  /** A store that took nothing is tried again after so long. */
  storeRetry: 5000,
};

/** With more deliveries than these under way, one that waits a moment holds nothing up. */
export const MANY_UNDER_WAY = 8;
