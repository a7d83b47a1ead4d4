import { expect, test } from 'vitest';
import { mayPass, retryAfterMs, statusFault } from './web-status.ts';

const NOW_MS = Date.UTC(2026, 10, 26, 8);

test.each([
  [400, 'SYN_WEB_STATUS', false],
  [401, 'SYN_WEB_UNAUTHORIZED', false],
  [403, 'SYN_WEB_FORBIDDEN', false],
  [404, 'SYN_WEB_NOT_FOUND', false],
  [408, 'SYN_WEB_SERVER_FAULT', true],
  [409, 'SYN_WEB_STATUS', false],
  [413, 'SYN_WEB_TOO_LONG', false],
  [429, 'SYN_WEB_TOO_MANY', true],
  [500, 'SYN_WEB_SERVER_FAULT', true],
  [503, 'SYN_WEB_SERVER_FAULT', true],
])('says what status %i means', (status, code, passes) => {
  const fault = statusFault({ status }, 'hub.example');
  expect(fault.code).toBe(code);
  expect(fault.message).toMatch(new RegExp(`^The server hub\\.example .*status ${status}\\)\\.$`));
  expect(mayPass({ status })).toBe(passes);
});

test.each([
  ['120', 120_000],
  ['0', 0],
  ['999999', 3_600_000],
  ['Thu, 26 Nov 2026 08:01:00 GMT', 60_000],
  ['Thu, 26 Nov 2026 07:59:00 GMT', 0],
  ['soon', undefined],
  ['-5', undefined],
])('leaves a server alone that says "Retry-After: %s"', (text, delayMs) => {
  expect(retryAfterMs({ headers: { 'retry-after': text } }, NOW_MS)).toBe(delayMs);
});

test('waits for nobody who names no time', () => {
  expect(retryAfterMs({ headers: {} }, NOW_MS)).toBeUndefined();
});
