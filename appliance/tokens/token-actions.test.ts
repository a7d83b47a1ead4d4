import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PlantConfig } from '../../core/config/plant.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import { writeNote } from '../../core/store/notes.ts';
import { openStore } from '../../core/store/open-store.ts';
import { ASHA, MintingLedger, mintingConfig, RAVI } from '../../tests/fixtures/minting-ledger.ts';
import { keepMintAttempt } from './kept-mints.ts';
import type { TokenActions } from './token-actions.ts';
import { tokensInWords } from './token-words.ts';

const HEDERA = { network: 'testnet', operatorId: '0.0.1001', operatorKeyFile: 'hedera.key' } as const;

let store: WritableStore;
let ledger: MintingLedger;

beforeEach(() => {
  store = openStore(':memory:', { access: 'write' });
  ledger = new MintingLedger(store);
});
afterEach(() => store.close());

const configOf = (tokens: object = {}): PlantConfig => mintingConfig(HEDERA, tokens);
const actionsOf = (tokens: object = {}): TokenActions => ledger.actions(configOf(tokens));
const refusal = (code: string, message = /./) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

function month(name: string, wh: number, more: object = {}): void {
  ledger.close(name, wh, more);
  ledger.attest('testnet');
}

/** Proposes the month; returns the id of the plan. */
function propose(actions: TokenActions, name: string): string {
  return actions.propose({ month: name, ...ASHA }).plans[0]?.id ?? '';
}

/** Makes up the mints of the newest plan, as the network would show them. */
function mintAll(actions: TokenActions): void {
  const [plan] = actions.list().plans;
  if (plan === undefined) throw new Error('there is no plan');
  const { hash } = actions.list().months.find(({ month: name }) => name === plan.month) ?? { hash: '' };
  const facts = { ...plan, monthHash: hash, unitWh: (plan.toWh - plan.fromWh) / plan.units, token: null };
  const serials = Array.from({ length: plan.units }, (_, n) => plan.fromWh / 1_000_000 + n + 1);
  ledger.mint({ ...facts, mintedUnits: 0 }, serials, `0.0.1001@1789999990.${String(plan.fromWh).padStart(9, '0')}`);
}

describe('may be minted', () => {
  test('whole amounts only, in the order of the months, with what is left carried on', () => {
    month('2026-08', 2_400_000);
    month('2026-09', 500_000);
    month('2026-10', 3_200_000);
    const actions = actionsOf();
    expect(actions.list().months.map(({ month: name, state }) => [name, state])).toEqual([
      ['2026-08', 'mintable'],
      ['2026-09', 'refused'],
      ['2026-10', 'refused'],
    ]);
    expect(() => actions.propose({ month: '2026-10', ...ASHA })).toThrow(refusal('TOK_MONTH_ORDER', /2026-08/));
    actions.approve(propose(actions, '2026-08'), RAVI);
    expect(actions.figures()).toMatchObject({ energyWh: 0, mints: 0, approvedUnits: 2 });
    mintAll(actions);
    expect(actions.figures()).toMatchObject({ energyWh: 2_000_000, mints: 1, approvedUnits: 0 });
    expect(actions.list().months.map(({ state, mintedWh, carriedWh }) => [state, mintedWh, carriedWh])).toEqual([
      ['minted', 2_000_000, 400_000],
      ['carried', 0, 900_000],
      ['mintable', 0, 100_000],
    ]);
    expect(() => actions.propose({ month: '2026-09', ...ASHA })).toThrow(refusal('TOK_NOTHING_TO_MINT', /900000 Wh/));
    expect(actions.list().months[2]?.mintable).toMatchObject({ fromWh: 2_000_000, toWh: 6_000_000, units: 4 });
  });

  test('nothing of a month without energy, which is not called minted', () => {
    month('2026-08', 0);
    const answer = actionsOf().list();
    expect(answer.months.map(({ state, mintedWh }) => [state, mintedWh])).toEqual([['nothing', 0]]);
    expect(tokensInWords(answer)).toContain('2026-08: 0.000 kWh net, nothing to mint');
  });

  test('nothing from before the first month that plant.yaml names', () => {
    month('2026-08', 2_400_000);
    month('2026-09', 1_700_000);
    const [august, september] = actionsOf({ firstMonth: '2026-09' }).list().months;
    expect(august?.state).toBe('left-out');
    expect(september?.mintable).toMatchObject({ fromWh: 2_400_000, toWh: 3_400_000, units: 1 });
  });

  test('nothing a second time, when a month before the first one that plant.yaml names is corrected', () => {
    month('2026-08', 2_000_000);
    month('2026-09', 3_000_000);
    const actions = actionsOf({ firstMonth: '2026-09' });
    actions.approve(propose(actions, '2026-09'), RAVI);
    mintAll(actions);
    month('2026-08', 50_000_000, { corrects: 1, why: 'Flagged readings were approved late' });
    expect(() => propose(actions, '2026-09')).toThrow(refusal('TOK_NOTHING_TO_MINT'));
    month('2026-10', 4_000_000);
    expect(actions.list().months.at(-1)?.mintable).toMatchObject({ fromWh: 53_000_000, toWh: 57_000_000, units: 4 });
  });

  test('on another network the same energy, since each has its own count', () => {
    month('2026-08', 2_000_000);
    const trial = actionsOf();
    trial.approve(propose(trial, '2026-08'), RAVI);
    mintAll(trial);
    ledger.close('2026-08', 2_000_000, { corrects: 1, why: 'attested on the mainnet' });
    ledger.attest('mainnet');
    const real = ledger.actions(mintingConfig({ ...HEDERA, network: 'mainnet' }, { mainnet: true }));
    expect(real.list().months[0]?.mintable?.units).toBe(2);
    expect(trial.list().months[0]?.state).toBe('minted');
  });

  test('in kWh, Wh or parts of a MWh', () => {
    month('2026-08', 2_345_678);
    const units = [
      { unit: 'kWh' },
      { kind: 'fungible' },
      { kind: 'fungible', decimals: 2 },
      { kind: 'fungible', unit: 'Wh' },
    ];
    expect(units.map((tokens) => actionsOf(tokens).list().months[0]?.mintable?.units)).toEqual([
      2345, 2_345_678, 234, 2_345_678,
    ]);
  });
});

