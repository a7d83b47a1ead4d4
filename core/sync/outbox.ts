import type { JsonObject } from '../model/json.ts';
import type { Batch } from './batch.ts';
import type { SyncFault } from './target.ts';

/**
 * - `waiting`: to be delivered
 * - `sending`: a delivery is under way; after a crash it is `unknown`
 * - `unknown`: it may have arrived; the target is asked before anything is sent again
 * - `delivered`: the target holds it and its receipt is recorded
 * - `parked`: refused; kept, and waits for a person
 */
export const OUTBOX_STATES = ['waiting', 'sending', 'unknown', 'delivered', 'parked'] as const;
export type OutboxState = (typeof OUTBOX_STATES)[number];

/** One batch for one target. Never deleted. */
export interface OutboxItem {
  readonly batch: Batch;
  readonly target: string;
  readonly state: OutboxState;
  readonly attempts: number;
  /** Not before this moment of the wall clock. */
  readonly notBeforeMs: number;
  readonly intents: readonly Uint8Array[];
  /** Why the last attempt did not deliver it. */
  readonly fault?: SyncFault;
  /** Index of the `receipt` entry. */
  readonly receiptIndex?: number;
}

export interface OutboxCounts {
  readonly waiting: number;
  readonly sending: number;
  readonly unknown: number;
  readonly delivered: number;
  readonly parked: number;
  /** Bytes of the messages that are not delivered. */
  readonly openBytes: number;
}

export interface KeptIntent {
  readonly item: OutboxItem;
  readonly intent: Uint8Array;
}

export interface Settled {
  readonly item: OutboxItem;
  readonly receipt: JsonObject;
}

/**
 * Which of what is due goes first. `live`: the newest, since a backlog must not delay what has just happened. `backlog`:
 * the oldest. `in-order`: the oldest that is not delivered and nothing but that, due or not.
 */
export type Lane = 'live' | 'backlog' | 'in-order';

/** What the lanes need of the store. Each change is durable when its method returns. */
export interface Outbox {
  /** The next item that is due and not under way, or undefined. Costs the same whatever waits. */
  next(target: string, lane: Lane, nowMs: number): OutboxItem | undefined;
  /** When the next item of the lane comes due, on the wall clock; undefined when nothing waits but for a person. */
  nextDueMs(target: string, lane: Lane): number | undefined;
  counts(target: string): OutboxCounts;
  /** What waits for its time is due now. */
  hurry(targets: readonly string[]): void;
  /** What a crash interrupted may have arrived. */
  recover(target: string): number;
  begin(item: OutboxItem): void;
  /** Runs `work` as one write. */
  write<T>(work: () => T): T;
  keepIntent(item: OutboxItem, intent: Uint8Array): void;
  /** All in one write. */
  keepIntents(kept: readonly KeptIntent[]): void;
  /** The item is `state` again, and not tried before `notBeforeMs`. */
  postpone(item: OutboxItem, state: 'waiting' | 'unknown', fault: SyncFault, notBeforeMs: number): void;
  /** The same where nothing failed: the target has more of it than before, or (`held`) was not asked. It is due at once. */
  goOn(item: OutboxItem, state: 'waiting' | 'unknown', fault: SyncFault, why: 'progress' | 'held'): void;
  /** Proven not to be there: whatever was kept of earlier attempts is done with. */
  forget(item: OutboxItem): void;
  park(item: OutboxItem, fault: SyncFault): void;
  /** Records the receipt as an entry and ends the item, in one write. */
  settle(item: OutboxItem, receipt: JsonObject): void;
  /** As `settle`, all in one write. */
  settleAll(settled: readonly Settled[]): void;
}
