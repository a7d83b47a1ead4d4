import type { CancelTimer, Clock } from '../model/clock.ts';
import type { ClockTrust } from './reading.ts';

/** Larger differences between wall and monotonic clock within one look are steps, not drift. */
const STEP_MS = 2000;
const LOOK_EVERY_MS = 1000;
/** How long readings stay marked after a step. */
const SUSPECT_FOR_MS = 600_000;

export interface ClockStep {
  /** Wall clock after the step. */
  readonly atMs: number;
  /** Positive when the clock was put forward. */
  readonly stepMs: number;
}

/**
 * Watches the wall clock against the monotonic one. Without a time source to compare with, a clock that merely runs
 * is `holdover`; after a step it is `suspect` for ten minutes. It is never called disciplined on no evidence.
 */
export class ClockWatch {
  readonly #clock: Clock;
  readonly #onStep: (step: ClockStep) => void;
  #offsetMs: number;
  #suspectUntilMs = Number.NEGATIVE_INFINITY;
  #lastStepMs: number | undefined;
  #cancel: CancelTimer | undefined;

  constructor(clock: Clock, onStep: (step: ClockStep) => void) {
    this.#clock = clock;
    this.#onStep = onStep;
    this.#offsetMs = clock.wallMs() - clock.monotonicMs();
  }

  start(): void {
    this.#cancel = this.#clock.after(LOOK_EVERY_MS, () => {
      this.look();
      this.start();
    });
  }

  stop(): void {
    this.#cancel?.();
  }

  /** Compares the clocks now. */
  look(): void {
    const atMs = this.#clock.wallMs();
    const offsetMs = atMs - this.#clock.monotonicMs();
    const stepMs = Math.round(offsetMs - this.#offsetMs);
    this.#offsetMs = offsetMs;
    if (Math.abs(stepMs) > STEP_MS) this.report({ atMs, stepMs });
  }

  /** Tells of a step that was found by other means, such as a ledger that is ahead of the clock. */
  report({ atMs, stepMs }: ClockStep): void {
    this.#lastStepMs = stepMs;
    this.#suspectUntilMs = this.#clock.monotonicMs() + SUSPECT_FOR_MS;
    this.#onStep({ atMs, stepMs });
  }

  get trust(): ClockTrust {
    return this.#clock.monotonicMs() < this.#suspectUntilMs ? 'suspect' : 'holdover';
  }

  get lastStepMs(): number | undefined {
    return this.#lastStepMs;
  }
}
