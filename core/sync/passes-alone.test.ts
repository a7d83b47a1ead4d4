import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { passesAlone } from './passes-alone.ts';

test('what is said to pass by itself is a fault that the documentation knows', () => {
  const source = readFileSync(new URL('./passes-alone.ts', import.meta.url), 'utf8');
  const codes = [...source.matchAll(/'(SYN_[A-Z_]+)'/g)].map(([, code = '']) => code);
  const documented = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
  expect(codes.length).toBeGreaterThan(10);
  expect(codes.filter((code) => !documented.includes(`\n## ${code}\n`))).toEqual([]);
});

test.each([
  'SYN_FILE_ABSENT',
  'SYN_HUB_TOKEN',
  'SYN_HEDERA_BALANCE_EMPTY',
  'SYN_WEB_PORTAL',
  'LED_FSCK_ENTRY',
  'SYN_X',
])('%s waits for a person', (code) => expect(passesAlone(code)).toBe(false));

test('a link that is away passes by itself', () => {
  expect(passesAlone('SYN_WEB_UNREACHABLE')).toBe(true);
});
