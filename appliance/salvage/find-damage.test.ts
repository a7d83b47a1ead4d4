import { expect, test } from 'vitest';
import { isDamageFound } from './find-damage.ts';

test.each([
  ['an entry that was changed', 'LED_FSCK_ENTRY', true],
  ['a signature', 'LED_FSCK_CHECKPOINT', true],
  ['a row of a table, which is computed anew', 'LED_FSCK_PROJECTION', false],
  ['a false figure of a month, which a salvage would keep', 'LED_FSCK_MONTH', false],
  ['a false mint', 'LED_FSCK_MINT', false],
  ['a full disk', 'STO_FULL', false],
])('what a whole check found is damage to be saved from, or not: %s', (_, code, is) => {
  expect(isDamageFound(code)).toBe(is);
});
