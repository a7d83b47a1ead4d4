import type { CancelTimer, Clock } from '../model/clock.ts';
import { alignDown } from '../model/time.ts';

/** A wall clock further than this from the slot that was waited for has been stepped; less is the drift of a timer. */
const STEP_MS = 2000;

export interface PollPaceParts {
  readonly clock: Clock;
  readonly periodMs: number;
  /** A slot is due: a UTC multiple of the period, never the same twice unless the wall clock was put back. */
  readonly onSlot: (slotMs: number) => void;
}

/**
 * The one chain of slots of a device. It waits on the monotonic clock and dates each slot by the wall clock, so that
 * a stepped clock neither stops the polls nor calls for a burst of them. Slots that the computer slept or worked
 * through are skipped and counted, never made up for.
 */
export class PollPace {
  readonly #parts: PollPaceParts;
  #cancel: CancelTimer | undefined;
  #lastMs = Number.NEGATIVE_INFINITY;
  #skipped = 0;

  constructor(parts: PollPaceParts) {
    this.#parts = parts;
  }

  /** Slots that were passed over since the start because this computer did not come to them. */
  get skipped(): number {
    return this.#skipped;
  }

  start(): void {
    const { clock, periodMs } = this.#parts;
    const nowMs = clock.wallMs();
    // A timer may fire a moment early; the slot it was set for must not come twice.
    const plannedMs = Math.max(alignDown(nowMs, periodMs), this.#lastMs) + periodMs;
    const slotMs = plannedMs - nowMs > STEP_MS + periodMs ? alignDown(nowMs, periodMs) + periodMs : plannedMs;
    const dueMs = clock.monotonicMs() + slotMs - nowMs;
    this.#cancel = clock.after(slotMs - nowMs, () => this.#come(slotMs, dueMs));
  }

  stop(): void {
    this.#cancel?.();
  }

  #come(plannedMs: number, dueMs: number): void {
    const slotMs = this.#date(plannedMs, dueMs);
    this.#lastMs = slotMs;
    // Armed before the slot is taken, so that no mistake in what follows could end the chain or start a second one.
    this.start();
    this.#parts.onSlot(slotMs);
  }

  #date(plannedMs: number, dueMs: number): number {
    const { clock, periodMs } = this.#parts;
    const missed = Math.max(0, Math.floor((clock.monotonicMs() - dueMs) / periodMs));
    this.#skipped += missed;
    const slotMs = plannedMs + missed * periodMs;
    const nowMs = clock.wallMs();
    return Math.abs(nowMs - slotMs) > STEP_MS + periodMs ? alignDown(nowMs, periodMs) : slotMs;
  }
}
