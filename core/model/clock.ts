/**
 * Two clocks, because they answer different questions: the wall clock says when something happened (UTC), the
 * monotonic clock says how long it took and when to do it again. Schedules run on the monotonic one, so that a
 * stepped wall clock never causes a burst of polls or a pause.
 */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z, whole. May step in both directions. */
  wallMs(): number;
  /** Milliseconds since an arbitrary start, never decreasing. */
  monotonicMs(): number;
  /** Calls `action` once after at least `delayMs`. Returns what cancels it. */
  after(delayMs: number, action: () => void): CancelTimer;
}

export type CancelTimer = () => void;

/** Resolves after `delayMs` on `clock`, or at once when `signal` aborts. Never rejects. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const onAbort = (): void => {
      cancel();
      resolve();
    };
    const cancel = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
