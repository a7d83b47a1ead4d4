import type { CancelTimer, Clock } from '../../core/model/clock.ts';

export interface ReachWatchParts {
  readonly clock: Clock;
  readonly targets: readonly WatchedTarget[];
}

export interface WatchedTarget {
  /** Whether something waits for it and the last attempt failed: only then is anything asked. */
  isInTrouble(): boolean;
  /** Whether something answers where the target is. */
  isReachable(signal: AbortSignal): Promise<boolean>;
  /** It is there again: what waits for its time is tried now. */
  wake(): void;
}

const LOOK_EVERY_MS = 5000;
/** A target that comes and goes is tried no more often than this. */
const WAKE_EVERY_MS = 15_000;

/**
 * Notices within seconds that a target which was away is back, while its lane would wait for minutes. Only the change from
 * away to there counts: what answers and still takes nothing is left to the lane's own waiting times.
 */
export class ReachWatch {
  readonly #clock: Clock;
  readonly #targets: readonly Watched[];
  readonly #ending = new AbortController();
  #cancelTimer: CancelTimer = () => undefined;

  constructor({ clock, targets }: ReachWatchParts) {
    this.#clock = clock;
    this.#targets = targets.map((target) => ({
      target,
      wasAway: false,
      isAsking: false,
      wokenAtMs: Number.NEGATIVE_INFINITY,
    }));
  }

  start(): void {
    this.#cancelTimer = this.#clock.after(LOOK_EVERY_MS, () => {
      for (const watched of this.#targets) void this.#look(watched);
      this.start();
    });
  }

  stop(): void {
    this.#cancelTimer();
    this.#ending.abort();
  }

  async #look(watched: Watched): Promise<void> {
    const { target } = watched;
    if (watched.isAsking) return;
    if (!target.isInTrouble()) {
      watched.wasAway = false;
      return;
    }
    watched.isAsking = true;
    const isThere = await target.isReachable(this.#ending.signal).catch(() => false);
    watched.isAsking = false;
    if (this.#ending.signal.aborted) return;
    if (!isThere) watched.wasAway = true;
    const nowMs = this.#clock.monotonicMs();
    if (!isThere || !watched.wasAway || nowMs - watched.wokenAtMs < WAKE_EVERY_MS) return;
    watched.wasAway = false;
    watched.wokenAtMs = nowMs;
    target.wake();
  }
}

interface Watched {
  readonly target: WatchedTarget;
  wasAway: boolean;
  isAsking: boolean;
  wokenAtMs: number;
}
