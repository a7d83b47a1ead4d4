import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CreditedReading, creditOf } from './credit.ts';
import type { Review, ReviewedVerdict } from './review.ts';

const SEED = Number(process.env.FOREBAY_SEED ?? 1);

const COUNTED: CreditedReading = { origin: 'plant', energyWh: 150_321, energySource: 'counter' };
const APPROVED: ReviewedVerdict = { status: 'APPROVED', findings: [] };
const FLAGGED: ReviewedVerdict = {
  status: 'FLAGGED',
  findings: [{ code: 'VER_STEP_UNEXPLAINED', layer: 'temporal', severity: 'flag' }],
};
const REJECTED: ReviewedVerdict = {
  status: 'REJECTED',
  findings: [{ code: 'VER_UNLIKE_HISTORY', layer: 'statistical', severity: 'reject' }],
};
const VETOED: ReviewedVerdict = {
  status: 'REJECTED',
  findings: [{ code: 'VER_GENERATION_WITHOUT_FLOW', layer: 'physics', severity: 'reject' }],
};
const OUT_OF_ORDER: ReviewedVerdict = {
  status: 'REJECTED',
  findings: [{ code: 'VER_COUNTER_ROLLBACK', layer: 'consistency', severity: 'reject' }],
};

const ROLES = { op1: 'operator', op2: 'operator', eng1: 'engineer', eng2: 'engineer', adm: 'admin' } as const;

/** `op1+` approves, `eng2-` rejects; `!` before it: four eyes in plant.yaml. */
function said(text: string): Review[] {
  return text.split(' ').flatMap((word, i) => {
    const [, eyes, by, sign] = /^(!?)(\w+)([+-])$/.exec(word) ?? [];
    if (by === undefined) return [];
    const role = ROLES[by as keyof typeof ROLES];
    const decision = sign === '+' ? 'approve' : 'reject';
    return [
      {
        index: 9 + i,
        at: '2026-11-20T10:00:00.000Z',
        decision,
        reason: 'r',
        by,
        account: by,
        role,
        fourEyes: eyes === '!',
      },
    ];
  });
}

