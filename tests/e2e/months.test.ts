import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { monthActions } from '../../appliance/month/month-actions.ts';
import { localMonthSpan } from '../../core/model/local-time.ts';
import type { ApiRole } from '../../core/store/api-keys.ts';
import { monthCloses } from '../../core/store/months.ts';
import { startTestApi, type TestApi } from '../fixtures/api.ts';
import { INTERVAL_MS, MonthPlant } from '../fixtures/month-plant.ts';
import { findAccessibilityFaults, openBrowser, type WatchedPage } from './console-browser.ts';
import { openSignedIn, takePicture } from './signed-in.ts';

/** The pages of months in the browser, on the real API over a real ledger of two months. */
const CONSOLE = fileURLToPath(new URL('../../renderer/dist', import.meta.url));
const OVERFLOW = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';

let browser: Browser;
let api: TestApi;
let plant: MonthPlant;
const opened: WatchedPage[] = [];

beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

beforeEach(async () => {
  plant = new MonthPlant();
  const startMs = Date.parse('2026-09-14T03:45:00Z');
  plant.fill('2026-09', (_, fromMs) => (fromMs < startMs ? 'none' : {}));
  const flaggedMs = (Math.floor(localMonthSpan('2026-10', plant.timezone).fromMs / INTERVAL_MS) + 9) * INTERVAL_MS;
  plant.fill('2026-10', (unitId, fromMs) => (unitId === 'unit1' && fromMs === flaggedMs ? { status: 'FLAGGED' } : {}));
  plant.gap(flaggedMs, flaggedMs + 600_000, 'not-credited');
  const { config, store, record, nowMs } = plant.parts;
  api = await startTestApi({
    consoleFolder: CONSOLE,
    months: monthActions({ config, store, record, clock: { wallMs: nowMs } }),
  });
});
afterEach(async () => {
  const complaints = opened.flatMap((watched) => watched.complaints);
  for (const { context } of opened.splice(0)) await context.close();
  await api.stop();
  plant.stop();
  expect(complaints).toEqual([]);
});

async function signIn(role: ApiRole, path: string, scheme: 'light' | 'dark' = 'light'): Promise<Page> {
  const watched = await openSignedIn(browser, api, { role, path, scheme });
  opened.push(watched);
  return watched.page;
}

test('an operator sees what stands in the way, closes one month after the other, and sees what came later', async () => {
  const page = await signIn('operator', '/');
  await page.getByRole('link', { name: 'Months' }).click();
  expect(await page.locator('tr[data-month="2026-09"] [data-cover]').textContent()).toBe('55 %');
  await takePicture(page, 'months');
  await page.locator('tr[data-month="2026-09"]').getByRole('link').click();
  await page.locator('[data-missing="before-first"]').first().waitFor();
  expect(await page.locator('[data-missing]').allTextContents()).toEqual([
    'No readings of unit1, unit2 before Mon, 14 Sept 2026, 11:30:00 IST; that time counts nothing.',
  ]);
  await page.getByRole('button', { name: 'Close the month' }).click();
  await page.getByRole('dialog').getByText('Readings cover 55 % of the month.').waitFor();
  await takePicture(page, 'month-in-part');
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).last().click();
  await page.getByRole('link', { name: 'All months' }).click();
  await page.locator('tr[data-month="2026-10"][data-state="open"]').getByRole('link').click();
  await page.locator('[data-code="CAR_MONTH_ORDER"]').waitFor();
  expect(
    await page.locator('[data-code]').evaluateAll((items) => items.map((item) => item.getAttribute('data-code'))),
  ).toEqual(['CAR_MONTH_ORDER', 'CAR_MONTH_WAITING', 'CAR_MONTH_GAPS']);
  expect(await page.getByRole('button', { name: 'Close the month' }).count()).toBe(0);
  expect(await findAccessibilityFaults(page)).toEqual([]);
  await takePicture(page, 'month-in-the-way');

  await plant.close('2026-09');
  await page.reload();
  await page.getByRole('button', { name: 'Close the month' }).click();
  const dialog = page.getByRole('dialog');
  const send = dialog.getByRole('button', { name: 'Close the month' });
  await dialog.getByLabel('Type 2026-10 to confirm').fill('2026-10');
  expect(await send.isDisabled()).toBe(true);
  await dialog.getByLabel('Leave what was not seen without credit').check();
  await dialog.getByLabel('Leave flagged readings without credit').check();
  await takePicture(page, 'month-close');
  await send.click();
  await page.getByText('As closed by a operator').waitFor();
  const [, close] = monthCloses(plant.store);
  expect(close?.body).toMatchObject({
    month: '2026-10',
    by: 'a operator',
    left: ['CAR_MONTH_GAPS', 'CAR_MONTH_WAITING'],
  });
  expect(await page.locator('[data-claim]').getAttribute('data-claim')).toBe(String(close?.body.creditedNetWh));

  const index = plant.store.get<{ idx: number }>("SELECT idx FROM readings WHERE status = 'FLAGGED'")?.idx ?? -1;
  plant.review(index, 'approve');
  await page.reload();
  await page.getByText('kWh more may be claimed than was closed').waitFor();
  const changed = page.locator('table').filter({ hasText: 'Energy credited' });
  expect(await changed.getByText(/[a-z]{2}(Wh|Ms)$/).count()).toBe(0);
  await expect.poll(() => page.getByText('an engineer can correct one').count()).toBe(1);
  await takePicture(page, 'month-changed');
});

test('an engineer corrects a closed month with a reason, and a viewer only looks', async () => {
  await plant.close('2026-09');
  await plant.close('2026-10', { leave: ['gaps', 'flagged'] });
  plant.review(
    plant.store.get<{ idx: number }>("SELECT idx FROM readings WHERE status = 'FLAGGED'")?.idx ?? -1,
    'approve',
  );
  const viewer = await signIn('viewer', '/months');
  await viewer.locator('tr[data-month="2026-10"]').getByText('1 review').waitFor();
  await viewer.setViewportSize({ width: 390, height: 800 });
  await expect.poll(() => viewer.evaluate(OVERFLOW)).toBe(0);
  await takePicture(viewer, 'months-390');

  const page = await signIn('engineer', '/months/2026-10', 'dark');
  await page.getByRole('button', { name: 'Correct the month' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Leave what was not seen without credit').check();
  await dialog.getByLabel('What came to light').fill('The log shows that the unit ran');
  await dialog.getByLabel('Type 2026-10 to confirm').fill('2026-10');
  await dialog.getByRole('button', { name: 'Correct the month' }).click();
  await page.getByText('The log shows that the unit ran').first().waitFor();
  await page.getByText('there is nothing to correct').waitFor();
  expect(await findAccessibilityFaults(page)).toEqual([]);
  await takePicture(page, 'month-corrected-dark');
});