describe('is refused', () => {
  const cases: readonly (readonly [string, string, () => unknown, string])[] = [
    ['a month that is not closed', 'TOK_MONTH_OPEN', () => month('2026-08', 5_000_000), '2026-09'],
    ['demonstration data', 'TOK_DEMO', () => month('2026-08', 0, { demo: true }), '2026-08'],
    ['a close that is in no batch', 'TOK_NOT_ANCHORED', () => ledger.close('2026-08', 5_000_000), '2026-08'],
    [
      'a close whose batch waits',
      'TOK_NOT_ANCHORED',
      () => void [ledger.close('2026-08', 5_000_000), ledger.seal()],
      '2026-08',
    ],
    [
      'another network',
      'TOK_ANCHORED_ELSEWHERE',
      () => void [ledger.close('2026-08', 5e6), ledger.attest('private')],
      '2026-08',
    ],
    ['less than one amount', 'TOK_NOTHING_TO_MINT', () => month('2026-08', 999_999), '2026-08'],
  ];
  test.each(cases)('%s', (_, code, prepare, name) => {
    prepare();
    expect(() => actionsOf().propose({ month: name, ...ASHA })).toThrow(refusal(code));
    expect(store.get<{ n: number }>("SELECT count(*) AS n FROM entries WHERE kind = 'mint-approved'")?.n).toBe(0);
  });

  test('anything of the ledger of a demonstration, and anything while plant.yaml says nothing', () => {
    const demo = new MintingLedger(openStore(':memory:', { access: 'write' }), 'demo');
    demo.close('2026-08', 5_000_000);
    demo.attest('testnet');
    expect(() => demo.actions(configOf()).propose({ month: '2026-08', ...ASHA })).toThrow(refusal('TOK_DEMO'));
    demo.store.close();
    month('2026-08', 5_000_000);
    const silent = ledger.actions({
      plant: { id: 'HP-EVAL', name: 'x' },
      sync: { hedera: HEDERA },
    } as unknown as PlantConfig);
    expect(() => silent.propose({ month: '2026-08', ...ASHA })).toThrow(refusal('TOK_OFF'));
    expect(silent.list().setup).toBeNull();
  });

  test('a ledger that a check found broken, and a close that does not lead to the attested root', () => {
    month('2026-08', 5_000_000);
    const bad = { code: 'LED_FSCK_HASH', message: 'Entry 1 is not what was recorded.' };
    writeNote(
      store,
      'last-check',
      JSON.stringify({ at: '2026-10-01T00:00:00.000Z', ok: false, entries: 3, firstBad: bad }),
    );
    expect(() => actionsOf().propose({ month: '2026-08', ...ASHA })).toThrow(
      refusal('TOK_LEDGER_DAMAGED', /Entry 1 is not/),
    );
    writeNote(store, 'last-check', JSON.stringify({ at: '2026-10-02T00:00:00.000Z', ok: true, entries: 3 }));
    store.run('DROP TRIGGER entries_refuse_update');
    store.run(
      "UPDATE entries SET bytes = CAST(replace(CAST(bytes AS TEXT), '5000000', '9000000') AS BLOB) WHERE kind = 'month-closed'",
    );
    expect(() => actionsOf().propose({ month: '2026-08', ...ASHA })).toThrow(refusal('TOK_LEDGER_DAMAGED'));
  });

  test('the same person twice, by account or by name', () => {
    month('2026-08', 5_000_000);
    const actions = actionsOf();
    const plan = propose(actions, '2026-08');
    for (const person of [ASHA, { ...RAVI, account: ASHA.account }, { ...RAVI, by: ' asha RAO ' }]) {
      expect(() => actions.approve(plan, person)).toThrow(refusal('TOK_SAME_PERSON', /Asha Rao/));
    }
    expect(actions.approve(plan, RAVI).plans[0]).toMatchObject({
      state: 'approved',
      approvals: [{ by: 'Asha Rao' }, { by: 'Ravi Iyer' }],
    });
    expect(() => actions.approve(plan, { ...RAVI, by: 'Third', account: 'key:z' })).toThrow(refusal('TOK_PLAN_OVER'));
  });

  test('a second proposal, an unknown one, and what was seen otherwise', () => {
    month('2026-08', 5_000_000);
    const actions = actionsOf();
    expect(() => actions.propose({ month: '2026-08', seen: 'ab'.repeat(32), ...ASHA })).toThrow(
      refusal('TOK_CHANGED_MEANWHILE'),
    );
    const plan = propose(actions, '2026-08');
    expect(() => actions.propose({ month: '2026-08', ...RAVI })).toThrow(refusal('TOK_PLAN_OPEN'));
    expect(() => actions.approve('cd'.repeat(32), RAVI)).toThrow(refusal('TOK_PLAN_UNKNOWN'));
    expect(() => actions.approve(plan.slice(0, 4), RAVI)).toThrow(refusal('TOK_PLAN_UNKNOWN'));
    expect(actions.approve(plan.slice(0, 12), RAVI).plans[0]?.state).toBe('approved');
  });

  test('while it is not known what became of a mint', () => {
    month('2026-08', 5_000_000);
    const part = { plan: 'ab'.repeat(32), part: 0, network: 'testnet', token: '0.0.6001', monthHash: 'cd'.repeat(32) };
    keepMintAttempt(store, { ...part, fromWh: 0, toWh: 1_000_000, reference: 'fb1' }, Buffer.from('{}'));
    expect(() => actionsOf().propose({ month: '2026-08', ...ASHA })).toThrow(refusal('TOK_MINT_UNDER_WAY'));
  });
});

