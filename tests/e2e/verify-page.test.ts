import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EvidencePlant, openEvidencePlant } from '../fixtures/evidence-plant.ts';
import { findAccessibilityFaults, openBrowser, openPage, type WatchedPage } from './console-browser.ts';

/** The page as it is shipped, opened from the disk in a browser without a network. */
const PAGE = fileURLToPath(new URL('../../appliance/bundle/verify.html', import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'forebay-verify-page-'));
let plant: EvidencePlant;
let good: string;
let browser: Browser;
let watched: WatchedPage;

beforeAll(async () => {
  plant = openEvidencePlant(folder, 5);
  good = (await plant.bundle('good.zip', { verifyPage: readFileSync(PAGE, 'utf8') })).path;
  browser = await openBrowser();
  watched = await openPage(browser, pathToFileURL(PAGE).href, 'light');
  await watched.context.setOffline(true);
});

afterAll(async () => {
  await browser?.close();
  plant?.store.close();
  rmSync(folder, { recursive: true, force: true });
});

async function check(page: Page, path: string, key = ''): Promise<string> {
  await page.goto(pathToFileURL(PAGE).href);
  await page.getByLabel('Verifier key').fill(key);
  await page.getByLabel('The bundle, a ZIP file').setInputFiles(path);
  await page.getByRole('button', { name: 'Check the bundle' }).click();
  const result = page.getByRole('region', { name: 'Result' });
  await result.waitFor();
  return await result.innerText();
}

test('a good bundle with the key noted at the plant is valid, offline, and says what was checked', async () => {
  const { page, complaints } = watched;
  const text = await check(page, good, plant.key.verifierKey);
  expect(text).toMatch(/^Valid\n/);
  expect(text).toContain('72');
  expect(text).toContain('signatures of readings by the device key');
  expect(text).toMatch(/The target file gave \d+ receipts, for 88 of the 88 entries/);
  await page.setViewportSize({ width: 1000, height: 800 });
  const figures = page.getByRole('region', { name: 'Figures' });
  expect(await figures.evaluate((box) => box.scrollWidth - box.clientWidth)).toBe(0);
  expect(await findAccessibilityFaults(page)).toEqual([]);
  expect(complaints).toEqual([]);
  const shots = process.env.FOREBAY_SHOTS;
  if (shots !== undefined) await page.screenshot({ path: join(shots, 'verify-valid.png'), fullPage: true });
});

test('without a key the page does not say valid, and a foreign key is refused', async () => {
  const { page } = watched;
  expect(await check(page, good)).toMatch(/^Consistent in itself; whose it is was not checked/);
  const foreign = 'forebay/HP-001/56475aa7+56475aa7+AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAh';
  expect(await check(page, good, foreign)).toMatch(/^Not valid/);
});

test.each([
  ['a byte of the entries changed', (bytes: Buffer) => bytes.writeUInt8((bytes[400] ?? 0) ^ 1, 400), 'entries.ndjson'],
  ['a byte of a header changed', (bytes: Buffer) => bytes.writeUInt8(0x22, 12), 'byte 12'],
] as const)('%s: refused with its place, and readable to everybody', async (_, change, place) => {
  const { page } = watched;
  const bytes = Buffer.from(readFileSync(good));
  change(bytes);
  const path = join(folder, 'changed.zip');
  writeFileSync(path, bytes);
  const text = await check(page, path, plant.key.verifierKey);
  expect(text).toMatch(/^Not valid: do not rely on this bundle/);
  expect(text).toContain(place);
  expect(await findAccessibilityFaults(page)).toEqual([]);
});

test('the keyboard alone does it, and a dropped file is checked at once', async () => {
  const { page } = watched;
  await page.goto(pathToFileURL(PAGE).href);
  await page.getByLabel('The bundle, a ZIP file').setInputFiles(good);
  await page.getByLabel('The bundle, a ZIP file').focus();
  for (let i = 0; i < 3; i++) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Consistent in itself' }).waitFor();
  expect(await page.locator(':focus').getAttribute('id')).toBe('result');
  await page.goto(pathToFileURL(PAGE).href);
  const base64 = readFileSync(good).toString('base64');
  await page.evaluate(`{
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(atob('${base64}'), (letter) => letter.charCodeAt(0))], 'dropped.zip'));
    document.dispatchEvent(new DragEvent('drop', { dataTransfer: data }));
  }`);
  await page.getByText('dropped.zip is the evidence').waitFor();
});

test('in the dark it can be read as well', async () => {
  const dark = await openPage(browser, pathToFileURL(PAGE).href, 'dark');
  await check(dark.page, good);
  expect(await findAccessibilityFaults(dark.page)).toEqual([]);
  expect(dark.complaints).toEqual([]);
  await dark.context.close();
});
