import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findAccessibilityFaults, openBrowser, openPage, type WatchedPage } from './console-browser.ts';

/** The console on the real appliance with the simulated plant, as `npm start` shows it. */
const FOREBAY = fileURLToPath(new URL('../../appliance/forebay.mjs', import.meta.url));
/** The demo plant closes an interval every minute. */
const FIRST_READING_MS_MAX = 180_000;

let folder: string;
let appliance: ChildProcess;
let url: string;
let link: string;
let browser: Browser;
let watched: WatchedPage;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forebay-console-'));
  appliance = spawn(process.execPath, [FOREBAY, 'demo', '--data', folder, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const events = await readEvents(appliance, ['listening', 'sign-in']);
  url = events.listening ?? '';
  link = events['sign-in'] ?? '';
  browser = await openBrowser();
  watched = await openPage(browser, url, 'light');
});

afterAll(async () => {
  await browser?.close();
  if (appliance !== undefined && appliance.exitCode === null) {
    const ended = new Promise((resolve) => appliance.once('exit', resolve));
    appliance.kill('SIGTERM');
    await ended;
  }
  await rm(folder, { recursive: true, force: true });
});

/** The `url` of each of the events named, from the JSON lines the appliance prints. */
async function readEvents(child: ChildProcess, names: readonly string[]): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  if (child.stdout === null) throw new Error('the appliance has no standard output');
  for await (const line of createInterface({ input: child.stdout })) {
    const { event, url: address } = JSON.parse(line) as { event: string; url: string };
    found[event] = address;
    if (names.every((name) => name in found)) return found;
  }
  throw new Error(`the appliance ended before it printed ${names.join(' and ')}`);
}

test('the one-time link opens the overview with live values that move', async () => {
  const { page } = watched;
  await page.goto(link);
  await page.getByRole('heading', { level: 1 }).waitFor();
  expect(new URL(page.url()).pathname).toBe('/');
  await page.getByText('Simulated plant: demonstration data, never credited, and never anchored on mainnet').waitFor();
  await page.getByText('Live', { exact: true }).waitFor();
  const powers = page.locator('[data-testid$="/power"], [data-testid*="power"]');
  await powers.first().waitFor();
  const devices = await page.context().newPage();
  await devices.goto(`${url}/devices`);
  const table = devices.getByRole('table').first();
  await table.waitFor();
  const before = await table.textContent();
  await expect.poll(() => table.textContent(), { timeout: 60_000 }).not.toBe(before);
  expect(await devices.getByText('Write requests sent: 0').count()).toBeGreaterThan(0);
  await devices.close();
});

test('the link does not work twice', async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(link);
  await page.getByText('no longer valid').waitFor();
  await page.getByText('forebay -- signin --data').waitFor();
  await page.goto(url);
  await page.getByLabel('API key').waitFor();
  await context.close();
});

test('a reading appears with its verdict, opens, and its proof holds', async () => {
  const { page } = watched;
  await page.goto(`${url}/readings`);
  await page.locator('tr[data-status]').first().waitFor({ timeout: FIRST_READING_MS_MAX });
  await page.locator('tr[data-status] a').first().click();
  await page.getByText(/^(Approved|Flagged|Rejected): /).waitFor();
  await page.getByRole('button', { name: 'Check proof' }).click();
  await page.getByText('The proof holds.').waitFor();
  expect(await page.locator('li[data-outcome="holds"]').count()).toBe(4);
  await page.getByRole('button', { name: 'Show' }).click();
  await page.getByText('"kind":"reading"').waitFor();
});

const PRESSES_MAX = 12;

async function pressUntilFocused(page: Page, key: string, href: string): Promise<void> {
  for (let presses = 0; presses < PRESSES_MAX; presses++) {
    await page.keyboard.press(key);
    if ((await page.locator(':focus').getAttribute('href')) === href) return;
  }
  throw new Error(`${href} did not get the focus within ${PRESSES_MAX} presses of ${key}`);
}

test('the keyboard alone reaches a page and comes back', async () => {
  const { page } = watched;
  await page.goto(url);
  await page.getByRole('link', { name: 'Overview' }).waitFor();
  await page.keyboard.press('Tab');
  expect(await page.locator(':focus').textContent()).toBe('Skip to the content');
  await pressUntilFocused(page, 'Tab', '/ledger');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Ledger', level: 1 }).waitFor();
  await pressUntilFocused(page, 'Shift+Tab', '/');
  await page.keyboard.press('Enter');
  await page.getByTestId('plant-power').waitFor();
});

for (const scheme of ['light', 'dark'] as const) {
  test(`every page is accessible in the ${scheme} theme`, async () => {
    const { page } = watched;
    await page.emulateMedia({ colorScheme: scheme });
    await page.goto(`${url}/readings`);
    const reading = await page.locator('tr[data-status] a').first().getAttribute('href');
    await page.goto(url);
    const unit = await page.locator('a[href^="/units/"]').first().getAttribute('href');
    const paths = ['/', '/readings', '/reviews', '/devices', '/ledger', reading, unit];
    let checked = 0;
    for (const path of paths) {
      await page.goto(url + path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.getByText('Live', { exact: true }).waitFor();
      expect(await findAccessibilityFaults(page)).toEqual([]);
      checked += 1;
    }
    expect(checked).toBe(7);
  });
}

test('nothing complained, and nobody but the appliance was asked', () => {
  expect(watched.complaints).toEqual([]);
});
