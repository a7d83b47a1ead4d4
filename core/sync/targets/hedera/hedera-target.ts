import { type Clock, sleep } from '../../../model/clock.ts';
import type { Log } from '../../../model/log.ts';
import type { Random } from '../../../model/random.ts';
import type { ConnectOutcome, Later, SyncFault, SyncSession, SyncTarget } from '../../target.ts';
import { DEMO_ON_MAINNET } from './faults.ts';
import { Gate } from './gate.ts';
import { nanosOf } from './instant.ts';
import { type DeliveryParts, deliverMessage, locateMessage } from './message-delivery.ts';
import { MirrorClient, type MirrorFetch } from './mirror.ts';
import type { ConsensusPort, HederaKey } from './port.ts';
import type { ReceiptNetwork } from './receipt.ts';
import type { SessionParts } from './session-parts.ts';
import { TopicFollower } from './topic-follower.ts';
import { makeTopic, type TopicKeeper, type TopicOutcome } from './topic-maker.ts';
import { validStarts } from './valid-start.ts';

export interface HederaTargetParts {
  readonly network: ReceiptNetwork;
  /** Address of the mirror node's REST API. */
  readonly mirrorUrl: string;
  /** Another mirror, which must agree before anything counts as never having happened. */
  readonly secondMirrorUrl?: string;
  readonly fetch: MirrorFetch;
  readonly operatorId: string;
  /** As plant.yaml has it; absent: a topic is made on first contact. */
  readonly topicId?: string;
  readonly plantId: string;
  /** Which ledger of the plant it is, in a few letters: in the memo of its topic, which is found again by that. */
  readonly ledger: string;
  /** The most that the network may charge for a message, in tinybars. */
  readonly feeMaxTinybars: number;
  readonly isDemo: boolean;
  /** Whether it is the network of real money, or may be. */
  readonly isMainnet: () => boolean;
  /** Why nothing may go to the mainnet yet: no person has confirmed what costs real money and stays public for ever. */
  readonly unconfirmed: () => SyncFault | undefined;
  readonly keeper: TopicKeeper;
  readonly isHistoryLost: (batchIndex: number) => boolean;
  /** When the store was last replaced by an older or a salvaged one; undefined where it never was. */
  readonly lostAtMs: () => number | undefined;
  /** Whether a batch of this id, the SHA-256 of its message, has still to be delivered. */
  readonly isOpen: (batchId: string) => boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Opens what signs and sends, with the operator's key: asked at each connect, so that a key put in place later is found. */
  readonly open: () => Promise<Opened>;
}

export type Opened =
  | { readonly kind: 'open'; readonly port: ConsensusPort; readonly publicKey: HederaKey }
  | { readonly kind: 'failed'; readonly fault: SyncFault };

/**
 * So many deliveries may wait for the mirror at once. Consensus and mirror take some seconds for each, and a backlog is to
 * go out at a hundred a second; how many are with the nodes at once is for the port.
 */
const IN_FLIGHT_MAX = 768;
/** A transaction that a node takes is valid for two minutes of the three that are allowed. */
export const VALID_FOR_SECONDS = 120;
const MEMO_BYTES_MAX = 100;

/**
 * About what a node takes and gives for a message and its receipt: a signed transaction of 1.4 KB at most, two answers, and
 * their share of gRPC and TLS. What the mirror is asked is counted by itself.
 */
const BYTES_EACH = 4000;

/** A topic of a Hedera network: each batch's message arrives there once, and counts when the mirror shows it. */
export function hederaTarget(parts: HederaTargetParts): SyncTarget {
  let notice: SyncFault | undefined;
  const succeeded = new Set<string>();
  const onNotice = (now: SyncFault | undefined): void => {
    if (now !== undefined && now.code !== notice?.code) parts.log.warn({ code: now.code }, now.message);
    notice = now;
  };
  return {
    name: 'hedera',
    isPublic: true,
    link: { bytesEach: BYTES_EACH },
    isOrdered: false,
    inFlightMax: IN_FLIGHT_MAX,
    notice: () => notice,
    connect: (signal) => connect({ ...parts, onNotice, succeeded }, signal),
  };
}

interface ConnectParts extends HederaTargetParts {
  /** Told of what a person should know though it holds nothing up, and of its end. */
  readonly onNotice: (notice: SyncFault | undefined) => void;
  readonly succeeded: Set<string>;
}

async function connect(parts: ConnectParts, signal: AbortSignal): Promise<ConnectOutcome> {
  if (parts.isMainnet()) {
    if (parts.isDemo) return { kind: 'connected', session: REFUSING };
    const unconfirmed = parts.unconfirmed();
    if (unconfirmed !== undefined) return later(unconfirmed);
  }
  const opened = await parts.open();
  if (opened.kind === 'failed') return later(opened.fault);
  const session = sessionParts(parts, opened);
  const outcome = await openSession(session, parts, signal);
  if (outcome.kind === 'connected') return outcome;
  await opened.port.close();
  return outcome;
}