describe('an approval', () => {
  test.each([
    ['its month is corrected', () => month('2026-09', 4_000_000, { corrects: 5, why: 'a meter was read again' })],
    ['an earlier month is corrected', () => month('2026-08', 950_000, { corrects: 1, why: 'a meter was read again' })],
    ['its month is corrected to the same', () => month('2026-09', 3_000_000, { corrects: 5, why: 'by mistake' })],
  ] as const)('expires when %s', (_, correct) => {
    month('2026-08', 900_000);
    month('2026-09', 3_000_000);
    const actions = actionsOf();
    const plan = propose(actions, '2026-09');
    correct();
    expect(actions.list().plans[0]).toMatchObject({ state: 'expired', reason: expect.stringMatching(/was corrected/) });
    expect(() => actions.approve(plan, RAVI)).toThrow(refusal('TOK_PLAN_EXPIRED', /was corrected/));
    expect(actions.list().months[1]?.state).toBe('mintable');
  });

  test('expires when plant.yaml says otherwise, and is in force again when it is set back', () => {
    month('2026-08', 3_000_000);
    const actions = actionsOf();
    const plan = propose(actions, '2026-08');
    actions.approve(plan, RAVI);
    for (const tokens of [{ unit: 'kWh' }, { kind: 'fungible' }]) {
      expect(actionsOf(tokens).list().plans[0]).toMatchObject({ state: 'expired' });
    }
    expect(actions.list().plans[0]).toMatchObject({ state: 'approved' });
  });

  test('is void once somebody took it back, and both must speak again', () => {
    month('2026-08', 3_000_000);
    const actions = actionsOf();
    const plan = propose(actions, '2026-08');
    actions.approve(plan, RAVI);
    expect(actions.withdraw(plan, ASHA).plans[0]).toMatchObject({ state: 'withdrawn', approvals: [] });
    expect(() => actions.withdraw(plan, ASHA)).toThrow(refusal('TOK_PLAN_OVER'));
    expect(propose(actions, '2026-08')).toBe(plan);
    expect(actions.list().plans[0]).toMatchObject({ state: 'proposed', approvals: [{ by: 'Asha Rao' }] });
  });

  test('of a month that was minted and then corrected downwards leaves less for the next one', () => {
    month('2026-08', 3_000_000);
    const actions = actionsOf();
    actions.approve(propose(actions, '2026-08'), RAVI);
    mintAll(actions);
    month('2026-08', 1_500_000, { corrects: 1, why: 'a meter ran fast' });
    month('2026-09', 2_600_000);
    expect(actions.list().months[1]?.mintable).toMatchObject({ fromWh: 3_000_000, toWh: 4_000_000, units: 1 });
  });
});
