import { fork } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import type { LedgerProblem } from '../../core/ledger/check-row.ts';

/** What a whole check found. */
export interface CheckResult {
  readonly ok: boolean;
  /** Entries that hold. */
  readonly entries: number;
  readonly firstBad?: LedgerProblem;
}

export type CheckMessage =
  | { readonly kind: 'progress'; readonly entries: number }
  | ({ readonly kind: 'end' } & CheckResult)
  | { readonly kind: 'failed'; readonly reason: string };

const PROGRAM = new URL('./check-program.ts', import.meta.url);

/**
 * Checks the whole ledger in a process of its own and with the lowest priority, on a handle that only reads, so that no
 * poll and no write waits for it. Rejects with an Error where it came to no end; `signal` ends it at once.
 */
export function checkInProcess(
  storePath: string,
  onProgress: (entries: number) => void,
  signal: AbortSignal,
): Promise<CheckResult> {
  return new Promise((resolve, reject) => {
    const child = fork(PROGRAM, [storePath], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    const end = (): void => void child.kill('SIGKILL');
    let reason = 'it was ended';
    signal.addEventListener('abort', end, { once: true });
    child.on('spawn', () => lowerPriority(child.pid));
    child.on('message', (message: CheckMessage) => {
      if (message.kind === 'progress') onProgress(message.entries);
      else {
        if (message.kind === 'end') resolve(message);
        else reason = message.reason;
        end();
      }
    });
    child.on('error', reject);
    child.on('close', () => {
      signal.removeEventListener('abort', end);
      reject(new Error(reason));
    });
    if (signal.aborted) end();
  });
}

function lowerPriority(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // It may have ended already; then there is nothing to lower.
  }
}
