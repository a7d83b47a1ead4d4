import type { RunningAppliance } from './attach.ts';
import type { Failure } from './failure.ts';

/** What the window shows. Everything but `ready` is shown by the status page. */
export type ShellState =
  | { kind: 'starting' }
  | { kind: 'ready'; appliance: RunningAppliance }
  | { kind: 'restarting'; failure: Failure; delayMs: number }
  | { kind: 'lost'; failure: Failure }
  | { kind: 'failed'; failure: Failure };
