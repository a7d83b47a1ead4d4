import type { Connection, ConnectionCounts, DriverHost } from '../../core/acquisition/driver.ts';
import type { Outcome } from '../../core/acquisition/sample.ts';
import type { PointConfig } from '../../core/config/plant.ts';
import { present } from '../../core/model/assert.ts';
import { sleep } from '../../core/model/clock.ts';
import type { Fault } from '../../core/model/fault.ts';
import type { ModbusConnectionSettings } from './connection-schema.ts';
import { exceptionMeaning } from './exception-fault.ts';
import { type Link, openLink, type Reply, type Tally } from './link.ts';
import { abortedFault, closedFault } from './link-fault.ts';
import type { Block } from './plan-blocks.ts';
import { PointPlan } from './point-plan.ts';
import { Refusals } from './refusals.ts';

/** A busy device gets this long before it is asked again, and this many chances in one read. */
const BUSY_WAIT_MS = 100;
const BUSY_ATTEMPTS = 3;
/** So many requests in a row without any answer mean that the device is not there. */
const SILENCES_MAX = 2;

/** What one call of `read` has come to so far. */
interface Round {
  readonly plan: PointPlan;
  readonly outcomes: (Outcome | undefined)[];
  readonly signal: AbortSignal;
  /**
   * Replies to be decoded once the last request is answered: all at once is quicker than a few between two waits, and
   * leaves the line to the next request.
   */
  readonly undecoded: Undecoded[];
  /** Points whose request got no answer at all, with the fault. */
  readonly lost: Map<number, Fault>;
  answers: number;
  /** Requests without an answer since the last answer. */
  silences: number;
  /** Why nothing more is asked in this round. */
  stop?: Fault;
}

interface Undecoded {
  readonly block: Block;
  readonly bytes: Uint8Array;
  readonly readAtMs: number;
}

/** What splitting a refused block has shown: the parts that were read, and how many values stayed refused. */
interface Finding {
  readonly read: readonly Block[];
  readonly refused: number;
}

/**
 * One device's connection. After a request without an answer the link is closed, and the rest of the round goes over
 * a fresh one, so that a register which the device passes over in silence does not cost its neighbours. Two silences
 * in a row end the round.
 */
export class ModbusConnection implements Connection {
  readonly #settings: ModbusConnectionSettings;
  readonly #host: DriverHost;
  readonly #tally: Tally;
  readonly #refusals = new Refusals();
  #link: Link | undefined;
  #plan: PointPlan | undefined;
  #quietUntilMs = 0;
  #spent: Fault | undefined;

  constructor(settings: ModbusConnectionSettings, host: DriverHost, link: Link, tally: Tally) {
    this.#settings = settings;
    this.#host = host;
    this.#link = link;
    this.#tally = tally;
  }

