import { expect, it } from 'vitest';
import { FALLBACK_POLICY, withPolicy } from './guard-session.ts';

it('adds a content policy only where there is none', () => {
  expect(withPolicy({ 'content-type': ['text/html'] })).toEqual({
    'content-type': ['text/html'],
    'Content-Security-Policy': [FALLBACK_POLICY],
  });
  const own = { 'content-security-policy': ["default-src 'none'"] };
  expect(withPolicy(own)).toBe(own);
});

it('allows no inline or foreign script', () => {
  expect(FALLBACK_POLICY).toContain("default-src 'self'");
  expect(FALLBACK_POLICY).not.toMatch(/script-src|unsafe-eval|\*/);
});
