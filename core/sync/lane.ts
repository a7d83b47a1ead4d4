import { type CancelTimer, sleep } from '../model/clock.ts';
import { Failure } from '../model/failure.ts';
import type { JsonObject } from '../model/json.ts';
import { linkedAbort } from '../model/linked-abort.ts';
import { abandonable, NO_ANSWER } from './abandonable.ts';
import { Breaker } from './breaker.ts';
import { Gathered, TOGETHER_MAX } from './gathered.ts';
import { type Chosen, LANE_MS, type LaneParts, type LaneStatus, MANY_UNDER_WAY } from './lane-parts.ts';
import { BUDGET_CODE, type LinkHold } from './link-budget.ts';
import type { KeptIntent, OutboxItem, Settled } from './outbox.ts';
import type { DeliverOutcome, Delivery, SyncFault, SyncSession } from './target.ts';
import { thrownBy } from './thrown-by.ts';

export type { LaneParts, LaneStatus };

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
  readonly #intents: Gathered<KeptIntent>;
  readonly #receipts: Gathered<Settled>;
  #isLiveUnderWay = false;
  #isConnected = false;
  #isFillDue = false;
  #isAbandoned = false;
  #isLivesTurn = true;
  #cancelTimer: CancelTimer = () => undefined;
  #lastContactMs: number | undefined;
  #fault: SyncFault | undefined;
  #hold: LinkHold | undefined;

  constructor(parts: LaneParts) {
    this.#parts = parts;
    const { clock, random, outbox } = parts;
    this.#breaker = new Breaker(clock, random);
    const gatherMs = (): number => (this.#underWay.size > MANY_UNDER_WAY ? LANE_MS.gather : 0);
    this.#intents = new Gathered(clock, gatherMs, (kept) => outbox.keepIntents(kept));
    this.#receipts = new Gathered(clock, gatherMs, (settled) => outbox.settleAll(settled));
  }

  /** Takes up what a former run left, and goes on until `stop`. */
  start(): void {
    const { outbox, target, log, clock } = this.#parts;
    const interrupted = this.#writing(() => outbox.recover(target.name));
    if (interrupted === undefined) {
      this.#cancelTimer = clock.after(LANE_MS.storeRetry, () => this.start());
      return;
    }
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
    this.#intents.abandon();
    this.#receipts.abandon();
    this.#ending.abort();
    this.#cancelTimer();
  }

  status(): LaneStatus {
    const { target } = this.#parts;
    const notice = target.notice?.();
    return {
      target: target.name,
      breaker: this.#breaker.state,
      inFlight: this.#underWay.size,
      ...(this.#lastContactMs === undefined ? {} : { lastContactMs: this.#lastContactMs }),
      ...(this.#fault === undefined ? {} : { fault: this.#fault }),
      ...(this.#hold === undefined ? {} : { held: this.#hold.fault }),
      ...(notice === undefined ? {} : { notice }),
    };
  }

  #fill(): void {
    const { outbox, clock } = this.#parts;
    this.#cancelTimer();
    if (this.#ending.signal.aborted) return;
    const chosen = this.#writing(() => outbox.write(() => this.#chooseAll(clock.wallMs())));
    for (const { item, isLive } of chosen ?? []) this.#launch(item, isLive);
    if (chosen === undefined) this.#cancelTimer = clock.after(LANE_MS.storeRetry, () => this.#fill());
    else if (chosen.length === TOGETHER_MAX) this.#fillSoon();
    else this.#sleep();
  }

  /** All that is due and for which there is room: one while it is not known whether the target is there. */
  #chooseAll(nowMs: number): readonly Chosen[] {
    const { target } = this.#parts;
    const most = this.#breaker.allows(this.#isConnected ? target.inFlightMax : 1);
    const chosen: Chosen[] = [];
    let isLiveUnderWay = this.#isLiveUnderWay;
    while (chosen.length < TOGETHER_MAX && this.#underWay.size + chosen.length < most) {
      const one = this.#choose(nowMs, isLiveUnderWay);
      if (one === undefined) break;
      isLiveUnderWay ||= one.isLive;
      chosen.push(one);
    }
    return chosen;
  }

  /** What the store gives, or undefined while it takes nothing: a full disk holds deliveries up and ends nothing. */
  #writing<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      return this.#untaken(error);
    }
  }

  #untaken(error: unknown): undefined {
    if (!(error instanceof Failure)) throw error;
    this.#parts.log.warn({ target: this.#parts.target.name, code: error.code }, error.message);
  }

  #choose(nowMs: number, isLiveUnderWay: boolean): Chosen | undefined {
    const { target, outbox, budget } = this.#parts;
    const isMetered = target.link !== undefined && budget !== undefined;
    // Over a metered link what is newest always goes first: the day's bytes may not last for the backlog.
    const isFree = !isLiveUnderWay && (target.inFlightMax > 1 || this.#isLivesTurn);
    const isLive = !target.isOrdered && (isMetered || isFree);
    this.#isLivesTurn = !this.#isLivesTurn;
    const lane = target.isOrdered ? 'in-order' : isLive ? 'live' : 'backlog';
    const item = outbox.next(target.name, lane, nowMs);
    this.#hold = isMetered && item !== undefined ? budget.hold(target) : undefined;
    if (item === undefined || this.#hold !== undefined) return undefined;
    outbox.begin(item);
    if (isMetered && target.link.bytesEach > 0) budget.spend(target.name, target.link.bytesEach);
    return { item, isLive };
  }

  #launch(item: OutboxItem, isLive: boolean): void {
    if (isLive) this.#isLiveUnderWay = true;
    const work = this.#attempt(item).then(() => {
      this.#underWay.delete(work);
      if (isLive) this.#isLiveUnderWay = false;
      this.#fillSoon();
    });
    this.#underWay.add(work);
  }

  /** Deliveries that end together make room together. */
  #fillSoon(): void {
    if (this.#isFillDue) return;
    this.#isFillDue = true;
    this.#parts.clock.after(0, () => {
      this.#isFillDue = false;
      this.#fill();
    });
  }

  /** Wakes up when the next item is due or the breaker lets one through. A step of the wall clock delays it by a minute at most. */
  #sleep(): void {
    const { target, outbox, clock } = this.#parts;
    if (this.#ending.signal.aborted) return;
    const dueMs = outbox.nextDueMs(target.name, target.isOrdered ? 'in-order' : 'backlog');
    if (dueMs === undefined) return;
    const untilDueMs = Math.max(0, dueMs - clock.wallMs());
    const heldMs = Math.min(this.#hold?.waitMs ?? 0, LANE_MS.longestSleep);
    const delayMs = Math.max(this.#breaker.waitMs(), Math.min(untilDueMs, LANE_MS.longestSleep), heldMs);
    if (this.#underWay.size > 0 && delayMs === 0) return;
    this.#cancelTimer = clock.after(Math.max(delayMs, 1), () => this.#fill());
  }

  async #attempt(item: OutboxItem): Promise<void> {
    const { clock, target } = this.#parts;
    const begunMs = clock.monotonicMs();
    const { signal, abort, letGo } = linkedAbort(this.#ending.signal);
    const cancel = clock.after(this.#parts.deadlineMs ?? LANE_MS.deadline, abort);
    let outcome: DeliverOutcome;
    try {
      outcome = await abandonable(this.#send(item, signal), signal);
    } catch (error) {
      outcome = { kind: 'unknown', fault: thrownBy(target.name, error) };
      await this.#hangUp();
    }
    cancel();
    letGo();
    // What came of it is kept in mind until the store takes it.
    while (!(await this.#conclude(item, outcome, begunMs))) {
      await sleep(clock, LANE_MS.storeRetry, this.#ending.signal);
      if (this.#ending.signal.aborted) return;
    }
    // A person may have put another key or password in place: what keeps failing is connected anew.
    if (this.#isConnected && this.#breaker.state !== 'closed' && this.#underWay.size === 1) await this.#hangUp();
  }

  async #send(item: OutboxItem, signal: AbortSignal): Promise<DeliverOutcome> {
    const { outbox } = this.#parts;
    const session = await this.#connected(signal);
    if ('code' in session) return { kind: item.state === 'unknown' ? 'unknown' : 'later', fault: session };
    const delivery: Delivery = {
      batch: item.batch,
      intents: item.intents,
      keepIntent: (intent) => this.#intents.add({ item, intent }),
    };
    if (item.state !== 'unknown') return session.deliver(delivery, signal);
    const found = await session.locate(delivery, signal);
    if (found.kind !== 'absent') return found;
    // Given up meanwhile: another attempt may have kept what it sends.
    if (signal.aborted) return { kind: 'unknown', fault: NO_ANSWER };
    outbox.forget(item);
    return session.deliver({ ...delivery, intents: [] }, signal);
  }

  /** @returns whether the store took it */
  async #conclude(item: OutboxItem, outcome: DeliverOutcome, begunMs: number): Promise<boolean> {
    if (this.#isAbandoned) return true;
    try {
      if (outcome.kind === 'delivered') await this.#settle(item, outcome.receipt);
      // What the appliance's own end interrupts says nothing of the target; the next start takes it up.
      else if (!this.#ending.signal.aborted) this.#fail(item, outcome, begunMs);
      return true;
    } catch (error) {
      this.#untaken(error);
      return false;
    }
  }

  async #settle(item: OutboxItem, receipt: JsonObject): Promise<void> {
    await this.#receipts.add({ item, receipt });
    this.#answered();
    this.#fault = undefined;
    this.#parts.onReceipt?.(item, receipt);
  }

  #answered(): void {
    this.#breaker.succeeded();
    this.#lastContactMs = this.#parts.clock.wallMs();
  }

  #fail(item: OutboxItem, outcome: Exclude<DeliverOutcome, { kind: 'delivered' }>, begunMs: number): void {
    const { outbox, clock, target, log } = this.#parts;
    const { kind, fault } = outcome;
    const state = kind === 'unknown' ? 'unknown' : 'waiting';
    const { afterMs = 0, isProgress = false } = kind === 'later' ? outcome : {};
    // The day's bytes ended in the middle: nothing failed.
    const isHeld = fault.code === BUDGET_CODE;
    if (!isHeld) this.#fault = isProgress ? undefined : fault;
    if (isProgress) this.#answered();
    if (isHeld || isProgress) {
      outbox.goOn(item, state, fault, isHeld ? 'held' : 'progress');
      return;
    }
    if (kind === 'refused') {
      outbox.park(item, fault);
      this.#lastContactMs = clock.wallMs();
      log.warn({ target: target.name, batch: item.batch.index, code: fault.code }, fault.message);
      return;
    }
    const delayMs = this.#breaker.failed(begunMs);
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
    if (outcome.kind !== 'connected') return outcome.fault;
    this.#isConnected = true;
    // The target is there, so the others need not wait for the first.
    this.#fillSoon();
    return outcome.session;
  }

  async #hangUp(): Promise<void> {
    const session = await this.#session?.catch(() => undefined);
    this.#session = undefined;
    this.#isConnected = false;
    if (session !== undefined && !('code' in session)) await session.close().catch(() => undefined);
  }
}
