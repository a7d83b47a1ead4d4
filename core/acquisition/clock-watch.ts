import type { CancelTimer, Clock } from '../model/clock.ts';
import {
  type ClockEvidence,
  type ClockStanding,
  type DevicesTime,
  judgeClock,
  type OutsideTime,
} from './clock-trust.ts';
import type { ClockTrust } from './reading.ts';

/** Larger differences between wall and monotonic clock within one look are steps, not drift. */
const STEP_MS = 2000;
const LOOK_EVERY_MS = 1000;
/** How long a suspicion must have been over before it is. */
const EASE_MS = 60_000;

export interface ClockStep {
  /** Wall clock after the step. */
  readonly atMs: number;
  /** Positive when the clock was put forward. */
  readonly stepMs: number;
}

export interface ClockTransition {
  readonly from: ClockTrust;
  readonly standing: ClockStanding;
}

export interface ClockWatchParts {
  readonly clock: Clock;
  readonly onStep: (step: ClockStep) => void;
  /** The trust changed other than by a step, which speaks for itself. */
  readonly onTransition: (transition: ClockTransition) => void;
  /** What the clocks of the devices say together, as of now. */
  readonly devices: () => DevicesTime | undefined;
}

/**
 * Watches the wall clock against the monotonic one and against whoever else tells the time, once a second. It never
 * sets a clock; it says how far this one can be trusted, by the rules of `judgeClock`.
 */
export class ClockWatch {
  readonly #parts: ClockWatchParts;
  #differenceMs: number;
  #steppedAtMs: number | undefined;
  #lastStepMs: number | undefined;
  #outside: OutsideTime | undefined;
  /** Wall less monotonic clock when the servers were asked: what it has moved by since, the offset has lost. */
  #heardDifferenceMs = 0;
  /** Wall time of the newest thing recorded before this run. */
  #recordedMs = Number.NEGATIVE_INFINITY;
  #standing: ClockStanding;
  /** Monotonic times at which the clock was last less than disciplined, and last suspect. */
  #heldOverMs = Number.NEGATIVE_INFINITY;
  #suspectMs = Number.NEGATIVE_INFINITY;
  #easedSinceMs: number | undefined;
  #cancel: CancelTimer | undefined;

  constructor(parts: ClockWatchParts) {
    this.#parts = parts;
    this.#differenceMs = this.#readDifference();
    this.#standing = judgeClock(this.#evidence());
    this.#note(this.#standing);
  }

  start(): void {
    this.#cancel = this.#parts.clock.after(LOOK_EVERY_MS, () => {
      this.start();
      this.look();
      this.#judge();
    });
  }

  stop(): void {
    this.#cancel?.();
  }

  /** Compares the clocks now. Quick: it is called before each poll is taken in. */
  look(): void {
    const differenceMs = this.#readDifference();
    const stepMs = Math.round(differenceMs - this.#differenceMs);
    // Slow drift is the servers' to judge; forgetting it here keeps many small differences from adding up to a step.
    this.#differenceMs = differenceMs;
    if (Math.abs(stepMs) > STEP_MS) this.report({ atMs: this.#parts.clock.wallMs(), stepMs });
  }

  /** Tells of a step that was found by other means, such as a ledger that is ahead of the clock. */
  report({ atMs, stepMs }: ClockStep): void {
    this.#lastStepMs = stepMs;
    this.#steppedAtMs = this.#parts.clock.monotonicMs();
    this.#standing = judgeClock(this.#evidence());
    this.#note(this.#standing);
    this.#parts.onStep({ atMs, stepMs });
  }

  /** What was recorded with this clock before: a clock that stands before it is wrong. */
  knowRecorded(wallMs: number): void {
    this.#recordedMs = wallMs;
  }

  /** A majority of time servers answered. */
  hear(outside: OutsideTime): void {
    this.#outside = outside;
    this.#heardDifferenceMs = this.#differenceMs;
    this.#judge();
  }

  get standing(): ClockStanding {
    return this.#standing;
  }

  /** The least trust that the clock had over the last `durationMs`. */
  trustOver(durationMs: number): ClockTrust {
    this.#judge();
    const sinceMs = this.#parts.clock.monotonicMs() - durationMs;
    if (this.#suspectMs >= sinceMs) return 'suspect';
    return this.#heldOverMs >= sinceMs ? 'holdover' : 'disciplined';
  }

  get lastStepMs(): number | undefined {
    return this.#lastStepMs;
  }

  /** The offset that time servers last agreed on, carried on to now; from before a step it says nothing. */
  get outside(): OutsideTime | undefined {
    const outside = this.#outside;
    if (outside === undefined || outside.atMs < (this.#steppedAtMs ?? Number.NEGATIVE_INFINITY)) return undefined;
    const movedMs = this.#readDifference() - this.#heardDifferenceMs;
    return { ...outside, offsetMs: Math.round(outside.offsetMs - movedMs) };
  }

  #judge(): void {
    const nowMs = this.#parts.clock.monotonicMs();
    const standing = judgeClock(this.#evidence());
    const from = this.#standing.trust;
    if (standing.trust === 'holdover' && from === 'suspect') {
      // What hovers about a limit must not fill the ledger with its coming and going.
      this.#easedSinceMs ??= nowMs;
      if (nowMs - this.#easedSinceMs < EASE_MS) {
        this.#note(this.#standing);
        return;
      }
    }
    this.#easedSinceMs = undefined;
    this.#standing = standing;
    this.#note(standing);
    if (standing.trust !== from) this.#parts.onTransition({ from, standing });
  }

  #note({ trust }: ClockStanding): void {
    const nowMs = this.#parts.clock.monotonicMs();
    if (trust === 'suspect') this.#suspectMs = nowMs;
    if (trust !== 'disciplined') this.#heldOverMs = nowMs;
  }

  #evidence(): ClockEvidence {
    const { clock, devices } = this.#parts;
    return {
      nowMs: clock.monotonicMs(),
      steppedAtMs: this.#steppedAtMs,
      outside: this.outside,
      behindLedgerMs: this.#recordedMs - clock.wallMs(),
      devices: devices(),
    };
  }

  #readDifference(): number {
    return this.#parts.clock.wallMs() - this.#parts.clock.monotonicMs();
  }
}
