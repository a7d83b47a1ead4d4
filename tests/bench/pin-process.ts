import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** Puts a process back where it was. */
export type Unpin = () => void;

/**
 * Holds the main thread of a process on one processor (util-linux `taskset`), so that a bench does not depend on where
 * the scheduler happens to put client and server: on loopback that alone changes a round trip tenfold. Undefined where
 * it cannot be done.
 */
export function pinProcess(pid: number, processor: number): Unpin | undefined {
  if (process.platform !== 'linux' || processor >= availableParallelism()) return undefined;
  try {
    const before = /: ([\d,-]+)$/m.exec(taskset(['-cp', String(pid)]))?.[1];
    if (before === undefined) return undefined;
    taskset(['-cp', String(processor), String(pid)]);
    return () => {
      taskset(['-cp', before, String(pid)]);
    };
  } catch {
    return undefined;
  }
}

function taskset(options: string[]): string {
  return execFileSync('taskset', options, { stdio: ['ignore', 'pipe', 'ignore'] }).toString();
}
