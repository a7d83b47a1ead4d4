import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  APPROVED_STEPS,
  ASHA,
  bothVoices,
  close,
  MINT_LIES,
  type MintStep,
  mint,
  plan,
  RAVI,
  STEP_LEAF,
  STEPS_BEGAN_MS,
  signedAfter,
  voice,
} from '../../tests/fixtures/mint-steps.ts';
import { toIso } from '../model/time.ts';
import { MintCheck } from './mint-check.ts';
import { type MintFacts, mintCheckedWords, mintUncheckedWords } from './mint-words.ts';

const machine = { sha256: (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest() };
/** The steps are the entries of the ledger from the first on, or, where there are fewer than `from`, of the range. */
function run(steps: readonly MintStep[], from = 0): MintFacts {
  const check = new MintCheck(machine, from);
  for (const [i, [kind, body]] of steps.entries()) {
    const index = steps.length > from ? i : from + i;
    check.take({ index, kind, at: toIso(STEPS_BEGAN_MS + i * 1000), body, v: 1 } as never, STEP_LEAF, `entry ${index}`);
  }
  return check.facts();
}

const NONE = { mints: 0, first: [] };
test('certificates that two persons approved, for no more than was closed', () => {
  const facts = run([...APPROVED_STEPS, mint(plan())]);
  expect(facts).toEqual({
    ...{ mints: 1, energyWh: 2_000_000, withoutApprovals: NONE, withoutMonths: NONE, restsOnEarlier: false },
    ...{ found: 0, beyondWh: 0 },
  });
  expect(mintCheckedWords(facts)[0]).toMatch(
    /^1 mint of certificates for 2000000 Wh.+each approved by two different persons, each for no more than was closed/,
  );
});

describe('is refused', () => {
  test.each(MINT_LIES)('%s', (_, steps, why) => {
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
  const closes = (more: object): MintStep[] => [
    close('2026-09', 2_400_000, { previous: null, corrects: null }),
    mint(plan()),
    close('2026-10', 900_000, { previous: 0, corrects: null, ...more }),
  ];

  test('goes by the closes, approvals and mints that the bundle holds from before it', () => {
    const facts = run([...closes({}), ...bothVoices(later), mint(later)], 5);
    expect(facts).toMatchObject({ mints: 1, withoutApprovals: NONE, withoutMonths: NONE, restsOnEarlier: true });
    expect(mintUncheckedWords(facts)[0]).toContain('is what the device says');
  });

  test('refuses more than these closed', () => {
    const more = plan({ ...later, toWh: 4_000_000 });
    expect(() => run([...closes({}), ...bothVoices(more), mint(more)], 5)).toThrow(/3300000 Wh were closed/);
  });

  test('refuses energy that the mint before it had', () => {
    const early = plan({ ...later, fromWh: 1_000_000 });
    expect(() => run([...closes({}), ...bothVoices(early), mint(early)], 5)).toThrow(
      /up to 2000000 Wh it was minted before/,
    );
  });

  test('compares nothing where a close before it is not there, and says which', () => {
    const facts = run([...closes({ previous: 1 }), ...bothVoices(later), mint(later)], 5);
    expect(facts).toMatchObject({ withoutApprovals: NONE, withoutMonths: { mints: 1, first: [5] } });
  });

  test('says which mint one person alone had approved', () => {
    const facts = run([...closes({}), voice(ASHA, later), mint(later)], 4);
    expect(facts).toMatchObject({ withoutApprovals: { mints: 1, first: [4] }, withoutMonths: NONE });
  });
});

test('a month that was corrected after it was minted is said, and what a lost ledger had minted', () => {
  const lost = mint(plan({ fromWh: 2_000_000, toWh: 3_000_000 }), { plan: null });
  const facts = run([...APPROVED_STEPS, ['restore', {}], mint(plan()), lost, close('2026-09', 1_500_000)]);
  expect(facts).toMatchObject({ mints: 2, found: 1, beyondWh: 1_500_000 });
  expect(mintUncheckedWords(facts).slice(0, 2).join(' ')).toMatch(
    /1 mint had been made by a ledger that was lost.+1500000 Wh more/,
  );
});

test('what was signed before an approval was taken back may be minted nevertheless', () => {
  const facts = run([
    ...APPROVED_STEPS,
    voice(ASHA, plan(), 'withdraw'),
    mint(plan(), { transactionId: signedAfter(2) }),
  ]);
  expect(facts).toMatchObject({ mints: 1, withoutApprovals: NONE });
});

test('a second network has its own certificates', () => {
  const other = plan({ network: 'mainnet' });
  expect(run([...APPROVED_STEPS, voice(ASHA, other), voice(RAVI, other), mint(plan()), mint(other)])).toMatchObject({
    mints: 2,
  });
});
