import type { Clock } from '../model/clock.ts';
import type { Random } from '../model/random.ts';

/** So many failures in a row, and a target is left alone for a while. */
export const FAILURES_TO_OPEN = 10;
const FIRST_MS = 1000;
const LONGEST_MS = 300_000;
const JITTER = 0.2;

/** How long to wait after `failures` in a row: 1, 2, 4 s and so on up to 5 min, each 20 % either way. */
export function retryDelayMs(failures: number, random: Random): number {
  const evenMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(20, Math.max(0, failures - 1)));
  return Math.round(evenMs * (1 + JITTER * (2 * random.next() - 1)));
}

export type BreakerState = 'closed' | 'open' | 'half-open';

/**
 * Keeps a lane from hammering at a target that is away. After `FAILURES_TO_OPEN` failures in a row it is open for a
 * growing time; then one delivery alone tries (`half-open`), and its success closes it.
 */
export class Breaker {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #random: Random;
  #failures = 0;
  #opensAtMs = 0;
  #countedAtMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Pick<Clock, 'monotonicMs'>, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  get failures(): number {
    return this.#failures;
  }

  get state(): BreakerState {
    if (this.#failures < FAILURES_TO_OPEN) return 'closed';
    return this.#clock.monotonicMs() < this.#opensAtMs ? 'open' : 'half-open';
  }

  /** How many deliveries may be under way now. */
  allows(inFlightMax: number): number {
    const { state } = this;
    if (state === 'open') return 0;
    return state === 'half-open' ? 1 : inFlightMax;
  }

  /** How long until it lets one through again; 0 when it does. */
  waitMs(): number {
    return this.state === 'open' ? this.#opensAtMs - this.#clock.monotonicMs() : 0;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  /**
   * Attempts that were under way together when one failed most likely met the same thing, such as a connection that all of
   * them waited for: they count once. `begunMs` is when this attempt began, on the monotonic clock.
   * @returns how long to wait before the next attempt of the same item
   */
  failed(begunMs: number): number {
    const nowMs = this.#clock.monotonicMs();
    const isCounted = begunMs <= this.#countedAtMs;
    if (!isCounted) {
      this.#failures += 1;
      this.#countedAtMs = nowMs;
    }
    const delayMs = retryDelayMs(Math.max(1, this.#failures), this.#random);
    if (!isCounted && this.#failures >= FAILURES_TO_OPEN) this.#opensAtMs = nowMs + delayMs;
    return delayMs;
  }

  /** A link that came back: the next attempt need not wait. */
  reset(): void {
    this.#failures = 0;
  }
}
