import { expect, it } from 'vitest';
import { FAULT_POLICIES, type FaultPolicy } from '../model/fault.ts';
import { POLICY_REMEDIES, remedyAfter } from './fault-remedy.ts';
import type { Outcome } from './sample.ts';

const faultOf = (policy: FaultPolicy) => ({ code: `TEST_${policy.toUpperCase()}`, message: policy, policy });
const miss = (policy: FaultPolicy): Outcome => ({
  kind: 'miss',
  point: `plc1/${policy}`,
  fault: faultOf(policy),
  atMs: 1,
});
const good: Outcome = {
  kind: 'sample',
  point: 'plc1/good',
  value: 3,
  unit: 'kW',
  quality: 'good',
  readAtMs: 2,
  raw: new Uint8Array(),
  recipe: { v: 1, driver: 'test' },
};

it('has a row for every policy, and says what each means for one point and for the whole device', () => {
  const table: [FaultPolicy, string, string, string][] = [
    ['retry', 'reconnect', 'ask', 'ask'],
    ['wait', 'reconnect', 'ask', 'rest'],
    ['reconnect', 'reconnect', 'reconnect', 'reconnect'],
    ['isolate', 'reconnect', 'ask', 'rest'],
    ['demote', 'reconnect', 'ask', 'rest'],
    ['misconfigured', 'hold', 'ask', 'hold'],
  ];
  expect(table.map(([policy]) => policy)).toEqual([...FAULT_POLICIES]);
  for (const [policy, refused, some, all] of table) {
    expect(POLICY_REMEDIES[policy], policy).toEqual({ refused, some, all });
    expect(remedyAfter([good, miss(policy)]).kind, `${policy} of one point`).toBe(some);
    expect(remedyAfter([miss(policy), miss(policy)]).kind, `${policy} of all points`).toBe(all);
  }
});

it('takes the mildest remedy where nothing was read for several reasons, and names its fault', () => {
  const order: FaultPolicy[] = ['misconfigured', 'isolate', 'demote', 'wait'];
  const outcomes: Outcome[] = [];
  for (const policy of order) {
    outcomes.push(miss(policy));
    expect(remedyAfter(outcomes)).toEqual({ kind: POLICY_REMEDIES[policy].all, fault: faultOf(policy) });
  }
  expect(remedyAfter([...outcomes, miss('retry')])).toEqual({ kind: 'ask' });
});

it('opens the connection anew for one fault that spends it, whatever else was read', () => {
  expect(remedyAfter([good, miss('misconfigured'), miss('reconnect')])).toEqual({
    kind: 'reconnect',
    fault: faultOf('reconnect'),
  });
});

it('asks again after a cycle without a fault', () => {
  expect(remedyAfter([good, good])).toEqual({ kind: 'ask' });
});
