import type { DriverHost } from '../../core/acquisition/driver.ts';
import type { Fault } from '../../core/model/fault.ts';
import type { Line } from './line.ts';
import type { Tally } from './link.ts';
import type { Span } from './plan-blocks.ts';
import { type IdentifyQuestion, readQuestion } from './read-codec.ts';
import { TABLES } from './register-type.ts';
import type { ReplyTimes } from './reply-shapes.ts';

export type Answer =
  | { readonly kind: 'data'; readonly bytes: Uint8Array; readonly readAtMs: number }
  /** `isSure`: only this question can have been meant. */
  | { readonly kind: 'exception'; readonly exception: number; readonly isSure: boolean }
  /** Nothing, and why. */
  | { readonly kind: 'none'; readonly fault: Fault }
  /** The line cannot be opened. */
  | { readonly kind: 'shut'; readonly fault: Fault }
  /** Not asked, because an older reply could be taken for the answer. */
  | { readonly kind: 'barred'; readonly untilMs: number };

/** What a line needs to know of a device. */
export interface SeatSettings {
  readonly unitId: number;
  readonly timeoutMs: number;
  readonly pauseMs: number;
  readonly maxRegisters: number;
  readonly maxBits: number;
  /** Whether the line is closed when no device is in the middle of a round. */
  readonly isKept: boolean;
  readonly times: ReplyTimes;
}

const NEVER = new AbortController().signal;

/** One device's place at a line. It asks one thing at a time, and takes turns with the others. */
export class Seat {
  readonly settings: SeatSettings;
  readonly tally: Tally = { requests: 0, timeouts: 0, strangers: 0, sent: new Map() };
  readonly #line: Line;
  readonly #host: DriverHost;
  #signal: AbortSignal = NEVER;
  #isInRound = false;

  constructor(line: Line, settings: SeatSettings, host: DriverHost) {
    this.#line = line;
    this.settings = settings;
    this.#host = host;
  }

  /** Ends what is being waited for when it aborts. */
  get signal(): AbortSignal {
    return this.#signal;
  }

  get isInRound(): boolean {
    return this.#isInRound;
  }

  /** Opens the line unless it is open. Returns why it cannot be opened. */
  open(signal: AbortSignal): Promise<Fault | undefined> {
    this.#signal = signal;
    return this.#line.open(this);
  }

  /**
   * Whether the device is to be asked at all, and whether it still answers, where there is doubt: one register of
   * `first`, whose content nobody looks at. Returns why nothing should be asked in this round.
   */
  async approach(first: Span): Promise<Fault | undefined> {
    const standing = this.#line.standing(this, this.#host.clock.monotonicMs());
    if (standing.kind === 'well') return undefined;
    if (standing.kind === 'demoted') return standing.fault;
    const cells = TABLES[first.table].cell === 'bit' ? Math.min(8, 0x1_0000 - first.address) : 1;
    const question = readQuestion({ ...first, cells }, this.settings.unitId);
    const answer = await this.#line.ask(this, question, 'sign-of-life', standing.timeoutMs);
    return answer.kind === 'none' || answer.kind === 'shut' ? answer.fault : undefined;
  }

  ask(span: Span): Promise<Answer> {
    return this.#line.ask(this, readQuestion(span, this.settings.unitId), 'value', this.settings.timeoutMs);
  }

  identify(question: Omit<IdentifyQuestion, 'unitId' | 'functionCode'>): Promise<Answer> {
    const { unitId, timeoutMs } = this.settings;
    return this.#line.ask(this, { unitId, functionCode: 0x2b, ...question }, 'value', timeoutMs);
  }

  /** Runs one round of questions, all of which end when `signal` aborts. */
  async during<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const onAbort = (): void => this.#line.abandon(this);
    this.#signal = signal;
    this.#isInRound = true;
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await work();
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#isInRound = false;
      this.#line.rest();
    }
  }

  leave(): void {
    this.#line.leave(this);
  }
}
