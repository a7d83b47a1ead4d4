import type { CancelTimer, Clock } from '../model/clock.ts';

/**
 * The timers of one state of a state machine. `enter` ends them and begins a new generation; a timer or promise that
 * belongs to an earlier generation has nothing to say any more.
 */
export class StateTimers {
  readonly #clock: Clock;
  readonly #cancels = new Set<CancelTimer>();
  #generation = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether `generation` is the present one. */
  isPresent(generation: number): boolean {
    return generation === this.#generation;
  }

  /** Begins a new generation and returns its number. */
  enter(): number {
    this.cancel();
    this.#generation += 1;
    return this.#generation;
  }

  later(delayMs: number, action: () => void): void {
    const generation = this.#generation;
    const cancel = this.#clock.after(delayMs, () => {
      this.#cancels.delete(cancel);
      if (this.isPresent(generation)) action();
    });
    this.#cancels.add(cancel);
  }

  /** Ends the timers without a new generation. */
  cancel(): void {
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
  }
}
