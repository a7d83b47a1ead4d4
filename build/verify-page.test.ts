import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { generateVerifyPage, VERIFY_PAGE_PATH } from './verify-page.ts';

test('appliance/bundle/verify.html is what its sources give (else run node build/verify-page.ts)', async () => {
  expect(await readFile(VERIFY_PAGE_PATH, 'utf8')).toBe(await generateVerifyPage());
});

test('the page names nothing outside of itself', async () => {
  const page = await generateVerifyPage();
  const markup = page.replace(/<script>[\s\S]*<\/script>/, '');
  expect(markup).not.toMatch(/\b(?:src|href)=|url\(|@import/);
  expect(page).toContain("default-src 'none'");
  expect(page).not.toMatch(/\bfetch\(|XMLHttpRequest|WebSocket|sendBeacon|\beval\(|innerHTML/);
});
