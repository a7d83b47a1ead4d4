import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { freePort } from '../fixtures/free-port.ts';
import { findAccessibilityFaults, openBrowser, openPage, type WatchedPage } from './console-browser.ts';
import { takePicture } from './signed-in.ts';
import { StagedAppliance } from './staged-appliance.ts';

/** The console in states that a healthy plant does not show. */
let browser: Browser;
let staged: StagedAppliance;

beforeAll(async () => {
  browser = await openBrowser();
  staged = await StagedAppliance.start();
});

afterAll(async () => {
  await browser.close();
  await staged.stop();
});

beforeEach(() => {
  staged.stage = { meter: 'up', unit2: 'generating', disk: 'ok', signedIn: true, frozen: false, freshness: 'current' };
});

async function show(path: string, scheme: 'light' | 'dark' = 'light'): Promise<WatchedPage> {
  const watched = await openPage(browser, staged.url, scheme);
  await watched.page.goto(staged.url + path);
  return watched;
}

test('values that stop coming turn stale by icon and word, and are counted no more', async () => {
  const { page, context } = await show('/');
  await page.getByText('Plant running, 2 of 2 units generating.').waitFor();
  await page.getByText('of 4,000 kW rated').waitFor();
  staged.stage.frozen = true;
  await page.getByText('0 of 2 units measured').waitFor();
  await expect.poll(() => page.getByText(/^Stale, \d+ s$/).count()).toBeGreaterThanOrEqual(8);
  expect(await page.getByTestId('plant-power').textContent()).toContain('—');
  await context.close();
});

