import type { JsonObject } from '../model/json.ts';
import type { Batch } from './batch.ts';

/** Why a target did not take a batch, with a section in docs/errors.md. */
export interface SyncFault {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** Where batches are delivered. The smallest thing that a new kind of target has to be. */
export interface SyncTarget {
  /** As plant.yaml calls it: `hedera`, `file`, `hub`. */
  readonly name: string;
  /** A receipt of a public target anchors the batch, one of a private target syncs it. */
  readonly isPublic: boolean;
  /** Whether batches must arrive in the order in which they were sealed. */
  readonly isOrdered: boolean;
  /** How many deliveries may be under way at once; 1 where order matters. */
  readonly inFlightMax: number;
  /**
   * What a delivery takes of the link out of the plant, besides what the appliance's web client counts; absent where nothing
   * goes over a link, as with a disk.
   */
  readonly link?: { readonly bytesEach: number };
  /** What a person should know though it holds nothing up, such as a balance that runs low. */
  readonly notice?: () => SyncFault | undefined;
  /**
   * Whether anything answers where the target is, at next to no cost; it says nothing of whether a delivery would succeed.
   * Absent where that cannot be asked cheaply.
   */
  readonly isReachable?: ((signal: AbortSignal) => Promise<boolean>) | undefined;
  /** Never throws for what a network, a disk or a target does. */
  connect(signal: AbortSignal): Promise<ConnectOutcome>;
}

export type ConnectOutcome = { readonly kind: 'connected'; readonly session: SyncSession } | Later | Refused;

export interface SyncSession {
  /**
   * Delivers the batch, or says why not. Idempotent on the batch's id: a second delivery of what is there already is
   * `delivered` with the receipt of the first.
   */
  deliver(delivery: Delivery, signal: AbortSignal): Promise<DeliverOutcome>;
  /** Looks whether an earlier delivery of the batch arrived; asked before anything is sent again after `unknown`. */
  locate(delivery: Delivery, signal: AbortSignal): Promise<LocateOutcome>;
  close(): Promise<void>;
}

export interface Delivery {
  readonly batch: Batch;
  /** What the target wanted kept of earlier attempts (ids, signed bytes), oldest first. */
  readonly intents: readonly Uint8Array[];
  /**
   * Makes what is about to be sent durable, and resolves once it is. Must be awaited before anything is sent, where
   * sending twice would count twice.
   */
  keepIntent(intent: Uint8Array): Promise<void>;
}

export type DeliverOutcome = Delivered | Unknown | Later | Refused;
/** `absent`: it is proven that no earlier attempt arrived or can still arrive. */
export type LocateOutcome = Delivered | { readonly kind: 'absent' } | Unknown | Refused;

export interface Delivered {
  readonly kind: 'delivered';
  /** What proves it; becomes the body of a `receipt` entry. */
  readonly receipt: JsonObject;
}

/** It may have arrived or not. */
export interface Unknown {
  readonly kind: 'unknown';
  readonly fault: SyncFault;
}

/** It did not arrive, and the same may be tried again. */
export interface Later {
  readonly kind: 'later';
  readonly fault: SyncFault;
  /** Not before so long from now, where the target says so. */
  readonly afterMs?: number;
  /** The target has more of it than before: nothing failed, and it goes on at once. */
  readonly isProgress?: true;
}

/** It did not arrive and will not without a person. */
export interface Refused {
  readonly kind: 'refused';
  readonly fault: SyncFault;
}

const PUBLIC_TARGETS: readonly string[] = ['hedera'];

/** Whether the target of this name is one that anybody can look at: by name, since a target may be gone from plant.yaml. */
export function isPublicTarget(name: string): boolean {
  return PUBLIC_TARGETS.includes(name);
}

/** Targets that are given every entry from the first on, so that with a batch they hold all earlier ones too. */
export const CUMULATIVE_TARGETS: readonly string[] = ['hub'];
