import type { SyncFault } from '../../target.ts';
import { agreedWord } from './agreed-word.ts';
import { type Attempt, mayBeSent } from './attempt.ts';
import { isPassing, unansweredFault } from './faults.ts';
import type { HederaSession } from './hedera-session.ts';
import type { Nanos } from './instant.ts';

/** What became of an attempt, as far as the mirror shows it. */
export type Settled =
  | { readonly kind: 'happened'; readonly consensusAt: Nanos; readonly entityId?: string }
  /** It did not and cannot any more: another id is safe. */
  | { readonly kind: 'never' }
  | { readonly kind: 'later'; readonly fault: SyncFault };

export interface SettleWords {
  /** What to say while nothing is known yet. */
  readonly pending: SyncFault;
  readonly statusFault: (status: string) => SyncFault;
  /** Why the bytes may not go out (again), asked right before: then only what came of them is looked for. Absent: they may. */
  readonly stop?: () => SyncFault | undefined;
}

/** So long it is waited for what was sent, before whoever asked tries again later. */
const LOOKS = 30;
/** The first looks come sooner: what was sent a moment ago is often there. */
const LOOK_MS = { first: 250, longest: 1000 };
const RESEND_EVERY_LOOKS = 10;

/** Sends the same bytes for as long as they are valid, and asks the mirror what came of it. */
export async function settleAttempt(
  parts: Pick<HederaSession, 'mirror' | 'second' | 'succeeded' | 'port' | 'clock' | 'pause'>,
  attempt: Attempt,
  { pending, statusFault, stop }: SettleWords,
  signal: AbortSignal,
): Promise<Settled> {
  const { port, clock, pause } = parts;
  let fault = pending;
  for (let look = 0; look < LOOKS && !signal.aborted; look += 1) {
    const stopped = stop?.();
    if (stopped !== undefined) fault = stopped;
    else if (look % RESEND_EVERY_LOOKS === 0 && mayBeSent(attempt, clock.wallMs())) {
      const sent = await port.send(attempt.bytes, signal);
      if (sent.kind === 'unanswered') fault = unansweredFault(sent);
      if (sent.kind === 'refused' && !isPassing(sent.status)) fault = statusFault(sent.status);
    }
    const word = await agreedWord(parts, undefined, attempt, signal);
    if (word.kind === 'failed') return { kind: 'later', fault: word.fault };
    if (word.kind === 'never') return { kind: 'never' };
    if (word.kind === 'happened') return word;
    const [status] = word.statuses.filter((each) => each !== 'DUPLICATE_TRANSACTION');
    if (status !== undefined) fault = statusFault(status);
    if (fault !== pending) break;
    await pause(Math.min(LOOK_MS.longest, LOOK_MS.first * 2 ** look), signal);
  }
  return { kind: 'later', fault };
}
