import { expect, test } from 'vitest';
import { formatBytes, formatNumber, formatShare, formatTrust } from './number.ts';

test('numbers carry the decimals asked for, and zero is 0', () => {
  expect(formatNumber(1842.46)).toBe('1,842');
  expect(formatNumber(1842.46, 1)).toBe('1,842.5');
  expect(formatNumber(0, 1)).toBe('0.0');
  expect(formatNumber(-0.01, 1)).toBe('0.0');
  expect(formatNumber(-12.3, 1)).toBe('-12.3');
});

test('a share is 100 % only when it is whole, and 0 % only when it is nothing', () => {
  expect(formatShare(1)).toBe('100 %');
  expect(formatShare(0.9999)).toBe('99 %');
  expect(formatShare(0.001)).toBe('< 1 %');
  expect(formatShare(0)).toBe('0 %');
});

test('a trust score is never rounded up over a threshold', () => {
  expect(formatTrust(0.8999)).toBe('0.89');
  expect(formatTrust(0.9)).toBe('0.90');
  expect(formatTrust(0.29)).toBe('0.29');
  expect(formatTrust(1)).toBe('1.00');
});

test('bytes in steps of a thousand', () => {
  expect(formatBytes(512)).toBe('512 B');
  expect(formatBytes(1_500_000)).toBe('1.5 MB');
  expect(formatBytes(234_000_000_000)).toBe('234 GB');
});
