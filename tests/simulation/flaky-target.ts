import type { Clock } from '../../core/model/clock.ts';
import { sleep } from '../../core/model/clock.ts';
import type { Random } from '../../core/model/random.ts';
import type {
  ConnectOutcome,
  Delivered,
  DeliverOutcome,
  Delivery,
  LocateOutcome,
  SyncSession,
  SyncTarget,
} from '../../core/sync/target.ts';

export interface FlakyTargetOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly random: Random;
  /** How much of what is tried meets each of the faults. */
  readonly faultShare: number;
  readonly isOrdered?: boolean;
  readonly inFlightMax?: number;
  readonly delayMs?: number;
}

/** What was sent arrives within this time or never. */
const UNDER_WAY_MS_MAX = 120_000;
const LINK = { code: 'SYN_TEST_LINK', message: 'The link is down.' };
const LOST = { code: 'SYN_TEST_LOST', message: 'No answer came.' };
const BUSY = { code: 'SYN_TEST_BUSY', message: 'The target is busy.' };
const REFUSED = { code: 'SYN_TEST_REFUSED', message: 'The target refuses this batch.' };

/** A target that counts every arrival, twins too, and of which nothing that it says is to be relied on but an `absent`. */
export class FlakyTarget implements SyncTarget {
  readonly name: string;
  readonly isPublic = true;
  readonly isOrdered: boolean;
  readonly inFlightMax: number;
  readonly arrivals = new Map<string, number[]>();
  readonly order: string[] = [];
  readonly refuse = new Set<string>();
  isLinkUp = true;
  faultShare: number;
  connects = 0;
  attempts = 0;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #delayMs: number;

  constructor(options: FlakyTargetOptions) {
    this.name = options.name;
    this.isOrdered = options.isOrdered ?? false;
    this.inFlightMax = options.inFlightMax ?? (this.isOrdered ? 1 : 4);
    this.faultShare = options.faultShare;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#delayMs = options.delayMs ?? 50;
  }

  async connect(): Promise<ConnectOutcome> {
    this.connects += 1;
    await sleep(this.#clock, 20);
    if (!this.isLinkUp) return { kind: 'later', fault: LINK };
    const session: SyncSession = {
      deliver: (delivery, signal) => this.#deliver(delivery, signal),
      locate: (delivery) => this.#locate(delivery),
      close: () => Promise.resolve(),
    };
    return { kind: 'connected', session };
  }

  async #deliver(delivery: Delivery, signal: AbortSignal): Promise<DeliverOutcome> {
    this.attempts += 1;
    await sleep(this.#clock, this.#delayMs);
    const { id } = delivery.batch;
    if (!this.isLinkUp) return { kind: 'later', fault: LINK };
    if (this.refuse.has(id)) return { kind: 'refused', fault: REFUSED };
    if (this.#happens()) return { kind: 'later', fault: BUSY };
    await delivery.keepIntent(Buffer.from(String(this.#clock.wallMs())));
    if (this.#happens()) return { kind: 'unknown', fault: LOST };
    const isLate = this.#happens();
    if (isLate) this.#clock.after(this.#random.next() * UNDER_WAY_MS_MAX, () => this.#arrive(id));
    else this.#arrive(id);
    if (this.#happens()) await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    if (this.#happens()) throw new Error('the worker died');
    return isLate || this.#happens() ? { kind: 'unknown', fault: LOST } : this.#receipt(id);
  }

  async #locate({ batch, intents }: Delivery): Promise<LocateOutcome> {
    this.attempts += 1;
    await sleep(this.#clock, this.#delayMs);
    if (!this.isLinkUp || this.#happens()) return { kind: 'unknown', fault: LINK };
    if (this.arrivals.has(batch.id)) return this.#receipt(batch.id);
    const lastMs = Math.max(0, ...intents.map((intent) => Number(Buffer.from(intent).toString())));
    return this.#clock.wallMs() > lastMs + UNDER_WAY_MS_MAX ? { kind: 'absent' } : { kind: 'unknown', fault: LOST };
  }

  #arrive(id: string): void {
    this.order.push(id);
    this.arrivals.set(id, [...(this.arrivals.get(id) ?? []), this.order.length]);
  }

  #receipt(id: string): Delivered {
    return { kind: 'delivered', receipt: { sequence: this.arrivals.get(id)?.[0] ?? 0 } };
  }

  #happens(): boolean {
    return this.#random.next() < this.faultShare;
  }
}
