import type { Clock } from '../../../model/clock.ts';
import type { Log } from '../../../model/log.ts';
import type { Nanos } from './instant.ts';
import type { MirrorClient } from './mirror.ts';
import type { ConsensusPort, HederaKey } from './port.ts';
import type { ReceiptNetwork } from './receipt.ts';
import type { TopicKeeper } from './topic-maker.ts';

/** What a session with the network has at hand. */
export interface SessionParts {
  readonly network: ReceiptNetwork;
  readonly operatorId: string;
  /** The public half of the operator's key. */
  readonly publicKey: HederaKey;
  readonly mirror: MirrorClient;
  /** Another mirror that must agree before anything counts as never having happened. */
  readonly second?: MirrorClient;
  readonly port: ConsensusPort;
  readonly clock: Clock;
  readonly log: Log;
  readonly keeper: TopicKeeper;
  /** As plant.yaml has it; absent: a topic is made on first contact. */
  readonly topicId?: string;
  readonly topicMemo: string;
  readonly validForSeconds: number;
  /** The most that the network may charge for a message. */
  readonly feeMaxTinybars: number;
  readonly isDemo: boolean;
  /** Whether what was kept of the batch's earlier attempts may be gone: a backup or a salvage took the store's place. */
  readonly isHistoryLost: (batchIndex: number) => boolean;
  /** When the store was last replaced by an older or a salvaged one; undefined where it never was. */
  readonly lostAtMs: () => number | undefined;
  /** Ids of which a node said that they succeeded, and no mirror has shown them yet. Lives as long as the target. */
  readonly succeeded: Set<string>;
  readonly nextStart: () => Nanos;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}
