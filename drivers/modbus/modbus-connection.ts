import type { Connection, ConnectionCounts, DriverHost } from '../../core/acquisition/driver.ts';
import type { Outcome } from '../../core/acquisition/sample.ts';
import type { PointConfig } from '../../core/config/plant.ts';
import { present } from '../../core/model/assert.ts';
import { sleep } from '../../core/model/clock.ts';
import type { Fault } from '../../core/model/fault.ts';
import { type ExceptionMeaning, exceptionMeaning } from './exception-fault.ts';
import { lateReplyFault, lineClosedFault } from './link-fault.ts';
import type { Block } from './plan-blocks.ts';
import { type PlanSettings, PointPlan } from './point-plan.ts';
import { decodeReplies, newRound, type Round } from './poll-round.ts';
import { Refusals } from './refusals.ts';
import type { Answer, Seat } from './seat.ts';

/** A busy device gets this long before it is asked again, and this many chances in one read. */
const BUSY_WAIT_MS = 100;
const BUSY_ATTEMPTS = 3;
/** So many requests in a row without any answer mean that the device is not there. */
const SILENCES_MAX = 2;
/** How long a value is waited for that could just now be taken for an older one. */
const PATIENCE_MS = 2500;
/** A block that failed as a whole is not taken apart again sooner than this. */
const WHOLE_FAILURE_MS = 60_000;

/** What taking a block apart has shown: how many parts were read, and the values that cannot be, with their fault. */
interface Finding {
  read: number;
  readonly refused: { readonly block: Block; readonly meaning: ExceptionMeaning }[];
  /** False when something else came between, so that nothing can be concluded from the whole. */
  isComplete: boolean;
}

/**
 * One device's connection: it asks at its seat of a line, takes blocks apart that the device refuses, and gives one
 * outcome for each point. A register that the device passes over in silence does not cost its neighbours; two
 * silences in a row end the round.
 */
export class ModbusConnection implements Connection {
  readonly #settings: PlanSettings;
  readonly #host: DriverHost;
  readonly #seat: Seat;
  readonly #place: string;
  readonly #release: () => Promise<void>;
  readonly #refusals = new Refusals();
  readonly #wholeFailures = new Map<string, number>();
  #plan: PointPlan | undefined;
  #spent: Fault | undefined;

  constructor(settings: PlanSettings, host: DriverHost, seat: Seat, place: string, release: () => Promise<void>) {
    this.#settings = settings;
    this.#host = host;
    this.#seat = seat;
    this.#place = place;
    this.#release = release;
  }

  async read(points: readonly PointConfig[], signal: AbortSignal): Promise<readonly Outcome[]> {
    const plan = this.#planFor(points);
    const round = newRound(plan, points.length, signal);
    if (this.#spent !== undefined) round.stop = this.#spent;
    else await this.#seat.during(signal, () => this.#ask(plan.blocksDue(this.#host.clock.monotonicMs()), round));
    decodeReplies(round);
    return this.#conclude(round);
  }

  counts(): ConnectionCounts {
    const { requests, timeouts, strangers, sent } = this.#seat.tally;
    return { requests, timeouts, strangers, writes: 0, sent: Object.fromEntries(sent) };
  }

  async close(): Promise<void> {
    this.#spent ??= lineClosedFault(this.#place);
    this.#seat.leave();
    await this.#release();
  }

  #planFor(points: readonly PointConfig[]): PointPlan {
    if (this.#plan?.isFor(points) !== true) this.#plan = new PointPlan(points, this.#settings, this.#refusals);
    return this.#plan;
  }

  async #ask(blocks: readonly Block[], round: Round): Promise<void> {
    const [first] = blocks;
    if (first === undefined) return;
    const absent = await this.#seat.approach(first);
    if (absent !== undefined) this.#end(round, absent);
    for (const block of blocks) {
      if (round.stop !== undefined) return;
      await this.#readBlock(block, round);
    }
  }

