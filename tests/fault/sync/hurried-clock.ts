import type { CancelTimer, Clock } from '../../../core/model/clock.ts';

/** Real time that passes faster: waits of minutes between attempts over a real link, in moments. */
export class HurriedClock implements Clock {
  readonly #startMs: number;
  readonly #factor: number;
  readonly #realStartMs = performance.now();
  #skippedMs = 0;

  constructor(startMs: number, factor: number) {
    this.#startMs = startMs;
    this.#factor = factor;
  }

  /** Puts the wall clock forward, as if so much time had passed at once. */
  skip(ms: number): void {
    this.#skippedMs += ms;
  }

  wallMs(): number {
    return this.#startMs + this.#skippedMs + Math.floor(this.monotonicMs());
  }

  monotonicMs(): number {
    return (performance.now() - this.#realStartMs) * this.#factor;
  }

  after(delayMs: number, action: () => void): CancelTimer {
    const timer = setTimeout(action, delayMs / this.#factor);
    return () => clearTimeout(timer);
  }
}
