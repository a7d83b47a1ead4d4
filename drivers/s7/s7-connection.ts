import type { Connection, ConnectionCounts } from '../../core/acquisition/driver.ts';
import type { Outcome } from '../../core/acquisition/sample.ts';
import type { PointConfig } from '../../core/config/plant.ts';
import { present } from '../../core/model/assert.ts';
import type { Fault } from '../../core/model/fault.ts';
import type { Link, LinkParts } from './link.ts';
import { abortedFault, closedFault, malformedFault, stoppedFault } from './link-fault.ts';
import type { Run } from './plan-runs.ts';
import { PointPlan, type Request } from './point-plan.ts';
import { itemMeaning, requestMeaning } from './refusal-fault.ts';
import { REFUSED_RETRY_MS, Refusals } from './refusals.ts';
import { modeOf, OPERATING_MODE, systemStatusRequest } from './system-status.ts';

/** What one call of `read` has come to so far. */
interface Round {
  readonly plan: PointPlan;
  readonly outcomes: (Outcome | undefined)[];
  readonly signal: AbortSignal;
  /** Why nothing more is asked in this round. */
  stop?: Fault;
}

/** What splitting a refused run has shown: how many values stayed refused, or undefined when that stayed open. */
type Refused = number | undefined;

/**
 * One PLC's connection, over one link: a request without an answer ends both, and the poller opens anew. Refused
 * values are found by asking for halves, and left out of the requests for a while.
 */
export class S7Connection implements Connection {
  readonly #parts: LinkParts;
  readonly #link: Link;
  readonly #refusals = new Refusals();
  #plan: PointPlan | undefined;
  #spent: Fault | undefined;
  /** When to ask for the mode of the CPU again, on the monotonic clock. */
  #modeAskMs: number;

