import type { CancelTimer, Clock } from '../model/clock.ts';
import type { JsonObject } from '../model/json.ts';
import type { Log } from '../model/log.ts';
import type { Random } from '../model/random.ts';
import { Breaker, type BreakerState } from './breaker.ts';
import type { Outbox, OutboxItem } from './outbox.ts';
import type { DeliverOutcome, Delivery, SyncFault, SyncSession, SyncTarget } from './target.ts';

export interface LaneParts {
  readonly target: SyncTarget;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Told of every receipt after it is recorded. */
  readonly onReceipt?: (item: OutboxItem, receipt: JsonObject) => void;
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
}

const DEADLINE_MS = 180_000;

/**
 * Delivers what the outbox holds for one target. Targets do not share anything, so a dead one delays no other. Within a
 * lane one delivery at a time is for what is newest, unless the target needs order; the rest work off the backlog from
 * its oldest end.
 */
export class TargetLane {
  readonly #parts: LaneParts;
  readonly #breaker: Breaker;
  readonly #ending = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  #session: Promise<SyncSession | SyncFault> | undefined;
  #isLiveUnderWay = false;
  #isAbandoned = false;
  #isLivesTurn = true;
  #cancelTimer: CancelTimer = () => undefined;
  #lastContactMs: number | undefined;
  #fault: SyncFault | undefined;

  constructor(parts: LaneParts) {
    this.#parts = parts;
    this.#breaker = new Breaker(parts.clock, parts.random);
  }

  /** Takes up what a former run left, and goes on until `stop`. */
  start(): void {
    const { outbox, target, log } = this.#parts;
    const interrupted = outbox.recover(target.name);
    if (interrupted > 0)
      log.info({ target: target.name, interrupted }, 'Deliveries were interrupted; the target is asked');
    this.#fill();
  }

  /** Something new waits, a person wants another attempt, or the link is back. */
  wake(isLinkBack = false): void {
    if (isLinkBack) this.#breaker.reset();
    this.#fill();
  }

