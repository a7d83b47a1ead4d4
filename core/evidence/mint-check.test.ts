import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../model/json.ts';
import { toIso } from '../model/time.ts';
import { planOf } from '../sync/mint-plan.ts';
import { MintCheck } from './mint-check.ts';
import { type MintFacts, mintCheckedWords, mintUncheckedWords } from './mint-words.ts';

const machine = { sha256: (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest() };
const BEGAN_MS = Date.parse('2026-11-01T00:00:00.000Z');
const LEAF = Buffer.alloc(32, 5);
const ASHA = { by: 'Asha Rao', account: 'key:a1', role: 'engineer' };
const RAVI = { by: 'Ravi Iyer', account: 'key:b2', role: 'engineer' };

type Step = readonly [kind: 'month-closed' | 'mint-approved' | 'token-minted' | 'restore', body: JsonObject];

/** The steps are the entries of the ledger from the first on, or, where there are fewer than `from`, of the range. */
function run(steps: readonly Step[], from = 0): MintFacts {
  const check = new MintCheck(machine, from);
  for (const [i, [kind, body]] of steps.entries()) {
    const index = steps.length > from ? i : from + i;
    check.take({ index, kind, at: toIso(BEGAN_MS + i * 1000), body, v: 1 } as never, LEAF, `entry ${index}`);
  }
  return check.facts();
}

const close = (month: string, creditedNetWh: number, more: object = {}): Step => [
  'month-closed',
  { month, creditedNetWh, ...more } as JsonObject,
];

function plan(more: object = {}) {
  return planOf({
    month: '2026-09',
    monthEntry: 0,
    monthHash: LEAF.toString('hex'),
    fromWh: 0,
    toWh: 2_000_000,
    unitWh: 1_000_000,
    form: 'nft',
    network: 'testnet',
    token: null,
    ...more,
  });
}

function voice(person: object, { id, ...facts }: ReturnType<typeof plan>, decision = 'approve'): Step {
  return ['mint-approved', { v: 1, decision, plan: id, ...facts, ...person } as JsonObject];
}

/** A transaction that was signed so many seconds after the first entry. */
const signedAfter = (seconds: number): string => `0.0.1001@${BEGAN_MS / 1000 + seconds}.000000000`;

function mint({ id, token: _, ...facts }: ReturnType<typeof plan>, more: object = {}): Step {
  const { fromWh, toWh, unitWh } = facts;
  const units = (toWh - fromWh) / unitWh;
  const serials = Array.from({ length: units }, (_, n) => n + 1 + fromWh / unitWh);
  const minted = { units, token: '0.0.6001', serials };
  const body = { plan: id, ...facts, ...minted, transactionId: signedAfter(60), ...more };
  return ['token-minted', body as JsonObject];
}

const MONTH = close('2026-09', 2_400_000);
const NONE = { mints: 0, first: [] };
const APPROVED: readonly Step[] = [MONTH, voice(ASHA, plan()), voice(RAVI, plan())];

test('certificates that two persons approved, for no more than was closed', () => {
  const facts = run([...APPROVED, mint(plan())]);
  expect(facts).toEqual({
    ...{ mints: 1, energyWh: 2_000_000, withoutApprovals: NONE, withoutMonths: NONE, restsOnEarlier: false },
    ...{ found: 0, beyondWh: 0 },
  });
  expect(mintCheckedWords(facts)[0]).toMatch(
    /^1 mint of certificates for 2000000 Wh.+each approved by two different persons, each for no more than was closed/,
  );
});

const BOTH = (each: ReturnType<typeof plan>): Step[] => [voice(ASHA, each), voice(RAVI, each)];
const OF_TOKEN = plan({ token: '0.0.6001' });

describe('is refused', () => {
  const next = plan({ fromWh: 2_000_000, toWh: 3_000_000 });
  const cases: readonly (readonly [string, readonly Step[], RegExp])[] = [
    ['energy a second time', [...APPROVED, mint(plan()), mint(plan(), { serials: [7, 8] })], /minted before/],
    ['half of it a second time', [...APPROVED, mint(plan()), mint(plan({ fromWh: 1_000_000 }))], /minted before/],
    [
      'a certificate twice',
      [...APPROVED, voice(ASHA, next), voice(RAVI, next), mint(plan()), mint(next, { serials: [2] })],
      /second time/,
    ],
    ['the word of one person', [MONTH, voice(ASHA, plan()), mint(plan())], /two different persons/],
    [
      'one person with two keys',
      [MONTH, voice(ASHA, plan()), voice({ ...ASHA, account: 'key:z' }, plan()), mint(plan())],
      /two different persons/,
    ],
    [
      'two names of one account',
      [MONTH, voice(ASHA, plan()), voice({ ...RAVI, account: 'key:a1' }, plan()), mint(plan())],
      /two different persons/,
    ],
    ['what was taken back', [...APPROVED, voice(ASHA, plan(), 'withdraw'), mint(plan())], /two different persons/],
    [
      'a month that was corrected between the two words',
      [MONTH, voice(ASHA, plan()), close('2026-09', 9_000_000), voice(RAVI, plan())],
      /another close/,
    ],
    [
      'more than is closed since a month before it was corrected between the two words',
      [
        MONTH,
        close('2026-08', 1_000_000),
        voice(ASHA, plan({ toWh: 3_000_000 })),
        close('2026-08', 0),
        voice(RAVI, plan({ toWh: 3_000_000 })),
        mint(plan({ toWh: 3_000_000 })),
      ],
      /2400000 Wh were closed/,
    ],
    ['the word of an operator', [MONTH, voice({ ...ASHA, role: 'operator' }, plan())], /role operator/],
    ['what no ledger lost', [...APPROVED, mint(plan(), { plan: null })], /never restored/],
    ['what nobody approved', [MONTH, mint(plan())], /nobody had approved/],
    [
      'more than the plan',
      [...APPROVED, mint(plan(), { toWh: 3_000_000, units: 3, serials: [1, 2, 3] })],
      /nobody had approved/,
    ],
    ['another network', [...APPROVED, mint(plan(), { network: 'mainnet' })], /another network than was approved/],
    ['another month', [...APPROVED, mint(plan(), { month: '2026-10' })], /another month than was approved/],
    ['another close', [...APPROVED, mint(plan(), { monthEntry: 7 })], /another monthEntry than was approved/],
    [
      'another token',
      [MONTH, ...BOTH(OF_TOKEN), mint(OF_TOKEN, { token: '0.0.6002' })],
      /another token than was approved/,
    ],
    [
      'more than was closed',
      [close('2026-09', 1_999_999), voice(ASHA, plan()), voice(RAVI, plan()), mint(plan())],
      /1999999 Wh were closed/,
    ],
    ['another close than the one in force', [MONTH, close('2026-09', 2_400_000), voice(ASHA, plan())], /another close/],
    ['a close of another content', [MONTH, voice(ASHA, plan({ monthHash: 'ab'.repeat(32) }))], /another close/],
    ['half a certificate', [...APPROVED, mint(plan(), { toWh: 1_500_000 })], /no whole number/],
    ['nothing', [...APPROVED, mint(plan(), { toWh: 0, units: 0, serials: [] })], /no whole number/],
    ['certificates without numbers', [...APPROVED, mint(plan(), { serials: [1] })], /names 1 serial/],
    [
      'a plan of other facts',
      [MONTH, ['mint-approved', { ...voice(ASHA, plan())[1], toWh: 9_000_000 }]],
      /another digest/,
    ],
  ];
  test.each(cases)('%s', (_, steps, why) => {
    expect(() => run(steps)).toThrow(
      expect.objectContaining({ code: 'LED_BUNDLE_MINT', message: expect.stringMatching(why) }),
    );
  });
});

test('what lies before the range is not taken for missing, and said', () => {
  const facts = run([mint(plan())], 40);
  const first = { mints: 1, first: [40] };
  expect(facts).toMatchObject({ mints: 1, withoutApprovals: first, withoutMonths: first, restsOnEarlier: false });
  expect(mintUncheckedWords(facts).join('\n')).toMatch(
    /^1 mint \(entry 40\) was not held against approvals.+\n1 mint \(entry 40\) was not compared with closed months/,
  );
  expect(mintCheckedWords(facts)[0]).not.toMatch(/approved|than was closed/);
});

describe('a range that begins later', () => {
  const later = plan({ fromWh: 2_000_000, toWh: 3_000_000, monthEntry: 2, month: '2026-10' });
  const closes = (more: object): Step[] => [
    close('2026-09', 2_400_000, { previous: null, corrects: null }),
    mint(plan()),
    close('2026-10', 900_000, { previous: 0, corrects: null, ...more }),
  ];

  test('goes by the closes, approvals and mints that the bundle holds from before it', () => {
    const facts = run([...closes({}), ...BOTH(later), mint(later)], 5);
    expect(facts).toMatchObject({ mints: 1, withoutApprovals: NONE, withoutMonths: NONE, restsOnEarlier: true });
    expect(mintUncheckedWords(facts)[0]).toContain('is what the device says');
  });

  test('refuses more than these closed', () => {
    const more = plan({ ...later, toWh: 4_000_000 });
    expect(() => run([...closes({}), ...BOTH(more), mint(more)], 5)).toThrow(/3300000 Wh were closed/);
  });

  test('refuses energy that the mint before it had', () => {
    const early = plan({ ...later, fromWh: 1_000_000 });
    expect(() => run([...closes({}), ...BOTH(early), mint(early)], 5)).toThrow(/up to 2000000 Wh it was minted before/);
  });

  test('compares nothing where a close before it is not there, and says which', () => {
    const facts = run([...closes({ previous: 1 }), ...BOTH(later), mint(later)], 5);
    expect(facts).toMatchObject({ withoutApprovals: NONE, withoutMonths: { mints: 1, first: [5] } });
  });

  test('says which mint one person alone had approved', () => {
    const facts = run([...closes({}), voice(ASHA, later), mint(later)], 4);
    expect(facts).toMatchObject({ withoutApprovals: { mints: 1, first: [4] }, withoutMonths: NONE });
  });
});

test('a month that was corrected after it was minted is said, and what a lost ledger had minted', () => {
  const lost = mint(plan({ fromWh: 2_000_000, toWh: 3_000_000 }), { plan: null });
  const facts = run([...APPROVED, ['restore', {}], mint(plan()), lost, close('2026-09', 1_500_000)]);
  expect(facts).toMatchObject({ mints: 2, found: 1, beyondWh: 1_500_000 });
  expect(mintUncheckedWords(facts).slice(0, 2).join(' ')).toMatch(
    /1 mint had been made by a ledger that was lost.+1500000 Wh more/,
  );
});

test('what was signed before an approval was taken back may be minted nevertheless', () => {
  const facts = run([...APPROVED, voice(ASHA, plan(), 'withdraw'), mint(plan(), { transactionId: signedAfter(2) })]);
  expect(facts).toMatchObject({ mints: 1, withoutApprovals: NONE });
});

test('a second network has its own certificates', () => {
  const other = plan({ network: 'mainnet' });
  expect(run([...APPROVED, voice(ASHA, other), voice(RAVI, other), mint(plan()), mint(other)])).toMatchObject({
    mints: 2,
  });
});
