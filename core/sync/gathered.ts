import type { Clock } from '../model/clock.ts';

interface Waiting<Job> {
  readonly job: Job;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** More would keep the thread from a poll for too long at once. */
export const TOGETHER_MAX = 32;

/**
 * Does what comes together in one go: many deliveries that end in the same moment cost the disk one write and not one
 * each, and leave the thread free for polls in between.
 */
export class Gathered<Job> {
  readonly #clock: Pick<Clock, 'after'>;
  readonly #waitMs: () => number;
  readonly #work: (jobs: readonly Job[]) => void;
  readonly #waiting: Waiting<Job>[] = [];
  #isAbandoned = false;

  /**
   * `work` does all of the jobs or throws and has done none. `waitMs`: how long the first of several waits for the others;
   * it is 0 where nothing else is under way that could come.
   */
  constructor(clock: Pick<Clock, 'after'>, waitMs: () => number, work: (jobs: readonly Job[]) => void) {
    this.#clock = clock;
    this.#waitMs = waitMs;
    this.#work = work;
  }

  /** Resolves once the job is done. Rejects with what `work` threw. */
  add(job: Job): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, resolve, reject });
      if (this.#waiting.length === 1) this.#clock.after(this.#waitMs(), () => this.#flush());
    });
  }

  /** Does nothing any more, as after a crash: what waits is never answered. */
  abandon(): void {
    this.#isAbandoned = true;
  }

  #flush(): void {
    if (this.#isAbandoned) return;
    const waiting = this.#waiting.splice(0, TOGETHER_MAX);
    if (this.#waiting.length > 0) this.#clock.after(0, () => this.#flush());
    try {
      this.#work(waiting.map(({ job }) => job));
    } catch (error) {
      for (const { reject } of waiting) reject(error);
      return;
    }
    for (const { resolve } of waiting) resolve();
  }
}