  async #readBlock(block: Block, round: Round): Promise<void> {
    const answer = await this.#askFor(block, round);
    const meaning = this.#take(block, answer, round);
    if (meaning === undefined) return;
    if (meaning.remedy === 'split' || (meaning.remedy === 'narrow' && this.#isWorthSplitting(block))) {
      await this.#split(block, meaning, round);
    } else if (meaning.remedy === 'refuse') await this.#refuseParts(block, meaning, round);
    else this.#missBlock(block, meaning.fault, round);
  }

  /** Puts an answer where it belongs. Returns what an exception means, which is the caller's to deal with. */
  #take(block: Block, answer: Answer, round: Round): ExceptionMeaning | undefined {
    switch (answer.kind) {
      case 'data':
        this.#noteAnswer(round);
        round.undecoded.push({ block, bytes: answer.bytes, readAtMs: answer.readAtMs });
        return undefined;
      case 'exception': {
        this.#noteAnswer(round);
        const meaning = exceptionMeaning(answer.exception);
        if (meaning.remedy === 'stop') round.stop = meaning.fault;
        if (meaning.remedy === 'wait') round.isBusy = true;
        // An exception that may belong to an older question teaches nothing about these registers.
        return answer.isSure ? meaning : { remedy: 'accept', fault: { ...meaning.fault, policy: 'retry' } };
      }
      case 'barred': {
        const waitMs = answer.untilMs - this.#host.clock.monotonicMs();
        this.#missBlock(block, lateReplyFault(this.#place, this.#settings.unitId, waitMs), round);
        return undefined;
      }
      case 'shut':
        if (!round.signal.aborted) this.#spent ??= answer.fault;
        this.#noteSilence(block, answer.fault, round);
        return undefined;
      default:
        this.#noteSilence(block, answer.fault, round);
        return undefined;
    }
  }

  /** Finds the values that the device refuses by asking for halves, and remembers what that taught. */
  async #split(block: Block, meaning: ExceptionMeaning, round: Round): Promise<void> {
    const finding: Finding = { read: 0, refused: [], isComplete: true };
    await this.#findRefused(block, meaning, round, finding);
    const isWhole = finding.read === 0;
    if (isWhole && meaning.remedy === 'narrow') {
      this.#wholeFailures.set(keyOf(block), this.#host.clock.monotonicMs() + WHOLE_FAILURE_MS);
    }
    for (const { block: part, meaning: why } of finding.refused) {
      if (why.remedy === 'narrow' && isWhole) this.#missBlock(part, why.fault, round);
      else this.#refuse(part, why, round);
    }
  }

  async #findRefused(block: Block, meaning: ExceptionMeaning, round: Round, finding: Finding): Promise<void> {
    const [lower, upper] = round.plan.halve(block);
    if (lower === undefined || upper === undefined) {
      finding.refused.push({ block, meaning });
      return;
    }
    const refusedBefore = finding.refused.length;
    for (const half of [lower, upper]) {
      if (round.stop !== undefined) {
        finding.isComplete = false;
        return;
      }
      const answer = await this.#askFor(half, round);
      const why = this.#take(half, answer, round);
      if (answer.kind === 'data') finding.read += 1;
      else if (why?.remedy === 'split' || why?.remedy === 'narrow') await this.#findRefused(half, why, round, finding);
      else {
        finding.isComplete = false;
        if (why !== undefined) this.#missBlock(half, why.fault, round);
      }
    }
    // Each part alone is fine: what the device refuses lies between them, or the whole was too long for it.
    const isFine = finding.isComplete && finding.refused.length === refusedBefore;
    if (isFine && meaning.remedy === 'split') this.#refusals.cut(upper.table, upper.address);
  }

  /** A function that no part of a block is served with is not looked for cell by cell. */
  async #refuseParts(block: Block, meaning: ExceptionMeaning, round: Round): Promise<void> {
    const served: Block[] = [];
    const unserved: Block[] = [];
    for (const half of round.plan.halve(block)) {
      if (round.stop !== undefined) return;
      const why = this.#take(half, await this.#askFor(half, round), round);
      if (why?.remedy === 'refuse') unserved.push(half);
      else {
        served.push(half);
        if (why !== undefined) this.#missBlock(half, why.fault, round);
      }
    }
    if (served.length === 0) this.#refuse(block, meaning, round);
    else for (const half of unserved) await this.#refuseParts(half, meaning, round);
  }

  #isWorthSplitting(block: Block): boolean {
    return (this.#wholeFailures.get(keyOf(block)) ?? 0) <= this.#host.clock.monotonicMs();
  }

  #refuse(block: Block, meaning: ExceptionMeaning, round: Round): void {
    const { fault, retryMs } = meaning;
    for (const index of block.members) {
      const span = round.plan.spanOf(index);
      if (this.#refusals.refuse(span, fault, this.#host.clock.monotonicMs(), retryMs)) {
        this.#host.log.warn(
          { code: fault.code, ...span },
          'the device refuses a value; it is left out of the requests',
        );
      }
    }
    this.#missBlock(block, fault, round);
  }

  async #askFor(block: Block, round: Round): Promise<Answer> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#askApart(block, round);
      const isBusy = answer.kind === 'exception' && exceptionMeaning(answer.exception).remedy === 'wait';
      if (!isBusy || round.isBusy || attempt === BUSY_ATTEMPTS) return answer;
      await sleep(this.#host.clock, BUSY_WAIT_MS, round.signal);
    }
  }

  /** Waits a moment for a value that could be taken for an older one. */
  async #askApart(block: Block, round: Round): Promise<Answer> {
    const untilMs = this.#host.clock.monotonicMs() + PATIENCE_MS;
    for (;;) {
      const answer = await this.#seat.ask(block);
      if (answer.kind !== 'barred' || answer.untilMs > untilMs || round.signal.aborted) return answer;
      const waitMs = answer.untilMs - this.#host.clock.monotonicMs();
      await sleep(this.#host.clock, Math.max(0, waitMs), round.signal);
    }
  }

  #noteAnswer(round: Round): void {
    round.answers += 1;
    round.silences = 0;
  }

  #noteSilence(block: Block, fault: Fault, round: Round): void {
    for (const index of block.members) round.lost.set(index, fault);
    round.silences += 1;
    const isDemoted = fault.policy === 'demote';
    if (isDemoted || round.signal.aborted || this.#spent !== undefined || round.silences >= SILENCES_MAX) {
      this.#end(round, fault);
    }
  }

  #end(round: Round, fault: Fault): void {
    round.stop ??= fault;
    round.silences = SILENCES_MAX;
    if (round.lost.size === 0)
      for (let index = 0; index < round.outcomes.length; index += 1) round.lost.set(index, fault);
  }

  #missBlock(block: Block, fault: Fault, round: Round): void {
    for (const index of block.members) this.#missInto(round, index, fault);
  }

  #missInto(round: Round, index: number, fault: Fault): void {
    const atMs = this.#host.clock.wallMs();
    round.outcomes[index] = { kind: 'miss', point: round.plan.refOf(index), fault, atMs };
  }

  /** One outcome for each point: what was read, what was refused before, what was lost, and what was not asked. */
  #conclude(round: Round): Outcome[] {
    const isAlive = this.#spent === undefined && round.answers > 0 && round.silences < SILENCES_MAX;
    if (!isAlive && !round.signal.aborted) {
      this.#spent ??= [...round.lost.values()].find(({ policy }) => policy === 'reconnect');
    }
    for (let index = 0; index < round.outcomes.length; index += 1) {
      if (round.outcomes[index] !== undefined) continue;
      const lost = round.lost.get(index);
      const fault = lost ?? this.#refusals.faultOf(round.plan.spanOf(index)) ?? round.stop;
      const known = present(fault, 'the reason why a point was not asked');
      this.#missInto(round, index, lost !== undefined && isAlive ? { ...known, policy: 'retry' } : known);
    }
    return round.outcomes as Outcome[];
  }
}

function keyOf(block: Block): string {
  return `${block.table}:${block.address}:${block.cells}`;
}
