import type { CancelTimer, Clock } from '../../core/model/clock.ts';

const IDLE_MAX = 2000;

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  action: (() => void) | undefined;
}

/** A clock that jumps from one timer to the next, for hours of simulated time in seconds. Same seed, same course. */
export class SimulatedClock implements Clock {
  readonly #startMs: number;
  #nowMs = 0;
  #timers: Timer[] = [];
  #order = 0;

  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  wallMs(): number {
    return this.#startMs + Math.floor(this.#nowMs);
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, action: () => void): CancelTimer {
    const timer: Timer = { dueMs: this.#nowMs + Math.max(0, delayMs), order: this.#order, action };
    this.#order += 1;
    this.#push(timer);
    return () => {
      timer.action = undefined;
    };
  }

  /** Lets time pass until the work is done. Throws when it waits for something that no timer brings. */
  async run<T>(work: Promise<T>): Promise<T> {
    const state = { isOver: false };
    const over = (): void => {
      state.isOver = true;
    };
    work.then(over, over);
    let idle = 0;
    for (;;) {
      // Everything that is ready runs before time goes on.
      await new Promise(setImmediate);
      if (state.isOver) return work;
      const timer = this.#pop();
      if (timer === undefined) {
        // Only a module that is still being loaded is waited for in real time.
        idle += 1;
        if (idle > IDLE_MAX) throw new Error('the simulation waits for something that never comes');
        await new Promise((resolve) => setTimeout(resolve, 5));
        continue;
      }
      idle = 0;
      if (timer.action === undefined) continue;
      this.#nowMs = Math.max(this.#nowMs, timer.dueMs);
      timer.action();
    }
  }

  #push(timer: Timer): void {
    const heap = this.#timers;
    let at = heap.push(timer) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isSooner(at, parent)) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #pop(): Timer | undefined {
    const heap = this.#timers;
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    heap[0] = last;
    for (let at = 0; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < heap.length && this.#isSooner(child, least)) least = child;
      }
      if (least === at) return first;
      this.#swap(at, least);
      at = least;
    }
  }

  #isSooner(a: number, b: number): boolean {
    const left = this.#timers[a];
    const right = this.#timers[b];
    if (left === undefined || right === undefined) return false;
    return left.dueMs < right.dueMs || (left.dueMs === right.dueMs && left.order < right.order);
  }

  #swap(a: number, b: number): void {
    const left = this.#timers[a];
    const right = this.#timers[b];
    if (left === undefined || right === undefined) return;
    this.#timers[a] = right;
    this.#timers[b] = left;
  }
}