describe('the energy that is credited', () => {
  it.each<[string, Partial<CreditedReading>, ReviewedVerdict, string, string, string]>([
    ['approved by the checks', {}, APPROVED, '', 'credited', 'All checks agree'],
    ['approved, of a unit that stood', { energyWh: 0 }, APPROVED, '', 'credited', 'All checks agree'],
    ['approved, then rejected by an engineer', {}, APPROVED, 'eng1-', 'refused', 'Rejected by eng1'],
    ['approved, an operator has no voice', {}, APPROVED, 'op1-', 'credited', 'All checks agree'],
    ['approved, rejected, and approved after all', {}, APPROVED, 'eng1- eng2+', 'credited', 'Approved by eng2'],
    ['approved, rejected by one of two', {}, APPROVED, '!eng1-', 'awaiting-review', 'a second person must agree'],
    ['flagged', {}, FLAGGED, '', 'awaiting-review', 'once a person has approved it'],
    ['flagged and approved', {}, FLAGGED, 'op1+', 'credited', 'Approved by op1'],
    ['flagged and rejected', {}, FLAGGED, 'op1-', 'refused', 'Rejected by op1'],
    ['flagged, approved, superseded', {}, FLAGGED, 'op1+ op2-', 'refused', 'Rejected by op2'],
    ['flagged, one of two', {}, FLAGGED, '!op1+', 'awaiting-review', 'a second person must agree'],
    ['flagged, both of two', {}, FLAGGED, '!op1+ !op2+', 'credited', 'Approved by op1 and op2'],
    [
      'flagged, two disagree',
      {},
      FLAGGED,
      '!op1+ !eng1-',
      'awaiting-review',
      'Rejected by eng1, approved by op1: the disagreement is open',
    ],
    ['rejected', {}, REJECTED, '', 'refused', 'an engineer approves it'],
    ['rejected, an operator has no voice', {}, REJECTED, 'op1+', 'refused', 'an engineer approves it'],
    ['rejected, approved by an engineer', {}, REJECTED, 'eng1+', 'credited', 'Approved by eng1'],
    ['rejected, approved by one of two', {}, REJECTED, '!eng1+', 'refused', 'a second person must agree'],
    ['against physics', {}, VETOED, '', 'refused', 'two engineers'],
    ['against physics, one engineer', {}, VETOED, 'eng1+', 'refused', 'a second person must agree'],
    ['against physics, an engineer and an operator', {}, VETOED, 'eng1+ op1+', 'refused', 'a second person must agree'],
    ['against physics, two engineers', {}, VETOED, 'eng1+ eng2+', 'credited', 'Approved by eng1 and eng2'],
    ['against physics, one admin twice', {}, VETOED, 'adm+ adm- adm+', 'refused', 'a second person must agree'],
    ['register out of order, one engineer', {}, OUT_OF_ORDER, 'eng1+', 'refused', 'a second person must agree'],
    ['register out of order, two', {}, OUT_OF_ORDER, 'eng1+ adm+', 'credited', 'Approved by eng1 and adm'],
    ['estimated, though approved', { energySource: 'estimated' }, APPROVED, '', 'not-measured', 'estimated from power'],
    [
      'estimated, though persons approved',
      { energySource: 'estimated' },
      FLAGGED,
      'op1+',
      'not-measured',
      'estimated from power',
    ],
    ['reported, though approved', { energySource: 'reported' }, APPROVED, '', 'not-measured', 'without a register'],
    ['of demonstration', { origin: 'demo' }, APPROVED, '', 'refused', 'Demonstration data'],
    ['of demonstration, though approved', { origin: 'demo' }, FLAGGED, 'op1+ eng1+', 'refused', 'Demonstration data'],
    ['negative', { energyWh: -1 }, APPROVED, '', 'refused', 'negative'],
    ['no number', { energyWh: Number.NaN }, APPROVED, '', 'not-measured', 'No energy could be established'],
    [
      'infinite',
      { energyWh: Number.POSITIVE_INFINITY },
      APPROVED,
      '',
      'not-measured',
      'No energy could be established',
    ],
  ])('%s', (_what, change, verdict, reviews, state, reason) => {
    const reading = { ...COUNTED, ...change };
    const credit = creditOf(reading, verdict, said(reviews));
    expect(credit.state).toBe(state);
    expect(credit.creditedWh).toBe(state === 'credited' ? (reading.energyWh ?? Number.NaN) : 0);
    expect(credit.reason).toContain(reason);
    expect(credit.reason).toMatch(/\.$/);
  });

  it('is nothing where no energy was measured, whoever approves', () => {
    const credit = creditOf({ origin: 'plant' }, FLAGGED, said('eng1+ adm+'));
    expect(credit).toEqual({
      state: 'not-measured',
      creditedWh: 0,
      reason: 'No energy could be established for this interval.',
    });
    expect(creditOf({ origin: 'plant', energyWh: 7 }, APPROVED, [])).toMatchObject({
      state: 'not-measured',
      creditedWh: 0,
    });
  });

  it('is never rounded up', () => {
    expect(creditOf({ ...COUNTED, energyWh: 150_321.999 }, APPROVED, []).creditedWh).toBe(150_321);
  });

  it('is never more than the meter counted, and none without a second person against a veto', () => {
    const words = Object.keys(ROLES).flatMap((who) =>
      ['+', '-'].flatMap((sign) => [`${who}${sign}`, `!${who}${sign}`]),
    );
    const parameters = {
      energyWh: fc.double({ min: -1e6, max: 1e12, noNaN: true }),
      verdict: fc.constantFrom(APPROVED, FLAGGED, REJECTED, VETOED, OUT_OF_ORDER),
      reviews: fc.array(fc.constantFrom(...words), { maxLength: 8 }),
    };
    let credited = 0;
    fc.assert(
      fc.property(fc.record(parameters), ({ energyWh, verdict, reviews }) => {
        const credit = creditOf({ ...COUNTED, energyWh }, verdict, said(reviews.join(' ')));
        expect(Number.isInteger(credit.creditedWh)).toBe(true);
        expect(credit.creditedWh).toBeLessThanOrEqual(Math.max(0, energyWh));
        if (credit.state !== 'credited') expect(credit.creditedWh).toBe(0);
        else credited += 1;
        const engineers = new Set(
          reviews.filter((word) => /(eng|adm)\w*\+/.test(word)).map((word) => word.replace('!', '')),
        );
        const isVetoed = verdict === VETOED || verdict === OUT_OF_ORDER;
        if (isVetoed && engineers.size < 2) expect(credit.state).toBe('refused');
      }),
      { seed: SEED, numRuns: 2000 },
    );
    expect(credited).toBeGreaterThan(100);
  });
});
