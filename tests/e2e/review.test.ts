import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ApiRole } from '../../core/store/api-keys.ts';
import { startTestApi, type TestApi } from '../fixtures/api.ts';
import { FLAG, judgedReading, PHYSICS_VETO } from '../fixtures/judged-reading.ts';
import { findAccessibilityFaults, openBrowser, type WatchedPage } from './console-browser.ts';
import { openSignedIn } from './signed-in.ts';

/** Reviewing in the browser, on the real API over a real ledger. */
const CONSOLE = fileURLToPath(new URL('../../renderer/dist', import.meta.url));
/** Of unit 1, whose readings are every fourth. */
const FLAGGED_N = 400;
const REJECTED_N = 404;
const FLAGGED_ENERGY = '150,400 Wh';

let browser: Browser;
let api: TestApi;
let flagged: number;
let rejected: number;
const opened: WatchedPage[] = [];

beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

beforeEach(async () => {
  api = await startTestApi({ consoleFolder: CONSOLE });
  const approved = Array.from({ length: 30 }, (_, k) => judgedReading(280 + 4 * k, { status: 'APPROVED' }));
  const indexes = api.record([
    ...approved,
    judgedReading(FLAGGED_N, { status: 'FLAGGED', finding: FLAG }),
    judgedReading(REJECTED_N, { status: 'REJECTED', finding: PHYSICS_VETO }),
  ]);
  [flagged = -1, rejected = -1] = indexes.slice(-2);
});
afterEach(async () => {
  const complaints = opened.flatMap((watched) => watched.complaints);
  for (const { context } of opened.splice(0)) await context.close();
  await api.stop();
  // The one thing that the browser itself complains of is an answer that refuses, where a test asks for one.
  expect(complaints.filter((text) => !/status of 409/.test(text))).toEqual([]);
});

async function signIn(role: ApiRole, path: string, scheme: 'light' | 'dark' = 'light'): Promise<Page> {
  const watched = await openSignedIn(browser, api, { role, path, scheme });
  opened.push(watched);
  return watched.page;
}

test('a flagged reading is approved by an operator, and its energy becomes credited in every window', async () => {
  const page = await signIn('operator', '/reviews');
  await page.getByRole('heading', { name: 'To review', level: 1 }).waitFor();
  await page.getByText('2 readings wait for a person').waitFor({ state: 'attached' });
  await expect.poll(() => page.locator('tr[data-status]').count()).toBe(2);
  const other = await signIn('viewer', `/readings/${flagged}`, 'dark');
  await other.getByText('You may look. An operator, an engineer or an admin decides.').waitFor();

  await page.locator('tr[data-status="FLAGGED"] a').press('Enter');
  await page.getByText('Flagged: credited once a person has approved it.').waitFor();
  const credited = () => page.getByTestId('credited').locator('span').getAttribute('title');
  expect(await credited()).toBe('0 Wh');
  await page.getByRole('button', { name: 'Record the decision' }).click();
  await page.getByText('Choose one of the two.').waitFor();
  await page.getByText('Say why.').waitFor();
  await page.getByLabel('Approve: the energy is real').check();
  await page.getByLabel('Reason').fill('The gate log shows the load change');
  await page.getByRole('button', { name: 'Record the decision' }).press('Enter');
  await page.getByText('Approved by a operator.').waitFor();
  await page.getByText('The gate log shows the load change').waitFor();
  await expect.poll(credited).toBe(FLAGGED_ENERGY);
  await other.getByText('Approved by a operator.').waitFor();
  await page.getByText('1 reading waits for a person').waitFor({ state: 'attached' });

  await page.goto(`${api.url}/reviews?state=decided`);
  await page.getByText('a operator approved').waitFor();
  await page.goto(`${api.url}/ledger`);
  await page.getByText(`Unit 1: a operator approved reading ${flagged}`).waitFor();
});

