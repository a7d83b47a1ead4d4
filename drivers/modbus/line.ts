import type { DriverHost } from '../../core/acquisition/driver.ts';
import type { Resource } from '../../core/acquisition/shared.ts';
import { sleep } from '../../core/model/clock.ts';
import type { Fault } from '../../core/model/fault.ts';
import { exceptionMeaning } from './exception-fault.ts';
import type { LineMemory } from './line-memory.ts';
import type { Heard, Link, OpenLink, Reply } from './link.ts';
import { abortedFault, damagedFault, lineClosedFault, timeoutFault } from './link-fault.ts';
import { IDENTIFY_FUNCTION_CODE, type Question, type ReadQuestion } from './read-codec.ts';
import { TABLES } from './register-type.ts';
import type { ReplyTimes } from './reply-shapes.ts';
import { type Answer, Seat, type SeatSettings } from './seat.ts';
import { Turns } from './turns.ts';
import { type Standing, UnitBreaker } from './unit-breaker.ts';

/**
 * - `tcp`: replies carry the id of their question
 * - `rtu-over-tcp`: they do not, and the connection is opened anew after each question without an answer
 * - `serial`: they do not, and there is nothing to open anew
 */
export type LineForm = 'tcp' | 'rtu-over-tcp' | 'serial';

export interface LineParts {
  /** Where the line is, for sentences. */
  readonly place: string;
  readonly form: LineForm;
  /** What all devices of the line agree in; empty where there is nothing. */
  readonly format: string;
  readonly open: OpenLink;
  readonly memory: LineMemory;
  readonly host: DriverHost;
}

/** After so many silences in a row, whoever kept silent, a line is opened anew. */
const SILENCES_TO_REOPEN: Record<LineForm, number> = { tcp: 2, 'rtu-over-tcp': 1, serial: 5 };

/** `sign-of-life`: any answer will do, its content is not looked at. */
export type Purpose = 'value' | 'sign-of-life';

/**
 * One way to one or more units: a TCP connection or a serial port, with one question at a time. Devices take turns in
 * the order in which they ask, and each asks one thing at a time, so none starves another. A unit that stays silent
 * is asked rarely (unit-breaker.ts), and on lines whose replies do not say what they answer, reply-shapes.ts keeps
 * them apart. The link is opened at need and lost without ceremony: whoever asks next opens it anew, at most as often
 * as line-memory.ts allows.
 */
