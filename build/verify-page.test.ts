import { expect, test } from 'vitest';
import { generateVerifyPage } from './verify-page.ts';

test('the page names nothing outside of itself', async () => {
  const page = await generateVerifyPage();
  const markup = page.replace(/<script>[\s\S]*<\/script>/, '');
  expect(markup).not.toMatch(/\b(?:src|href)=|url\(|@import/);
  expect(page).toContain("default-src 'none'");
  expect(page).not.toMatch(/\bfetch\(|XMLHttpRequest|WebSocket|sendBeacon|\beval\(|innerHTML/);
});
