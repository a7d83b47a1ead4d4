import { AttemptLimit } from '../model/attempt-limit.ts';
import type { Random } from '../model/random.ts';
import { backoffMs, holdMs, restMs } from './backoff.ts';
import { type Remedy, remedyAfter } from './fault-remedy.ts';
import type { Outcome } from './sample.ts';

/** A connection that served for so long was a good one: the next attempt need not be slow. */
const PROVEN_MS = 60_000;
/** A connection through which nothing came for so long is opened anew, whatever the driver thinks of it. */
const PATIENCE_MS = 300_000;
const PATIENCE_CYCLES = 5;

/** What a device's connections were worth so far, and what follows for the next attempt. Times are monotonic. */
export class ConnectionRecord {
  readonly #random: Random;
  readonly #limit = new AttemptLimit();
  #attempts = 0;
  #failures = 0;
  #rests = 0;
  #goodSinceMs: number | undefined;
  #barren: { readonly sinceMs: number; cycles: number } | undefined;

  constructor(random: Random) {
    this.#random = random;
  }

  get attempts(): number {
    return this.#attempts;
  }

  noteAttempt(nowMs: number): void {
    this.#attempts += 1;
    this.#limit.note(nowMs);
  }

  noteConnected(): void {
    this.#rests = 0;
    this.#goodSinceMs = undefined;
    this.#barren = undefined;
  }

  /** The connection was refused, or is given up. */
  noteFailure(): void {
    this.#failures += 1;
  }

  /** How long any attempt has to wait, so that there are not too many in a minute. */
  limitMs(nowMs: number): number {
    return this.#limit.waitMs(nowMs);
  }

  /** How long to wait before the next attempt. */
  waitMs(nowMs: number, why: 'backoff' | 'hold'): number {
    const plainMs = why === 'hold' ? holdMs(this.#random) : backoffMs(this.#failures, this.#random);
    return Math.max(plainMs, this.#limit.waitMs(nowMs));
  }

  /** How long to leave a device alone whose connection is kept. */
  restMs(): number {
    this.#rests += 1;
    return restMs(this.#rests, this.#random);
  }

  /** The remedy of the table; and patience with a connection that brings nothing ends, whatever its faults say. */
  weigh(outcomes: readonly Outcome[], nowMs: number): Remedy {
    const remedy = remedyAfter(outcomes);
    if (outcomes.some(({ kind }) => kind === 'sample')) {
      this.#rests = 0;
      this.#barren = undefined;
      this.#goodSinceMs ??= nowMs;
      if (nowMs - this.#goodSinceMs >= PROVEN_MS) this.#failures = 0;
      return remedy;
    }
    this.#goodSinceMs = undefined;
    this.#barren ??= { sinceMs: nowMs, cycles: 0 };
    this.#barren.cycles += 1;
    const [first] = outcomes;
    const isOver = this.#barren.cycles >= PATIENCE_CYCLES && nowMs - this.#barren.sinceMs >= PATIENCE_MS;
    const isKept = remedy.kind === 'ask' || remedy.kind === 'rest';
    return isOver && isKept && first?.kind === 'miss' ? { kind: 'reconnect', fault: first.fault } : remedy;
  }
}
