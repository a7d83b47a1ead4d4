import { Failure } from '../model/failure.ts';
import type { SyncFault } from './target.ts';

/** What the store says of the batch is said as it is; of anything else that is thrown, the target is to blame. */
export function thrownBy(target: string, error: unknown): SyncFault {
  if (error instanceof Failure) {
    const { code, message, hint } = error;
    return { code, message, ...(hint === undefined ? {} : { hint }) };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'SYN_TARGET_FAILED', message: `${target} failed: ${message}` };
}
