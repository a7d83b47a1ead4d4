import { expect, test } from 'vitest';
import { seededRandom } from '../../model/random.ts';
import { evaluate, type LabelledScore } from './evaluate.ts';

const SEED = 53;
const OPTIONS = { unfindable: ['forged'], slow: ['drift'], falseAlarmShare: 0.01 };

function drawn(seed: number): LabelledScore[] {
  const random = seededRandom(seed);
  const kinds = ['honest', 'honest', 'honest', 'inflation', 'replay', 'drift', 'forged'];
  return Array.from({ length: 900 }, () => {
    const label = kinds[Math.floor(random.next() * kinds.length)] ?? 'honest';
    const trustScore = Math.round(100 * (label === 'honest' ? 0.6 + 0.4 * random.next() : random.next())) / 100;
    return { label, trustScore, overclaimedKwh: label === 'honest' ? 0 : Math.round(50 * random.next()) };
  });
}

test(`the AUC is the share of pairs that stand in the right order, ties for half (seed ${SEED})`, () => {
  const rows = drawn(SEED);
  const honest = rows.filter(({ label }) => label === 'honest');
  const attacks = rows.filter(({ label }) => label === 'inflation' || label === 'replay');
  let right = 0;
  for (const a of attacks) {
    for (const h of honest) right += a.trustScore < h.trustScore ? 1 : a.trustScore === h.trustScore ? 0.5 : 0;
  }
  expect(evaluate(rows, OPTIONS).auc).toBeCloseTo(right / honest.length / attacks.length, 12);
});

test('figures are counted over what they are said to be counted over', () => {
  const rows = drawn(SEED + 1);
  const figures = evaluate(rows, OPTIONS);
  const { threshold } = figures;
  const of = (...labels: string[]) => rows.filter(({ label }) => labels.includes(label));
  const below = (some: readonly LabelledScore[]) => some.filter(({ trustScore }) => trustScore < threshold);
  expect(below(of('honest')).length / of('honest').length).toBeLessThanOrEqual(0.01);
  expect(figures.honestRows).toBe(of('honest').length);
  expect(figures.attackRows).toBe(of('inflation', 'replay').length);
  const recalls = ['inflation', 'replay', 'drift'].map((kind) => below(of(kind)).length / of(kind).length);
  expect(figures.recallMeanOverKinds).toBeCloseTo(recalls.reduce((sum, each) => sum + each, 0) / 3, 12);
  expect(figures.recallRows.share).toBeCloseTo(below(of('inflation', 'replay')).length / figures.attackRows, 12);
  const kwh = (some: readonly LabelledScore[]) => some.reduce((sum, { overclaimedKwh }) => sum + overclaimedKwh, 0);
  const claimed = of('inflation', 'replay', 'drift');
  expect(figures.overclaimedPassing).toBeCloseTo(1 - kwh(below(claimed)) / kwh(claimed), 12);
  expect(figures.kinds.map(({ kind }) => kind).sort()).toEqual(['drift', 'forged', 'inflation', 'replay']);
  expect(figures.honestNotApproved.share).toBeCloseTo(
    of('honest').filter(({ trustScore }) => trustScore < 0.9).length / figures.honestRows,
    12,
  );
});

test('the curve rises from nothing to everything', () => {
  const { roc } = evaluate(drawn(SEED + 2), OPTIONS);
  expect(roc[0]).toEqual([0, 0]);
  expect(roc.at(-1)).toEqual([1, 1]);
  for (const [place, [falseAlarms, found]] of roc.entries()) {
    const [before = 0, foundBefore = 0] = roc[place - 1] ?? [];
    expect(falseAlarms).toBeGreaterThanOrEqual(before);
    expect(found).toBeGreaterThanOrEqual(foundBefore);
  }
});

test('a perfect and a blind verifier', () => {
  const rows = (attack: number): LabelledScore[] => [
    ...Array.from({ length: 50 }, () => ({ label: 'honest', trustScore: 0.95, overclaimedKwh: 0 })),
    ...Array.from({ length: 20 }, () => ({ label: 'replay', trustScore: attack, overclaimedKwh: 3 })),
  ];
  expect(evaluate(rows(0.2), OPTIONS)).toMatchObject({ auc: 1, recallMeanOverKinds: 1, overclaimedPassing: 0 });
  expect(evaluate(rows(0.95), OPTIONS)).toMatchObject({ auc: 0.5, recallMeanOverKinds: 0, overclaimedPassing: 1 });
});
