import { expect, test } from 'vitest';
import { decimalOf, parseDecimal, toNumber, toText } from './decimal.ts';

test('a decimal is what its text writes, to the last digit', () => {
  const texts = { '0.010': '0.01', '-12': '-12', '1e-3': '0.001', '+2.5E2': '250', '12345678901234567.8': undefined };
  for (const [text, plain = text] of Object.entries(texts)) {
    expect(toText(parseDecimal(text) ?? { digits: 999n, places: 0 }), text).toBe(plain);
  }
});

test('every finite double is a decimal', () => {
  for (const value of [Number.MAX_VALUE, Number.MIN_VALUE, -Number.MAX_VALUE, 0, 1e21, 1e-7]) {
    expect(toNumber(decimalOf(value))).toBe(value);
  }
});

test('a short text with an exponent beyond every measure is none, and takes neither time nor memory', () => {
  expect(parseDecimal('1e400')?.digits.toString()).toHaveLength(401);
  expect(parseDecimal('1e-400')?.places).toBe(400);
  for (const exponent of [
    '401',
    '-401',
    '99999999',
    '-9999999',
    '9999999999',
    '9'.repeat(400),
    `-${'9'.repeat(400)}`,
  ]) {
    for (const digits of ['0', '1', '-0.5']) {
      expect(parseDecimal(`${digits}e${exponent}`), `${digits}e${exponent}`.slice(0, 40)).toBeUndefined();
    }
  }
});
