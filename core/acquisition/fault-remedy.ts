import type { Fault, FaultPolicy } from '../model/fault.ts';
import type { Outcome } from './sample.ts';

/**
 * What each fault policy makes the poller do, in one table:
 * - `refused`: the driver could not open the connection
 * - `some`: a point was missed while others of the device were read
 * - `all`: nothing at all was read in a cycle
 *
 * `ask`: go on with the next slot. `rest`: keep the connection and leave the device alone for a growing while.
 * `reconnect`: close, wait a growing while, connect. `hold`: close and ask again only rarely, because nothing helps
 * until a person edits the configuration.
 */
export const POLICY_REMEDIES: Readonly<Record<FaultPolicy, PolicyRemedies>> = {
  retry: { refused: 'reconnect', some: 'ask', all: 'ask' },
  wait: { refused: 'reconnect', some: 'ask', all: 'rest' },
  reconnect: { refused: 'reconnect', some: 'reconnect', all: 'reconnect' },
  isolate: { refused: 'reconnect', some: 'ask', all: 'rest' },
  demote: { refused: 'reconnect', some: 'ask', all: 'rest' },
  misconfigured: { refused: 'hold', some: 'ask', all: 'hold' },
};

export interface PolicyRemedies {
  readonly refused: 'reconnect' | 'hold';
  readonly some: 'ask' | 'reconnect';
  readonly all: RemedyKind;
}

export type RemedyKind = 'ask' | 'rest' | 'reconnect' | 'hold';

export type Remedy = { readonly kind: 'ask' } | { readonly kind: Exclude<RemedyKind, 'ask'>; readonly fault: Fault };

/** From what may help soonest to what helps only a person. A device with nothing read gets the mildest of its faults. */
const MILDEST_FIRST: readonly FaultPolicy[] = ['retry', 'wait', 'demote', 'isolate', 'misconfigured'];

/** What to do after a cycle with these outcomes. One fault that spends the connection outweighs everything else. */
export function remedyAfter(outcomes: readonly Outcome[]): Remedy {
  const faults = new Map<FaultPolicy, Fault>();
  let good = 0;
  for (const outcome of outcomes) {
    if (outcome.kind === 'sample') good += 1;
    else if (!faults.has(outcome.fault.policy)) faults.set(outcome.fault.policy, outcome.fault);
  }
  const spent = faults.get('reconnect');
  if (spent !== undefined) return { kind: 'reconnect', fault: spent };
  if (good > 0) return { kind: 'ask' };
  const policy = MILDEST_FIRST.find((each) => faults.has(each));
  const fault = policy === undefined ? undefined : faults.get(policy);
  const kind = policy === undefined ? 'ask' : POLICY_REMEDIES[policy].all;
  return kind === 'ask' || fault === undefined ? { kind: 'ask' } : { kind, fault };
}