  async read(points: readonly PointConfig[], signal: AbortSignal): Promise<readonly Outcome[]> {
    const plan = this.#planFor(points);
    const round: Round = {
      plan,
      outcomes: new Array<Outcome | undefined>(points.length).fill(undefined),
      signal,
      undecoded: [],
      lost: new Map(),
      answers: 0,
      silences: 0,
    };
    if (this.#spent !== undefined) round.stop = this.#spent;
    const onAbort = (): void => this.#link?.abandon();
    signal.addEventListener('abort', onAbort, { once: true });
    for (const block of plan.blocksDue(this.#host.clock.monotonicMs())) {
      await this.#readBlock(block, round);
    }
    decodeReplies(round);
    signal.removeEventListener('abort', onAbort);
    if (this.#settings.connect === 'each-cycle') this.#drop();
    return this.#conclude(round);
  }

  counts(): ConnectionCounts {
    return { ...this.#tally, writes: 0 };
  }

  async close(): Promise<void> {
    this.#spent ??= closedFault(this.#settings);
    this.#drop();
  }

  #planFor(points: readonly PointConfig[]): PointPlan {
    if (this.#plan?.isFor(points) !== true) this.#plan = new PointPlan(points, this.#settings, this.#refusals);
    return this.#plan;
  }

  async #readBlock(block: Block, round: Round): Promise<Finding | undefined> {
    if (round.stop !== undefined) return undefined;
    const reply = await this.#ask(block, round);
    if (reply.kind === 'lost') {
      this.#noteSilence(block, reply.fault, round);
      return undefined;
    }
    round.answers += 1;
    round.silences = 0;
    if (reply.kind === 'data') {
      round.undecoded.push({ block, bytes: reply.bytes, readAtMs: reply.readAtMs });
      return { read: [block], refused: 0 };
    }
    const { remedy, fault } = exceptionMeaning(reply.exception);
    if (remedy === 'split') return this.#split(block, fault, round);
    this.#miss(block, fault, round);
    if (remedy === 'stop') round.stop = fault;
    return undefined;
  }

  /** Finds the values that the device refuses by asking for halves, and remembers what that taught. */
  async #split(block: Block, fault: Fault, round: Round): Promise<Finding | undefined> {
    const [lower, upper] = round.plan.halve(block);
    if (lower === undefined || upper === undefined) {
      const span = round.plan.spanOf(present(block.members[0], 'a member of the block'));
      this.#host.log.warn({ code: fault.code, ...span }, 'the device refuses a value; it is left out of the requests');
      this.#refusals.refuse(span, fault, this.#host.clock.monotonicMs());
      this.#miss(block, fault, round);
      return { read: [], refused: 1 };
    }
    const below = await this.#readBlock(lower, round);
    const above = await this.#readBlock(upper, round);
    if (below === undefined || above === undefined) return undefined;
    const finding = { read: [...below.read, ...above.read], refused: below.refused + above.refused };
    // Each part alone is fine: what the device refuses lies between them, or the whole was too long for it.
    if (finding.refused === 0) this.#refusals.cut(upper.table, upper.address);
    return finding;
  }

  async #ask(block: Block, round: Round): Promise<Reply> {
    for (let attempt = 1; ; attempt += 1) {
      const reply = await this.#askOnce(block, round);
      const isBusy = reply.kind === 'exception' && exceptionMeaning(reply.exception).remedy === 'wait';
      if (!isBusy || attempt === BUSY_ATTEMPTS) return reply;
      await sleep(this.#host.clock, BUSY_WAIT_MS, round.signal);
    }
  }

  async #askOnce(block: Block, round: Round): Promise<Reply> {
    const { signal } = round;
    const waitMs = this.#quietUntilMs - this.#host.clock.monotonicMs();
    if (waitMs > 0) await sleep(this.#host.clock, waitMs, signal);
    if (this.#link?.isUsable !== true) {
      this.#drop();
      const opened = await openLink(this.#settings, this.#host, this.#tally, signal);
      if (opened.kind === 'fault') return this.#notOpened(opened.fault, signal);
      this.#link = opened.link;
    }
    if (this.#spent !== undefined) {
      // Closed while the link was being opened.
      this.#drop();
      return { kind: 'lost', fault: this.#spent };
    }
    if (signal.aborted) return { kind: 'lost', fault: abortedFault() };
    const reply = await this.#link.request(block);
    if (this.#settings.pause > 0) this.#quietUntilMs = this.#host.clock.monotonicMs() + this.#settings.pause;
    return reply;
  }

  /** Where no link can be opened there is no sense in trying with the next block, unless only the time was up. */
  #notOpened(fault: Fault, signal: AbortSignal): Reply {
    if (!signal.aborted) this.#spent ??= fault;
    return { kind: 'lost', fault };
  }

  #noteSilence(block: Block, fault: Fault, round: Round): void {
    for (const index of block.members) round.lost.set(index, fault);
    round.silences += 1;
    const isOver = round.signal.aborted || this.#spent !== undefined || round.silences >= SILENCES_MAX;
    if (isOver) round.stop = fault;
  }

  #miss(block: Block, fault: Fault, round: Round): void {
    for (const index of block.members) this.#missInto(round, index, fault);
  }

  #missInto(round: Round, index: number, fault: Fault): void {
    const atMs = this.#host.clock.wallMs();
    round.outcomes[index] = { kind: 'miss', point: round.plan.refOf(index), fault, atMs };
  }

  /** One outcome for each point: what was read, what was refused before, what was lost, and what was not asked. */
  #conclude(round: Round): Outcome[] {
    const isAlive = this.#spent === undefined && round.answers > 0 && round.silences < SILENCES_MAX;
    if (!isAlive && round.lost.size > 0 && !round.signal.aborted) this.#spend(round);
    for (let index = 0; index < round.outcomes.length; index += 1) {
      if (round.outcomes[index] !== undefined) continue;
      const lost = round.lost.get(index);
      const fault = lost ?? this.#refusals.faultOf(round.plan.spanOf(index)) ?? round.stop;
      const known = present(fault, 'the reason why a point was not asked');
      this.#missInto(round, index, lost !== undefined && isAlive ? { ...known, policy: 'retry' } : known);
    }
    return round.outcomes as Outcome[];
  }

  #spend(round: Round): void {
    const [fault] = round.lost.values();
    this.#spent ??= fault;
    this.#drop();
  }

  #drop(): void {
    this.#link?.close();
    this.#link = undefined;
  }
}

function decodeReplies(round: Round): void {
  for (const { block, bytes, readAtMs } of round.undecoded) {
    for (const index of block.members) round.outcomes[index] = round.plan.decodeMember(index, block, bytes, readAtMs);
  }
}
