import type { Clock } from '../../../model/clock.ts';
import type { Nanos } from './instant.ts';
import type { MirrorClient } from './mirror.ts';
import type { ConsensusPort, HederaKey } from './port.ts';
import type { ReceiptNetwork } from './receipt.ts';

/** What anything that signs, sends and asks on a network has at hand. */
export interface HederaSession {
  readonly network: ReceiptNetwork;
  readonly operatorId: string;
  /** The public half of the operator's key. */
  readonly publicKey: HederaKey;
  readonly mirror: MirrorClient;
  /** Another mirror that must agree before anything counts as never having happened. */
  readonly second?: MirrorClient;
  /** Ids of which a node said that they succeeded, and no mirror has shown them yet. Outlives the session. */
  readonly succeeded: Set<string>;
  readonly port: ConsensusPort;
  readonly clock: Clock;
  readonly validForSeconds: number;
  readonly nextStart: () => Nanos;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}