/** Asks nobody, signs nothing and makes no topic. */
const REFUSING: SyncSession = {
  deliver: async () => ({ kind: 'refused', fault: DEMO_ON_MAINNET }),
  locate: async () => ({ kind: 'refused', fault: DEMO_ON_MAINNET }),
  close: () => Promise.resolve(),
};

function sessionParts(parts: ConnectParts, opened: Opened & { kind: 'open' }): SessionParts {
  const { mirrorUrl: url, secondMirrorUrl, fetch, clock, random } = parts;
  return {
    ...parts,
    port: opened.port,
    publicKey: opened.publicKey,
    mirror: new MirrorClient({ url, fetch, clock }),
    ...(secondMirrorUrl === undefined ? {} : { second: new MirrorClient({ url: secondMirrorUrl, fetch, clock }) }),
    topicMemo: memoOf(parts),
    validForSeconds: VALID_FOR_SECONDS,
    nextStart: validStarts(clock, random),
    pause: (ms, signal) => sleep(clock, ms, signal),
  };
}

function memoOf({ plantId, ledger }: Pick<HederaTargetParts, 'plantId' | 'ledger'>): string {
  let plant = `Forebay ${plantId}`;
  const most = MEMO_BYTES_MAX - Buffer.byteLength(ledger) - 1;
  while (Buffer.byteLength(plant) > most) plant = plant.slice(0, -1);
  return `${plant} ${ledger}`;
}

async function openSession(
  session: SessionParts,
  { onNotice, isOpen }: ConnectParts,
  signal: AbortSignal,
): Promise<ConnectOutcome> {
  const gate = new Gate(session, onNotice);
  const trouble = await gate.trouble(undefined, signal);
  if (trouble !== undefined) return later(trouble);
  const topic = await topicOf(session, signal);
  if (topic.kind === 'later') return later(topic.fault);
  const { topicId } = topic;
  const ofTopic = await gate.trouble(topicId, signal);
  if (ofTopic !== undefined) return later(ofTopic);
  const { mirror, clock, operatorId: payerId } = session;
  const follower = await TopicFollower.open({ mirror, topicId, payerId, clock }, 'end', signal);
  if (follower.kind !== 'found') return later(follower.kind === 'failed' ? follower.fault : NO_TOPIC_YET);
  const delivery = deliveryParts(session, topicId, follower.value, isOpen);
  return { kind: 'connected', session: sessionOf(delivery, gate) };
}

const NO_TOPIC_YET: SyncFault = {
  code: 'SYN_HEDERA_NOT_CONFIRMED',
  message: 'The mirror does not show the topic yet.',
  hint: 'nothing to do: it is asked again',
};

function deliveryParts(
  session: SessionParts,
  topic: string,
  follower: TopicFollower,
  isWanted: HederaTargetParts['isOpen'],
): DeliveryParts {
  const { clock } = session;
  const wholes = new Map<MirrorClient, TopicFollower>();
  return {
    ...session,
    topic,
    follower,
    begunAt: nanosOf(clock.wallMs()),
    history: async (mirror, signal) => {
      const known = wholes.get(mirror);
      if (known !== undefined) return known;
      const opened = await TopicFollower.open({ mirror, topicId: topic, clock, isWanted }, 'beginning', signal);
      if (opened.kind === 'failed') return opened.fault;
      if (opened.kind === 'absent') return NO_TOPIC_YET;
      const whole = wholes.get(mirror) ?? opened.value;
      wholes.set(mirror, whole);
      return whole;
    },
  };
}

function sessionOf(parts: DeliveryParts, gate: Gate): SyncSession {
  return {
    deliver: async (delivery, signal) => {
      const trouble = await gate.trouble(parts.topic, signal);
      return trouble === undefined ? deliverMessage(parts, delivery, signal) : later(trouble);
    },
    locate: (delivery, signal) => locateMessage(parts, delivery, signal),
    close: async () => {
      gate.close();
      parts.follower.close();
      await parts.port.close();
    },
  };
}

/** The topic that plant.yaml names, the one that was made before, or a new one. */
function topicOf(session: SessionParts, signal: AbortSignal): Promise<TopicOutcome> {
  const topicId = session.topicId ?? session.keeper.made(session.network);
  return topicId === undefined ? makeTopic(session, signal) : Promise.resolve({ kind: 'topic', topicId });
}

function later(fault: SyncFault): Later {
  return { kind: 'later', fault };
}
