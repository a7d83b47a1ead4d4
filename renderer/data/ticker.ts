const TICK_MS = 1000;

/** One timer for all ages on the page; it runs only while somebody looks. */
export class Ticker {
  #nowMs = performance.now();
  #timer: ReturnType<typeof setInterval> | undefined;
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  };

  readonly current = (): number => this.#nowMs;

  #tick(): void {
    this.#nowMs = performance.now();
    for (const listener of this.#listeners) listener();
  }
}
