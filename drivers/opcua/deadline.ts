import type { Clock } from '../../core/model/clock.ts';
import type { Fault } from '../../core/model/fault.ts';

/** Carries a fault through the steps of one exchange; caught at the port, never seen outside this driver. */
export class ExchangeFailure extends Error {
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(fault.message);
    this.name = 'ExchangeFailure';
    this.fault = fault;
  }
}

export interface Deadline {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** What is to blame when the time is over. */
  readonly late: Fault;
  /** What is to blame when the signal aborts. */
  readonly aborted: Fault;
}

/** The result of `work`, or an ExchangeFailure once the time is over or the signal aborts. Leaves no timer behind. */
export async function within<T>(work: Promise<T>, { clock, timeoutMs, signal, late, aborted }: Deadline): Promise<T> {
  // Nobody waits for it any more after that; its own failure must not be one that nobody handles.
  work.catch(() => {});
  if (signal.aborted) throw new ExchangeFailure(aborted);
  let cleanUp = (): void => {};
  const end = new Promise<never>((_resolve, reject) => {
    const onAbort = (): void => reject(new ExchangeFailure(aborted));
    const cancel = clock.after(timeoutMs, () => reject(new ExchangeFailure(late)));
    signal.addEventListener('abort', onAbort, { once: true });
    cleanUp = () => {
      cancel();
      signal.removeEventListener('abort', onAbort);
    };
  });
  try {
    return await Promise.race([work, end]);
  } finally {
    cleanUp();
  }
}
