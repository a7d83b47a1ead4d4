import { expect, test } from 'vitest';
import { seededRandom } from '../../model/random.ts';
import type { Residuals } from './residuals.ts';
import { BinWindow, binOf, binsOf, stabilityIndex, staleSentence } from './stability.ts';

const SEED = 61;

function residuals(count: number, seed: number, shift = 0): Residuals[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const sigmas = Array.from({ length: 12 }, () => random.next()).reduce((sum, each) => sum + each, -6) + shift;
    return { powerByGate: { share: 0.01 * sigmas, spread: 0.01 } };
  });
}

/** The index of `recent` residuals against `learned` ones. */
function indexOf(learned: readonly Residuals[], recent: readonly Residuals[]): number | undefined {
  const bins = binsOf(learned).powerByGate;
  const window = new BinWindow(recent.length);
  for (const { powerByGate } of recent) {
    window.push(
      powerByGate === undefined ? undefined : binOf(bins?.edges ?? [], powerByGate.share / powerByGate.spread),
    );
  }
  return stabilityIndex(bins?.counts ?? [], window.counts);
}

test(`is small for the same distribution and large for one that moved or widened (seed ${SEED})`, () => {
  const learned = residuals(3000, SEED);
  expect(indexOf(learned, learned)).toBeCloseTo(0, 12);
  expect(indexOf(learned, residuals(2000, SEED + 1))).toBeLessThan(0.05);
  expect(indexOf(learned, residuals(2000, SEED + 2, 0.3))).toBeGreaterThan(0.05);
  expect(indexOf(learned, residuals(2000, SEED + 3, 1))).toBeGreaterThan(0.5);
  const wide = residuals(2000, SEED + 4).map(({ powerByGate }) => ({
    powerByGate: { share: 3 * (powerByGate?.share ?? 0), spread: 0.01 },
  }));
  expect(indexOf(learned, wide)).toBeGreaterThan(0.5);
});

test('the index is the sum over the bins that the literature gives', () => {
  const [expected, actual] = [
    [100, 200, 300],
    [300, 200, 100],
  ];
  const term = (was: number, is: number): number => (is - was) * Math.log(is / was);
  expect(stabilityIndex(expected ?? [], actual ?? [])).toBeCloseTo(2 * term(1 / 6, 1 / 2), 12);
});

test('says nothing of a day or less', () => {
  const learned = residuals(3000, SEED);
  expect(indexOf(learned, residuals(287, SEED + 5, 3))).toBeUndefined();
  expect(binsOf(residuals(287, SEED))).toEqual({});
  expect(stabilityIndex([], [])).toBeUndefined();
});

test('a window counts its last readings, those without a residual among them', () => {
  const window = new BinWindow(3);
  for (const bin of [4, 4, undefined, 9]) window.push(bin);
  expect([window.counts[4], window.counts[9]]).toEqual([1, 1]);
  window.push(undefined);
  window.push(undefined);
  expect(window.counts.reduce((sum, count) => sum + count, 0)).toBe(1);
});

test('the sentence has the numbers, and none is said without a reason', () => {
  expect(staleSentence([])).toBeUndefined();
  expect(staleSentence([{ relation: 'powerByGate', psi: 2.978, share: 0.0116 }])).toBe(
    'Against its model, on the average of the last week, power for the gate is 1.2 % above (stability index 2.98, another distribution from 0.25 on).',
  );
});