test('a veto of physics takes two engineers, and the page says what is missing', async () => {
  const operator = await signIn('operator', `/readings/${rejected}`);
  await operator.getByLabel('Reject: do not credit it').waitFor();
  expect(await operator.getByLabel('Approve: the energy is real').count()).toBe(0);
  const engineer = await signIn('engineer', `/readings/${rejected}`);
  await engineer.getByText('credited only if two engineers approve it').waitFor();
  await engineer.getByLabel('Approve: the energy is real').check();
  await engineer.getByLabel('Reason').fill('The flow meter was frozen; the register was photographed');
  await engineer.getByRole('button', { name: 'Record the decision' }).click();
  await engineer.getByText('Approved by a engineer: a second person must agree.').waitFor();
  const admin = await signIn('admin', '/reviews');
  await admin.locator('tr[data-status="REJECTED"]').getByText('a engineer approved').waitFor();
  await admin.locator('tr[data-status="REJECTED"] a').click();
  await admin.getByLabel('Approve: the energy is real').check();
  await admin.getByLabel('Reason').fill('I saw the photograph');
  await admin.getByRole('button', { name: 'Record the decision' }).click();
  await admin.getByText('Approved by a engineer and a admin.').waitFor();
});

test('who decides on what another one has just decided is shown it first', async () => {
  const page = await signIn('operator', `/readings/${flagged}`);
  await page.getByLabel('Reject: do not credit it').check();
  await page.getByLabel('Reason').fill('It looks wrong');
  await page.route('**/api/v1/stream', (route) => route.abort());
  // The other one's decision comes between this page and its button.
  await page.route(`**/readings/${flagged}/review`, async (route) => {
    const body = { decision: 'approve', reason: 'I was there' };
    const path = `/api/v1/readings/${flagged}/review`;
    if (route.request().postDataJSON().decision === 'reject') {
      expect((await api.call(path, { as: 'engineer', method: 'POST', body })).ok).toBe(true);
    }
    await route.continue();
  });
  await page.getByRole('button', { name: 'Record the decision' }).click();
  await page.getByRole('alert').getByText('was reviewed meanwhile: a engineer decided to approve').waitFor();
  await page.getByText('I was there').waitFor();
  await page.getByText('Approved by a engineer.').waitFor();
  expect(await page.getByText('a operator rejected').count()).toBe(0);
  expect(await page.getByLabel('Reason').inputValue()).toBe('It looks wrong');
  await page.unroute(`**/readings/${flagged}/review`);
  await page.getByRole('button', { name: 'Record the decision' }).click();
  await page.getByText('a operator rejected').waitFor();
  await page.getByText('Rejected by a operator.').waitFor();
});

test('the plot says in words where the power lies, and a queue without readings says so', async () => {
  const page = await signIn('engineer', `/readings/${flagged}`);
  await page.getByText(/^This reading: [\d,]+ kW, expected [\d,]+ kW, within the band/).waitFor();
  await page.locator('canvas').first().waitFor();
  for (const index of [flagged, rejected]) {
    const body = { decision: 'reject', reason: 'The unit was out for maintenance' };
    const answer = await api.call(`/api/v1/readings/${index}/review`, { as: 'operator', method: 'POST', body });
    expect(answer.ok).toBe(true);
  }
  await page.goto(`${api.url}/reviews`);
  await page.getByText('No reading waits for a person.').waitFor();
  await expect.poll(() => page.getByText('readings wait for a person').count()).toBe(0);
});

test('a failed list says what went wrong and can be asked again', async () => {
  const page = await signIn('viewer', '/ledger');
  const problem = {
    type: 'about:blank',
    title: 'x',
    status: 400,
    detail: 'Not now.',
    code: 'API_TEST',
    requestId: 'r',
  };
  await page.route('**/api/v1/reviews?**', (route) =>
    route.fulfill({ status: 409, contentType: 'application/problem+json', body: JSON.stringify(problem) }),
  );
  await page.goto(`${api.url}/reviews`);
  await page.getByRole('alert').getByText('Not now.').waitFor();
  await page.unroute('**/api/v1/reviews?**');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.locator('tr[data-status="FLAGGED"]').waitFor();
});

for (const scheme of ['light', 'dark'] as const) {
  test(`the queue and the form are accessible in the ${scheme} theme`, async () => {
    const page = await signIn('engineer', '/reviews', scheme);
    await page.locator('tr[data-status]').first().waitFor();
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await page.goto(`${api.url}/readings/${rejected}`);
    await page.locator('canvas').first().waitFor();
    await page.getByRole('button', { name: 'Record the decision' }).click();
    await page.getByText('Say why.').waitFor();
    expect(await findAccessibilityFaults(page)).toEqual([]);
  });
}
