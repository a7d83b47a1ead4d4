const WINDOW_MS = 60_000;
/** In any minute, however a device, a broker or an endpoint fails: more would be a storm for it, and none the sooner. */
export const ATTEMPTS_PER_MINUTE_MAX = 12;

/** Counts connection attempts on the monotonic clock and says how long the next one has to wait. */
export class AttemptLimit {
  readonly #atMs: number[] = [];

  /** An attempt begins now. */
  note(nowMs: number): void {
    this.#atMs.push(nowMs);
    if (this.#atMs.length > ATTEMPTS_PER_MINUTE_MAX) this.#atMs.shift();
  }

  /** 0 when an attempt is free to begin. */
  waitMs(nowMs: number): number {
    const [oldest] = this.#atMs;
    if (oldest === undefined || this.#atMs.length < ATTEMPTS_PER_MINUTE_MAX) return 0;
    return Math.max(0, oldest + WINDOW_MS - nowMs);
  }
}
