import { mkdirSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { ApiRole } from '../../core/store/api-keys.ts';
import type { TestApi } from '../fixtures/api.ts';
import { openPage, type WatchedPage } from './console-browser.ts';

interface Where {
  readonly role: ApiRole;
  readonly path: string;
  readonly scheme: 'light' | 'dark';
}

/** A window of the console at `path`, signed in with the key of the role. */
export async function openSignedIn(
  browser: Browser,
  api: Pick<TestApi, 'url' | 'keys'>,
  { role, path, scheme }: Where,
): Promise<WatchedPage> {
  const watched = await openPage(browser, api.url, scheme);
  const signedIn = await watched.context.request.post(`${api.url}/api/v1/session`, {
    data: { apiKey: api.keys[role].key },
    headers: { origin: api.url },
  });
  expect(signedIn.status()).toBe(200);
  await watched.page.goto(api.url + path);
  return watched;
}

/** For a person to look at, where `FOREBAY_PICTURES` names a folder. */
export async function takePicture(page: Page, name: string): Promise<void> {
  const folder = process.env.FOREBAY_PICTURES;
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}
