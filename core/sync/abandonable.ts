import type { DeliverOutcome, SyncFault } from './target.ts';

/** The promise's outcome, or `unknown` as soon as `signal` aborts: what a target does after that changes nothing here. */
export function abandonable(work: Promise<DeliverOutcome>, signal: AbortSignal): Promise<DeliverOutcome> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => resolve({ kind: 'unknown', fault: NO_ANSWER });
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}

export const NO_ANSWER: SyncFault = { code: 'SYN_NO_ANSWER', message: 'The target did not answer in time.' };