  /** Interrupts what is under way; it is asked for at the next start. */
  async stop(): Promise<void> {
    this.#ending.abort();
    this.#cancelTimer();
    await Promise.all(this.#underWay);
    await this.#hangUp();
  }

  /** Lets go of everything at once and writes nothing any more, as a crash does. */
  abandon(): void {
    this.#isAbandoned = true;
    this.#ending.abort();
    this.#cancelTimer();
  }

  status(): LaneStatus {
    return {
      target: this.#parts.target.name,
      breaker: this.#breaker.state,
      inFlight: this.#underWay.size,
      ...(this.#lastContactMs === undefined ? {} : { lastContactMs: this.#lastContactMs }),
      ...(this.#fault === undefined ? {} : { fault: this.#fault }),
    };
  }

  #fill(): void {
    const { target, clock } = this.#parts;
    this.#cancelTimer();
    while (!this.#ending.signal.aborted && this.#underWay.size < this.#breaker.allows(target.inFlightMax)) {
      const item = this.#choose(clock.wallMs());
      if (item === undefined) break;
      this.#launch(item.item, item.isLive);
    }
    this.#sleep();
  }

  #choose(nowMs: number): { item: OutboxItem; isLive: boolean } | undefined {
    const { target, outbox } = this.#parts;
    const isLive = !target.isOrdered && !this.#isLiveUnderWay && (target.inFlightMax > 1 || this.#isLivesTurn);
    this.#isLivesTurn = !this.#isLivesTurn;
    const lane = target.isOrdered ? 'in-order' : isLive ? 'live' : 'backlog';
    const item = outbox.next(target.name, lane, nowMs);
    return item === undefined ? undefined : { item, isLive };
  }

  #launch(item: OutboxItem, isLive: boolean): void {
    this.#parts.outbox.begin(item);
    if (isLive) this.#isLiveUnderWay = true;
    const work = this.#attempt(item).then(() => {
      this.#underWay.delete(work);
      if (isLive) this.#isLiveUnderWay = false;
      this.#fill();
    });
    this.#underWay.add(work);
  }

  /** Wakes up when the next item is due or the breaker lets one through. A step of the wall clock delays it by a minute at most. */
  #sleep(): void {
    const { target, outbox, clock } = this.#parts;
    if (this.#ending.signal.aborted) return;
    const dueMs = outbox.nextDueMs(target.name, target.isOrdered ? 'in-order' : 'backlog');
    if (dueMs === undefined) return;
    const untilDueMs = Math.max(0, dueMs - clock.wallMs());
    const delayMs = Math.max(this.#breaker.waitMs(), Math.min(untilDueMs, LONGEST_SLEEP_MS));
    if (this.#underWay.size > 0 && delayMs === 0) return;
    this.#cancelTimer = clock.after(Math.max(delayMs, 1), () => this.#fill());
  }

  async #attempt(item: OutboxItem): Promise<void> {
    const deadline = new AbortController();
    const cancel = this.#parts.clock.after(this.#parts.deadlineMs ?? DEADLINE_MS, () => deadline.abort());
    const signal = AbortSignal.any([this.#ending.signal, deadline.signal]);
    try {
      this.#conclude(item, await abandonable(this.#send(item, signal), signal));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const fault = { code: 'SYN_TARGET_FAILED', message: `${this.#parts.target.name} failed: ${message}` };
      this.#conclude(item, { kind: 'unknown', fault });
      await this.#hangUp();
    } finally {
      cancel();
    }
  }

  async #send(item: OutboxItem, signal: AbortSignal): Promise<DeliverOutcome> {
    const { outbox } = this.#parts;
    const session = await this.#connected(signal);
    if ('code' in session) return { kind: item.state === 'unknown' ? 'unknown' : 'later', fault: session };
    const delivery: Delivery = {
      batch: item.batch,
      intents: item.intents,
      keepIntent: (intent) => outbox.keepIntent(item, intent),
    };
    if (item.state !== 'unknown') return session.deliver(delivery, signal);
    const found = await session.locate(delivery, signal);
    if (found.kind !== 'absent') return found;
    outbox.forget(item);
    return session.deliver({ ...delivery, intents: [] }, signal);
  }

  #conclude(item: OutboxItem, outcome: DeliverOutcome): void {
    if (this.#isAbandoned) return;
    const { outbox, clock, target, log, onReceipt } = this.#parts;
    if (outcome.kind === 'delivered') {
      outbox.settle(item, outcome.receipt);
      this.#breaker.succeeded();
      this.#fault = undefined;
      this.#lastContactMs = clock.wallMs();
      onReceipt?.(item, outcome.receipt);
      return;
    }
    // What the appliance's own end interrupts says nothing of the target; the next start takes it up.
    if (this.#ending.signal.aborted) return;
    const { fault } = outcome;
    this.#fault = fault;
    if (outcome.kind === 'refused') {
      outbox.park(item, fault);
      this.#lastContactMs = clock.wallMs();
      log.warn({ target: target.name, batch: item.batch.index, code: fault.code }, fault.message);
      return;
    }
    const delayMs = this.#breaker.failed();
    const afterMs = outcome.kind === 'later' ? (outcome.afterMs ?? 0) : 0;
    const state = outcome.kind === 'later' ? 'waiting' : 'unknown';
    outbox.postpone(item, state, fault, clock.wallMs() + Math.max(delayMs, afterMs));
  }

  async #connected(signal: AbortSignal): Promise<SyncSession | SyncFault> {
    this.#session ??= this.#connect(signal);
    const session = await this.#session;
    if ('code' in session) this.#session = undefined;
    return session;
  }

  async #connect(signal: AbortSignal): Promise<SyncSession | SyncFault> {
    const outcome = await this.#parts.target.connect(signal);
    return outcome.kind === 'connected' ? outcome.session : outcome.fault;
  }

  async #hangUp(): Promise<void> {
    const session = await this.#session?.catch(() => undefined);
    this.#session = undefined;
    if (session !== undefined && !('code' in session)) await session.close().catch(() => undefined);
  }
}

const LONGEST_SLEEP_MS = 60_000;

/** The promise's outcome, or `unknown` as soon as `signal` aborts: what a target does after that changes nothing here. */
function abandonable(work: Promise<DeliverOutcome>, signal: AbortSignal): Promise<DeliverOutcome> {
  const fault = { code: 'SYN_NO_ANSWER', message: 'The target did not answer in time.' };
  return new Promise((resolve, reject) => {
    const giveUp = (): void => resolve({ kind: 'unknown', fault });
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}
