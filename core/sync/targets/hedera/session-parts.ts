import type { Log } from '../../../model/log.ts';
import type { HederaSession } from './hedera-session.ts';
import type { TopicKeeper } from './topic-maker.ts';

/** What a session for messages on a topic has at hand. */
export interface SessionParts extends HederaSession {
  readonly log: Log;
  readonly keeper: TopicKeeper;
  /** As plant.yaml has it; absent: a topic is made on first contact. */
  readonly topicId?: string;
  readonly topicMemo: string;
  /** The most that the network may charge for a message. */
  readonly feeMaxTinybars: number;
  readonly isDemo: boolean;
  /** Whether it is the network of real money, or may be. */
  readonly isMainnet: () => boolean;
  /** Whether what was kept of the batch's earlier attempts may be gone: a backup or a salvage took the store's place. */
  readonly isHistoryLost: (batchIndex: number) => boolean;
  /** When the store was last replaced by an older or a salvaged one; undefined where it never was. */
  readonly lostAtMs: () => number | undefined;
}