  constructor(parts: LinkParts, link: Link) {
    this.#parts = parts;
    this.#link = link;
    this.#modeAskMs = parts.settings.state === 'check' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }

  async read(points: readonly PointConfig[], signal: AbortSignal): Promise<readonly Outcome[]> {
    const plan = this.#planFor(points);
    const outcomes = new Array<Outcome | undefined>(points.length).fill(undefined);
    const round: Round = { plan, outcomes, signal };
    if (this.#spent !== undefined) round.stop = this.#spent;
    else if (signal.aborted) round.stop = abortedFault();
    const onAbort = (): void => this.#link.abandon();
    signal.addEventListener('abort', onAbort, { once: true });
    if (points.length > 0) await this.#checkMode(round);
    for (const request of plan.requestsDue(this.#parts.host.clock.monotonicMs())) await this.#readRuns(request, round);
    signal.removeEventListener('abort', onAbort);
    return this.#conclude(round);
  }

  counts(): ConnectionCounts {
    const { requests, timeouts, strangers, sent } = this.#parts.tally;
    return { requests, timeouts, strangers, writes: 0, sent: Object.fromEntries(sent) };
  }

  async close(): Promise<void> {
    this.#spent ??= closedFault(this.#parts.settings);
    this.#link.close();
  }

  #planFor(points: readonly PointConfig[]): PointPlan {
    if (this.#plan?.isFor(points) === true) return this.#plan;
    const { frames, settings } = this.#parts;
    const { pduBytes } = this.#link;
    this.#plan = new PointPlan(points, { frames, refusals: this.#refusals, gap: settings.gap, pduBytes });
    return this.#plan;
  }

  /** A CPU in STOP answers with the values of the moment in which it stopped: they are not what is measured now. */
  async #checkMode(round: Round): Promise<void> {
    const nowMs = this.#parts.host.clock.monotonicMs();
    if (nowMs < this.#modeAskMs || round.stop !== undefined) return;
    const list = OPERATING_MODE;
    const reply = await this.#link.ask(systemStatusRequest(list), { kind: 'status', list });
    if (reply.kind === 'lost') {
      round.stop = reply.fault;
    } else if (reply.kind === 'status') {
      const mode = modeOf(reply.list);
      if (mode !== 'run' && mode !== 'unknown') round.stop = stoppedFault(this.#parts.settings, mode.toUpperCase());
    } else {
      this.#parts.host.log.warn(
        { reply: reply.kind },
        'the PLC does not tell whether it runs: a STOP would not be seen',
      );
      this.#modeAskMs = nowMs + REFUSED_RETRY_MS;
    }
  }

  async #readRuns(request: Request, round: Round): Promise<Refused> {
    if (round.signal.aborted) round.stop ??= abortedFault();
    if (round.stop !== undefined) return undefined;
    const { runs } = request;
    const lengths = runs.map(({ bytes }) => bytes);
    const reply = await this.#link.ask(request.frame, { kind: 'read', lengths });
    if (reply.kind === 'lost') {
      round.stop = reply.fault;
      return undefined;
    }
    if (reply.kind === 'refused') {
      const { fault } = requestMeaning(reply.error);
      for (const run of runs) this.#miss(run, fault, round);
      return undefined;
    }
    if (reply.kind !== 'items') {
      round.stop = malformedFault(this.#parts.settings, `a ${reply.kind} answer to a read`);
      return undefined;
    }
    const readAtMs = this.#parts.host.clock.wallMs();
    const toSplit: { run: Run; fault: Fault }[] = [];
    for (const [index, run] of runs.entries()) {
      const item = present(reply.items[index], 'the answer to an item');
      if (item.kind === 'data') this.#take(run, item.bytes, readAtMs, round);
      else {
        const { remedy, fault } = itemMeaning(item.code);
        if (remedy === 'split') toSplit.push({ run, fault });
        else this.#miss(run, fault, round);
      }
    }
    let refused: Refused = 0;
    for (const { run, fault } of toSplit) {
      const found = await this.#split(run, fault, round);
      refused = refused === undefined || found === undefined ? undefined : refused + found;
    }
    return refused;
  }

  /** Finds the values that the PLC refuses by asking for halves, and remembers what that taught. */
  async #split(run: Run, fault: Fault, round: Round): Promise<Refused> {
    const { plan } = round;
    const [lower, upper] = plan.halve(run);
    if (lower === undefined || upper === undefined) {
      this.#refusals.refuse(run, fault, this.#parts.host.clock.monotonicMs());
      this.#parts.host.log.warn({ code: fault.code, db: run.db, byte: run.byte }, 'the PLC refuses a value');
      this.#miss(run, fault, round);
      return 1;
    }
    const below = await this.#readRuns(plan.requestOf([lower]), round);
    const above = await this.#readRuns(plan.requestOf([upper]), round);
    if (below === undefined || above === undefined) return undefined;
    // Each part alone is fine: what the PLC refuses lies between them.
    if (below + above === 0) this.#refusals.cut(upper);
    return below + above;
  }

  #take(run: Run, bytes: Uint8Array, readAtMs: number, round: Round): void {
    for (const index of run.members) round.outcomes[index] = round.plan.decodeMember(index, run, bytes, readAtMs);
  }

  #miss(run: Run, fault: Fault, round: Round): void {
    for (const index of run.members) this.#missInto(round, index, fault);
  }

  #missInto(round: Round, index: number, fault: Fault): void {
    const atMs = this.#parts.host.clock.wallMs();
    round.outcomes[index] = { kind: 'miss', point: round.plan.refOf(index), fault, atMs };
  }

  /** One outcome for each point: what was read, what was refused before, and what was not asked. */
  #conclude(round: Round): Outcome[] {
    if (round.stop?.policy === 'reconnect' || !this.#link.isUsable) {
      // An abandoned request ends the link without a fault of the PLC: the poller has to open anew all the same.
      this.#spent ??= { ...(round.stop ?? closedFault(this.#parts.settings)), policy: 'reconnect' };
      this.#link.close();
    }
    for (let index = 0; index < round.outcomes.length; index += 1) {
      if (round.outcomes[index] !== undefined) continue;
      const fault = this.#spent ?? round.stop ?? this.#refusals.faultOf(round.plan.spanOf(index));
      this.#missInto(round, index, present(fault, 'the reason why a point was not asked'));
    }
    return round.outcomes as Outcome[];
  }
}