test('old readings are said to be old on the overview, at the unit and on a small screen', async () => {
  staged.stage.freshness = 'overdue';
  const { page, context } = await show('/', 'dark');
  await page.getByText(/^No new reading of Unit 1, Unit 2 since \d\d:\d\d$/).waitFor();
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${staged.url}/units/unit1`);
  await page.getByText(/^No new reading of Unit 1 since \d\d:\d\d$/).waitFor();
  const over = () => page.locator('html').evaluate((html) => html.scrollWidth - html.clientWidth);
  await expect.poll(over).toBe(0);
  expect(await findAccessibilityFaults(page)).toEqual([]);
  await takePicture(page, 'unit-old-390-dark');
  await context.close();
});

test('a device that is down says why, what to do, and asks for attention on the overview', async () => {
  Object.assign(staged.stage, { meter: 'down', unit2: 'tripped', disk: 'warn' });
  const { page, context } = await show('/');
  await page.getByText('Unit 2 has tripped.').waitFor();
  await page.getByText('Data incomplete, no contact with plc2').waitFor();
  await page.getByText('6 of 6 without a value: The device did not answer in time').waitFor();
  // Once for the card, and once more at most for what needs a person: never beside each of the six values.
  expect(await page.getByText('The device did not answer in time').count()).toBeLessThanOrEqual(2);
  expect(await findAccessibilityFaults(page)).toEqual([]);
  await page.getByRole('link', { name: 'Devices' }).click();
  await page.getByText('Check the power of the PLC and the network cable.').waitFor();
  await expect.poll(() => page.getByText('Write requests sent: 0').count()).toBe(3);
  await context.close();
});

test('a rejected reading shows its layers, its finding and what to do', async () => {
  const { page, context } = await show('/readings?status=REJECTED');
  await page.getByRole('row', { name: /Unit 2/ }).click();
  await page.getByText('Rejected: the checks contradict this reading.').waitFor();
  await page.getByText('Check the flow meter and the scale of its register').waitFor();
  await page.getByText('Turbidity was not measured in this interval.').waitFor();
  expect(await findAccessibilityFaults(page)).toEqual([]);
  await context.close();
});

test('on a small screen a finding stands below its reading, and nothing scrolls sideways', async () => {
  const { page, context } = await show('/readings?status=REJECTED');
  await page.setViewportSize({ width: 1024, height: 768 });
  await page.getByText('More power than the water can give').waitFor();
  for (const path of ['/readings', '/reviews', '/', '/units/unit1', '/devices', '/ledger']) {
    await page.goto(staged.url + path);
    await page.getByRole('table').first().waitFor();
    const overhangs = () =>
      page.locator('html, section:has(> table)').evaluateAll((elements) => {
        return elements.map((element) => element.scrollWidth - element.clientWidth);
      });
    // A chart takes its new width a moment after the page.
    await expect.poll(async () => Math.max(...(await overhangs())), { message: path }).toBe(0);
    expect((await overhangs()).length).toBeGreaterThan(1);
  }
  await context.close();
});

test('at 400 pixels no page scrolls sideways, and no layer of a verdict leaves its card', async () => {
  const { page, context } = await show('/devices');
  await page.setViewportSize({ width: 400, height: 800 });
  for (const path of ['/devices', '/', '/ledger']) {
    await page.goto(staged.url + path);
    await page.getByRole('table').first().waitFor();
    const over = () => page.locator('html').evaluate((html) => html.scrollWidth - html.clientWidth);
    await expect.poll(over, { message: path }).toBe(0);
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto(`${staged.url}/readings?status=REJECTED`);
  await page.getByRole('row', { name: /Unit 2/ }).click();
  const layers = page.locator('li', { has: page.getByText(/^weight /) });
  await layers.first().waitFor();
  const beyond = () => layers.evaluateAll((items) => items.map((item) => item.scrollWidth - item.clientWidth));
  await expect.poll(async () => Math.max(...(await beyond()))).toBe(0);
  await context.close();
});

test('units of energy, zone of times and theme are switched by the reader and remembered', async () => {
  const { page, context } = await show('/');
  await page.getByTestId('plant-power').waitFor();
  const energy = page.getByTitle('28,426,915 Wh');
  expect(await energy.textContent()).toBe('28,426.9 kWh');
  await page.getByRole('button', { name: 'Account and display' }).click();
  await page.getByText('MWh', { exact: true }).click();
  expect(await findAccessibilityFaults(page)).toEqual([]);
  await page.getByText('Dark', { exact: true }).click();
  await page.keyboard.press('Escape');
  await page.getByTitle('Show times in UTC').click();
  await page.reload();
  await page.getByTitle('Show times in the time of the plant').waitFor();
  expect(await energy.textContent()).toBe('28.427 MWh');
  expect(await page.locator('html').getAttribute('data-mantine-color-scheme')).toBe('dark');
  await context.close();
});

test('without a session there is the sign-in page, and a key opens the console', async () => {
  staged.stage.signedIn = false;
  const { page, context } = await show('/');
  const key = page.getByLabel('API key');
  await key.waitFor();
  expect(await findAccessibilityFaults(page)).toEqual([]);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('Paste the API key first.').waitFor();
  await key.fill('fbk_something');
  await key.press('Enter');
  await page.getByText('Plant running, 2 of 2 units generating.').waitFor();
  await context.close();
});

test('without the appliance values turn grey with the time of the last contact, and come back', async () => {
  const port = await freePort();
  const lost = await StagedAppliance.start(port);
  const { page, context } = await openPage(browser, lost.url, 'dark');
  await page.goto(lost.url);
  await page.getByText('of 4,000 kW rated').waitFor();
  await lost.stop();
  await page.getByText(/^No contact since \d\d:\d\d:\d\d$/).waitFor();
  await page.getByRole('alert').getByText('Values are the last ones known').waitFor();
  await expect.poll(() => page.getByText('Last known').count()).toBeGreaterThanOrEqual(8);
  await expect.poll(() => page.getByText('Live', { exact: true }).count()).toBe(0);
  expect(await findAccessibilityFaults(page)).toEqual([]);
  const back = await StagedAppliance.start(port);
  await page.getByText('Live', { exact: true }).waitFor();
  await page.getByText('of 4,000 kW rated').waitFor();
  await context.close();
  await back.stop();
});

test('a chart that could not be fetched while the appliance was away is drawn once it is back', async () => {
  const { page, context } = await openPage(browser, staged.url, 'light');
  let refusals = 0;
  await page.route('**/assets/trend-chart-*.js', async (route) => {
    refusals += 1;
    await (refusals === 1 ? route.abort('connectionrefused') : route.continue());
  });
  await page.goto(staged.url);
  await page.locator('canvas').first().waitFor();
  expect(refusals).toBeGreaterThan(1);
  await context.close();
});
