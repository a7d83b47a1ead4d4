import { describe, expect, it } from 'vitest';
import { type ClockEvidence, judgeClock, type OutsideTime, showOffset } from './clock-trust.ts';
import type { ClockTrust } from './reading.ts';

const NOW = 50_000_000;
const MINUTE = 60_000;
const YEAR = 31_557_600_000;

function outside(offsetMs: number, agoMs = MINUTE, boundMs = 20): OutsideTime {
  return { atMs: NOW - agoMs, offsetMs, boundMs, servers: 3 };
}

const TABLE: [string, Omit<ClockEvidence, 'nowMs'>, ClockTrust, RegExp][] = [
  ['nothing known', {}, 'holdover', /not compared/],
  ['servers agree', { outside: outside(-400) }, 'disciplined', /3 time servers agreed within 1 s/],
  ['servers agree, on the limit', { outside: outside(980) }, 'disciplined', /agreed/],
  ['just over the limit', { outside: outside(981) }, 'holdover', /981 ms from 3 time servers: too far/],
  ['an hour ago', { outside: outside(5, 61 * MINUTE) }, 'holdover', /within the last hour/],
  ['servers say wrong', { outside: outside(3_600_000) }, 'suspect', /60 min behind 3 time servers/],
  ['servers say ahead', { outside: outside(-7_200_000) }, 'suspect', /2 h ahead of 3 time servers/],
  ['wrong only within the bound', { outside: outside(2100, MINUTE, 150) }, 'holdover', /too far/],
  ['stepped', { steppedAtMs: NOW - MINUTE }, 'suspect', /stepped within the last ten minutes/],
  ['stepped long ago', { steppedAtMs: NOW - 11 * MINUTE }, 'holdover', /not compared/],
  ['confirmed after a step', { steppedAtMs: NOW - 2 * MINUTE, outside: outside(7) }, 'disciplined', /agreed/],
  ['confirmed before a step', { steppedAtMs: NOW - MINUTE / 2, outside: outside(7) }, 'suspect', /stepped/],
  ['before the ledger', { behindLedgerMs: 10 * YEAR }, 'suspect', /10 years before the last entry/],
  ['before the ledger by little', { behindLedgerMs: 1900 }, 'holdover', /not compared/],
  [
    'before a ledger that lies in the future',
    { behindLedgerMs: 10 * YEAR, outside: outside(3) },
    'disciplined',
    /agreed/,
  ],
  ['two devices disagree', { devices: { offsetMs: 90_000, devices: 2 } }, 'suspect', /90 s behind the clocks of 2 dev/],
  ['one device disagrees', { devices: { offsetMs: 10 * YEAR, devices: 1 } }, 'holdover', /not compared/],
  ['two devices, a little', { devices: { offsetMs: -59_000, devices: 2 } }, 'holdover', /not compared/],
  [
    'servers outweigh devices',
    { outside: outside(9), devices: { offsetMs: 90_000, devices: 4 } },
    'disciplined',
    /agr/,
  ],
];

describe('the trust in the clock', () => {
  it.each(TABLE)('%s', (_name, evidence, trust, reason) => {
    const standing = judgeClock({ nowMs: NOW, ...evidence });
    expect(standing).toEqual({ trust, reason: expect.stringMatching(reason) });
  });

  it('shows offsets as a person says them', () => {
    const shown = [0, 999, 1500, 119_000, 130_000, 7_300_000, 3 * 86_400_000, 26 * YEAR].map(showOffset);
    expect(shown).toEqual(['0 ms', '999 ms', '1.5 s', '119 s', '2.2 min', '2 h', '3 days', '26 years']);
  });
});
