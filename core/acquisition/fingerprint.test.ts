import { expect, test } from 'vitest';
import { seededRandom } from '../model/random.ts';
import { fingerprintOf, measuresAreEqual } from './fingerprint.ts';
import type { Reading } from './reading.ts';

const SEED = 11;

function readingOf(values: readonly (number | undefined)[], spread = 0): Reading {
  const [powerKw, flowM3s, headM, gatePercent] = values.map((value) =>
    value === undefined ? undefined : { mean: value, min: value - spread, max: value + spread, coverage: 1 },
  );
  return { powerKw, flowM3s, headM, gatePercent } as unknown as Reading;
}

/** Whether three quantities of `value` and one of five digits are fine enough: each then has three digits at least. */
const digitsByText = (value: number): number => {
  const text = String(Math.abs(value));
  const start = text.search(/[1-9]/);
  return start < 0 ? 0 : text.length - start - (text.indexOf('.') > start ? 1 : 0);
};

test(`coarse values give no fingerprint, by the digits of their shortest text (seed ${SEED})`, () => {
  const random = seededRandom(SEED);
  let fine = 0;
  for (let round = 0; round < 4000; round += 1) {
    const values = Array.from({ length: 4 }, () => {
      const places = Math.floor(8 * random.next());
      return Number((random.next() * 10 ** Math.floor(5 * random.next())).toFixed(places));
    });
    const digits = values.map(digitsByText);
    const isFine =
      digits.filter((count) => count >= 3).length >= 3 && digits.reduce((sum, count) => sum + count, 0) >= 12;
    expect(fingerprintOf(readingOf(values)) !== undefined, values.join(' ')).toBe(isFine);
    if (isFine) fine += 1;
  }
  expect(fine).toBeGreaterThan(100);
  expect(fine).toBeLessThan(3900);
});

test('equal values give equal fingerprints, and the last digit of any of them changes it', () => {
  const values = [1512.4, 2.113, 95.21, 74.05];
  const fingerprint = fingerprintOf(readingOf(values));
  expect(fingerprintOf(readingOf(values))).toBe(fingerprint);
  for (const [place, value] of values.entries()) {
    const other = values.with(place, Number((value + 0.001).toFixed(4)));
    expect(fingerprintOf(readingOf(other))).not.toBe(fingerprint);
    expect(measuresAreEqual(readingOf(values), readingOf(other))).toBe(false);
  }
  expect(measuresAreEqual(readingOf(values), readingOf(values))).toBe(true);
});

test('values that move need no digits; nothing measured gives nothing', () => {
  expect(fingerprintOf(readingOf([1500, 2], 0.5))).toBeDefined();
  expect(fingerprintOf(readingOf([1500, 2]))).toBeUndefined();
  expect(fingerprintOf(readingOf([]))).toBeUndefined();
  expect(fingerprintOf(readingOf([0, 0, 0, 0]))).toBeUndefined();
});

test('zero has one form, so that a reading and its record give the same', () => {
  const [negative, positive] = [-0, 0].map((value) => fingerprintOf(readingOf([1512.4, 2.1131, 95.214, value])));
  expect(negative).toBe(positive);
  expect(negative).toBeDefined();
});
