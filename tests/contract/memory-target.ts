import type { Batch } from '../../core/sync/batch.ts';
import type {
  ConnectOutcome,
  Delivered,
  DeliverOutcome,
  Delivery,
  LocateOutcome,
  SyncFault,
  SyncSession,
  SyncTarget,
} from '../../core/sync/target.ts';

/** A batch with a message larger than this is refused: a person has to look at it. */
const MESSAGE_BYTES_MAX = 2000;
const LINK: SyncFault = { code: 'SYN_TEST_LINK', message: 'The link is down.' };
const LOST: SyncFault = { code: 'SYN_TEST_LOST', message: 'No answer came.' };
const CLOSED: SyncFault = { code: 'SYN_TEST_CLOSED', message: 'The session was closed.' };
const REFUSED: SyncFault = { code: 'SYN_TEST_REFUSED', message: 'The target refuses this batch.' };

/**
 * The least that a target is: what the contract suite takes for the reference, and what to read before writing another.
 * The far end is an array of all arrivals, so that a second copy of a batch is seen.
 */
export class MemoryTarget implements SyncTarget {
  readonly name = 'memory';
  readonly isPublic = false;
  readonly isOrdered = false;
  readonly inFlightMax = 4;
  /** Ids of all batches in the order in which they arrived, twins too. */
  readonly arrivals: string[] = [];
  readonly refused = new Set<string>();
  isLinkUp = true;
  isNextAnswerLost = false;
  isNextHanging = false;

  connect(signal: AbortSignal): Promise<ConnectOutcome> {
    if (signal.aborted || !this.isLinkUp) return Promise.resolve({ kind: 'later', fault: LINK });
    let isClosed = false;
    const open = (work: () => Promise<DeliverOutcome>): Promise<DeliverOutcome> =>
      isClosed ? Promise.resolve({ kind: 'later', fault: CLOSED }) : work();
    const session: SyncSession = {
      deliver: (delivery, stop) => open(() => this.#deliver(delivery, stop)),
      locate: ({ batch }) => Promise.resolve(isClosed ? { kind: 'unknown', fault: CLOSED } : this.#locate(batch)),
      close: () => {
        isClosed = true;
        return Promise.resolve();
      },
    };
    return Promise.resolve({ kind: 'connected', session });
  }

  async #deliver({ batch, keepIntent }: Delivery, signal: AbortSignal): Promise<DeliverOutcome> {
    if (signal.aborted || !this.isLinkUp) return { kind: 'later', fault: LINK };
    if (batch.message.length > MESSAGE_BYTES_MAX || this.refused.has(batch.id)) {
      return { kind: 'refused', fault: REFUSED };
    }
    if (this.isNextHanging) {
      this.isNextHanging = false;
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      return { kind: 'unknown', fault: LOST };
    }
    // Durable before it is sent: what a crash leaves can then be asked for.
    await keepIntent(Buffer.from(batch.id, 'hex'));
    if (!this.arrivals.includes(batch.id)) this.arrivals.push(batch.id);
    if (!this.isNextAnswerLost) return this.#receiptOf(batch);
    this.isNextAnswerLost = false;
    return { kind: 'unknown', fault: LOST };
  }

  #locate(batch: Batch): LocateOutcome {
    if (!this.isLinkUp) return { kind: 'unknown', fault: LINK };
    return this.arrivals.includes(batch.id) ? this.#receiptOf(batch) : { kind: 'absent' };
  }

  #receiptOf({ id }: Batch): Delivered {
    return { kind: 'delivered', receipt: { sequence: this.arrivals.indexOf(id) } };
  }
}
