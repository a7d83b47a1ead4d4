import { sleep } from '../../core/model/clock.ts';
import { seededRandom } from '../../core/model/random.ts';
import type { Batch } from '../../core/sync/batch.ts';
import type { SyncTarget } from '../../core/sync/target.ts';
import { hederaTarget } from '../../core/sync/targets/hedera/hedera-target.ts';
import type { ConsensusPort } from '../../core/sync/targets/hedera/port.ts';
import { SimulatedClock } from '../fault/simulated-clock.ts';
import { HederaNetwork, testHederaKey } from '../fixtures/hedera-network.ts';
import { KeptTopic } from '../fixtures/kept-topic.ts';
import { madeUpBatches } from './made-up-batches.ts';
import { targetContract } from './target-contract.ts';

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };
/** Whoever asks for what may still be under way asks again so much later. */
const ASKED_AGAIN_MS = 20_000;
const OPERATOR = '0.0.1001';

targetContract('hedera', () => {
  const clock = new SimulatedClock(Date.UTC(2026, 9, 1));
  const closed = Promise.withResolvers<void>();
  // Time passes by itself for as long as the subject is there.
  void clock.run(closed.promise);
  const random = seededRandom(1);
  const key = testHederaKey('operator');
  const network = new HederaNetwork({ clock, random, operatorId: OPERATOR, key });
  const way = new WayToNodes(network.port);
  const target = hederaTarget({
    network: 'testnet',
    mirrorUrl: 'https://mirror.example',
    fetch: network.fetch,
    operatorId: OPERATOR,
    plantId: 'HP-001',
    ledger: '56475aa7',
    feeMaxTinybars: 100_000_000,
    isDemo: false,
    isMainnet: () => false,
    unconfirmed: () => undefined,
    lostAtMs: () => undefined,
    keeper: new KeptTopic(),
    isHistoryLost: () => false,
    isOpen: () => true,
    clock,
    random,
    log: SILENT,
    open: () => Promise.resolve({ kind: 'open', port: way.port, publicKey: key }),
  });
  return {
    target: patient(target, clock),
    seal: madeUpBatches().seal,
    copiesOf: ({ message }) => copiesIn(network, message),
    setLink: (isUp) => {
      network.isLinkUp = isUp;
    },
    keepsIntents: true,
    loseNextAnswer: () => {
      way.next = 'lose-answer';
      return () => way.next === undefined;
    },
    standsStill: {
      kind: 'ends-with-abort',
      next: () => {
        way.next = 'hang';
        return () => way.next === undefined;
      },
    },
    refuse: (batch) => makeTooLong(batch),
    close: () => {
      closed.resolve();
      return closed.promise;
    },
  };
});

/** Lets time pass before it says that it does not know yet: the network forgets what was under way after minutes. */
function patient(target: SyncTarget, clock: SimulatedClock): SyncTarget {
  return {
    ...target,
    connect: async (signal) => {
      const outcome = await target.connect(signal);
      if (outcome.kind !== 'connected') return outcome;
      const { session } = outcome;
      return {
        kind: 'connected',
        session: {
          ...session,
          locate: async (delivery, stop) => {
            const found = await session.locate(delivery, stop);
            if (found.kind === 'unknown') await sleep(clock, ASKED_AGAIN_MS);
            return found;
          },
        },
      };
    },
  };
}

/** The port to the consensus nodes, with a thing that befalls the next transaction. */
class WayToNodes {
  next: 'lose-answer' | 'hang' | undefined;
  readonly port: ConsensusPort;

  constructor(port: ConsensusPort) {
    this.port = {
      ...port,
      send: async (bytes, signal) => {
        const befalls = this.next;
        this.next = undefined;
        if (befalls === 'hang') {
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
          return { kind: 'unanswered', why: 'it was given up' };
        }
        const outcome = await port.send(bytes, signal);
        return befalls === 'lose-answer' ? { kind: 'unanswered', why: 'the answer was lost' } : outcome;
      },
    };
  }
}

function copiesIn(network: HederaNetwork, message: string): number {
  const messages = [...network.topics.values()].flatMap((topic) => topic.messages);
  return messages.filter((found) => Buffer.from(found.message).toString('utf8') === message).length;
}

/** No topic takes a message of more than 1,024 bytes. */
function makeTooLong(batch: Batch): void {
  Object.assign(batch, { message: `${batch.message}${' '.repeat(1100)}` });
}