export class Line implements Resource {
  readonly #parts: LineParts;
  readonly #breaker: UnitBreaker;
  readonly #turns = new Turns<Seat>();
  readonly #seats = new Set<Seat>();
  readonly #heard: Heard = {
    surplus: (unitId, functionCode, cells) => {
      const { memory, host } = this.#parts;
      memory.shapes.surplus(unitId, functionCode, cells, this.#times(), host.clock.monotonicMs());
    },
    foreignRequest: (unitId, functionCode, cells) => {
      const { memory, host, place } = this.#parts;
      if (!this.#isForeignSaid) {
        host.log.warn({ place, unitId, functionCode }, 'another master asks on this line: replies may be mixed up');
      }
      this.#isForeignSaid = true;
      memory.shapes.foreign(unitId, functionCode, cells, this.#times(), host.clock.monotonicMs());
    },
  };
  #isForeignSaid = false;
  #link: Link | undefined;
  #asker: Seat | undefined;
  #quietUntilMs = 0;
  #silences = 0;
  #isClosed = false;

  constructor(parts: LineParts) {
    this.#parts = parts;
    this.#breaker = new UnitBreaker(parts.place);
  }

  get place(): string {
    return this.#parts.place;
  }

  get format(): string {
    return this.#parts.format;
  }

  join(settings: SeatSettings): Seat {
    const seat = new Seat(this, settings, this.#parts.host);
    this.#seats.add(seat);
    return seat;
  }

  leave(seat: Seat): void {
    this.abandon(seat);
    this.#seats.delete(seat);
    const { unitId } = seat.settings;
    if (![...this.#seats].some(({ settings }) => settings.unitId === unitId)) this.#breaker.forget(unitId);
    this.rest();
  }

  standing(seat: Seat, nowMs: number): Standing {
    const { unitId, timeoutMs } = seat.settings;
    const standing = this.#breaker.standing(unitId, timeoutMs, nowMs);
    // Where replies carry ids, a question is as good a sign of life as any.
    const needsSign = this.#parts.form !== 'tcp' || this.#breaker.isDemoted(unitId);
    if (standing.kind === 'doubtful' && !needsSign) return { kind: 'well' };
    // What was not answered before the line was opened anew is remembered with the shapes of replies.
    const isSilent =
      standing.kind === 'well' && this.#parts.form !== 'tcp' && this.#parts.memory.shapes.isSilent(unitId);
    return isSilent ? { kind: 'doubtful', timeoutMs } : standing;
  }

  async open(seat: Seat): Promise<Fault | undefined> {
    if (!this.#turns.tryTake() && !(await this.#turns.wait(seat))) return abortedFault();
    try {
      return await this.#ensureOpen(seat.signal);
    } finally {
      this.#turns.pass();
    }
  }

  /** Never rejects. */
  async ask(seat: Seat, question: Question, purpose: Purpose, timeoutMs: number): Promise<Answer> {
    if (!this.#turns.tryTake() && !(await this.#turns.wait(seat))) return none(abortedFault());
    this.#asker = seat;
    try {
      if (
        this.#parts.form === 'tcp' ||
        purpose === 'sign-of-life' ||
        question.functionCode === IDENTIFY_FUNCTION_CODE
      ) {
        return await this.#exchange(seat, question, timeoutMs, 0);
      }
      return await this.#askApart(seat, question, timeoutMs);
    } finally {
      this.#asker = undefined;
      this.#turns.pass();
    }
  }

  /** Ends what `seat` waits for. */
  abandon(seat: Seat): void {
    this.#turns.cancel(seat);
    if (this.#asker === seat) this.#link?.abandon();
  }

  /** Closes the link when nobody is in a round and somebody wishes so. */
  rest(): void {
    const seats = [...this.#seats];
    const isWished = seats.length === 0 || seats.some(({ settings }) => !settings.isKept);
    if (isWished && !seats.some(({ isInRound }) => isInRound)) this.#drop();
  }

  close(): Promise<void> {
    this.#isClosed = true;
    this.#drop();
    return Promise.resolve();
  }

  /** Asks in a shape that no older reply has; what is behind the cells that were wanted is cut off. */
  async #askApart(seat: Seat, question: ReadQuestion, timeoutMs: number): Promise<Answer> {
    const { shapes } = this.#parts.memory;
    const { times, maxRegisters, maxBits } = seat.settings;
    const most = question.functionCode <= TABLES.discrete.functionCode ? maxBits : maxRegisters;
    for (;;) {
      const nowMs = this.#parts.host.clock.monotonicMs();
      const choice = shapes.choose(question, most - question.cells, times, nowMs);
      if (choice.kind === 'barred') return choice;
      const beyond = choice.question.cells - question.cells;
      const answer = await this.#exchange(seat, choice.question, timeoutMs, beyond);
      if (beyond === 0) return answer;
      if (answer.kind === 'data') return { ...answer, bytes: answer.bytes.subarray(0, bytesFor(question)) };
      if (answer.kind !== 'exception' || exceptionMeaning(answer.exception).remedy !== 'split') return answer;
      // What is refused may be what was asked for beyond the block, which says nothing about the block.
      shapes.refusedBeyond(question, this.#parts.host.clock.monotonicMs());
    }
  }

  async #exchange(seat: Seat, question: Question, timeoutMs: number, beyond: number): Promise<Answer> {
    const { clock } = this.#parts.host;
    const waitMs = this.#quietUntilMs - clock.monotonicMs();
    if (waitMs > 0) await sleep(clock, waitMs, seat.signal);
    if (this.#link?.isUsable !== true) {
      const fault = await this.#ensureOpen(seat.signal);
      if (fault !== undefined) return seat.signal.aborted ? none(fault) : { kind: 'shut', fault };
    }
    const link = this.#link;
    if (link === undefined || seat.signal.aborted) return none(abortedFault());
    const sentAtMs = clock.monotonicMs();
    const reply = await link.request(question, timeoutMs, seat.tally);
    const nowMs = clock.monotonicMs();
    if (seat.settings.pauseMs > 0) this.#quietUntilMs = nowMs + seat.settings.pauseMs;
    return this.#note(seat, question, reply, sentAtMs, nowMs, timeoutMs, beyond);
  }

  #note(
    seat: Seat,
    question: Question,
    reply: Reply,
    sentAtMs: number,
    nowMs: number,
    timeoutMs: number,
    beyond: number,
  ): Answer {
    const { unitId, times } = seat.settings;
    const shapes = this.#shapesFor(question);
    if (reply.kind === 'silent' || reply.kind === 'lost') {
      if (shapes !== undefined) shapes.memory.unanswered(shapes.question, sentAtMs, times, beyond);
      if (reply.kind === 'lost') return none(reply.fault);
      return none(this.#silent(seat, reply.isDamaged, nowMs - sentAtMs, nowMs, timeoutMs));
    }
    this.#silences = 0;
    if (reply.kind === 'exception') {
      const isSure = shapes?.memory.exception(shapes.question, sentAtMs, times, nowMs) ?? true;
      const { remedy, fault } = exceptionMeaning(reply.exception);
      if (remedy === 'stop') this.#breaker.absent(unitId, nowMs - sentAtMs, nowMs, fault);
      else this.#breaker.answered(unitId, nowMs - sentAtMs, nowMs);
      return { kind: 'exception', exception: reply.exception, isSure };
    }
    shapes?.memory.answered(shapes.question, reply.bytes, nowMs);
    this.#breaker.answered(unitId, nowMs - sentAtMs, nowMs);
    return reply;
  }

  #silent(seat: Seat, isDamaged: boolean, waitedMs: number, nowMs: number, timeoutMs: number): Fault {
    const { unitId } = seat.settings;
    const isAlone = this.#seats.size <= 1 && this.#parts.form !== 'serial';
    if (seat.signal.aborted) {
      // Nobody knows whether the unit would have answered in time.
      if (isAlone || this.#parts.form === 'rtu-over-tcp') this.#drop();
      return abortedFault();
    }
    if (isAlone) {
      this.#drop();
      return timeoutFault(this.#parts.place, unitId, timeoutMs, 'reconnect');
    }
    const isExpected = this.#breaker.isDemoted(unitId) && this.#parts.form === 'tcp';
    if (!isExpected) this.#silences += 1;
    if (this.#silences >= SILENCES_TO_REOPEN[this.#parts.form]) {
      this.#silences = 0;
      this.#drop();
    }
    const demoted = this.#breaker.silent(unitId, waitedMs, nowMs);
    if (demoted !== undefined) return demoted;
    if (isDamaged) return damagedFault(this.#parts.place, unitId);
    return timeoutFault(this.#parts.place, unitId, timeoutMs, 'retry');
  }

  async #ensureOpen(signal: AbortSignal): Promise<Fault | undefined> {
    if (this.#isClosed) return lineClosedFault(this.#parts.place);
    if (this.#link?.isUsable === true) return undefined;
    this.#drop();
    const { memory, host } = this.#parts;
    const early = memory.tooEarly(host.clock.monotonicMs());
    if (early !== undefined) return early;
    const opened = await this.#parts.open(signal, this.#heard);
    if (opened.kind === 'fault') {
      if (!signal.aborted) memory.noteFailure(opened.fault, host.clock.monotonicMs());
      return opened.fault;
    }
    memory.noteSuccess();
    if (this.#isClosed) {
      opened.link.close();
      return lineClosedFault(this.#parts.place);
    }
    this.#link = opened.link;
    this.#silences = 0;
    return undefined;
  }

  /** Where replies do not say what they answer: what is remembered of them. */
  #shapesFor(question: Question) {
    if (this.#parts.form === 'tcp' || question.functionCode === IDENTIFY_FUNCTION_CODE) return undefined;
    return { memory: this.#parts.memory.shapes, question };
  }

  /** The longest times of all devices: a frame that nobody asked for may be meant for any of them. */
  #times(): ReplyTimes {
    const lateMs = Math.max(0, ...[...this.#seats].map(({ settings }) => settings.times.lateMs));
    return { lateMs, doubledMs: undefined };
  }

  #drop(): void {
    this.#link?.close();
    this.#link = undefined;
  }
}

function none(fault: Fault): Answer {
  return { kind: 'none', fault };
}

function bytesFor(question: ReadQuestion): number {
  return question.functionCode <= TABLES.discrete.functionCode ? Math.ceil(question.cells / 8) : question.cells * 2;
}
