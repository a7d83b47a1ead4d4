import type { CancelTimer, Clock } from '../../../core/model/clock.ts';

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  action: (() => void) | undefined;
}

/** The time of the world, which no computer in it can put forward or back. Timers fire in the order they are due. */
export class TrueTime {
  #nowMs = 0;
  #order = 0;
  #timers: Timer[] = [];

  /** Milliseconds since the beginning of the world. */
  get nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, action: () => void): CancelTimer {
    const timer: Timer = { dueMs: this.#nowMs + Math.max(0, delayMs), order: this.#order, action };
    this.#order += 1;
    // Most timers are set for later than all others.
    let at = this.#timers.length;
    while (at > 0 && (this.#timers[at - 1]?.dueMs ?? 0) > timer.dueMs) at -= 1;
    this.#timers.splice(at, 0, timer);
    return () => {
      timer.action = undefined;
    };
  }

  /** Lets time pass. Everything that is ready runs before time goes on. */
  async pass(durationMs: number): Promise<void> {
    const endMs = this.#nowMs + durationMs;
    await turn();
    for (let timer = this.#timers[0]; timer !== undefined && timer.dueMs <= endMs; timer = this.#timers[0]) {
      this.#timers.shift();
      if (timer.action === undefined) continue;
      this.#nowMs = Math.max(this.#nowMs, timer.dueMs);
      timer.action();
      await turn();
    }
    this.#nowMs = endMs;
  }
}

/** Promises that are ready, and what a stream does in its next tick, come to run. */
function turn(): Promise<void> {
  return new Promise(setImmediate);
}

/** The clocks of one computer from its start to its end. After `stop` none of its timers fires: its power is gone. */
export class ProcessClock implements Clock {
  readonly #time: TrueTime;
  readonly #startedMs: number;
  #wallOffsetMs: number;
  #isStopped = false;

  /** `wallMs` is what the wall clock shows at the start. */
  constructor(time: TrueTime, wallMs: number) {
    this.#time = time;
    this.#startedMs = time.nowMs;
    this.#wallOffsetMs = wallMs - time.nowMs;
  }

  wallMs(): number {
    return Math.floor(this.#time.nowMs + this.#wallOffsetMs);
  }

  monotonicMs(): number {
    return this.#time.nowMs - this.#startedMs;
  }

  after(delayMs: number, action: () => void): CancelTimer {
    return this.#time.after(delayMs, () => {
      if (!this.#isStopped) action();
    });
  }

  /** Puts the wall clock forward or back. */
  step(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  stop(): void {
    this.#isStopped = true;
  }
}
