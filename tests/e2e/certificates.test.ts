import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { MintBook } from '../../appliance/tokens/mint-book.ts';
import { planStandings } from '../../appliance/tokens/plan-states.ts';
import { tokenSetupOf } from '../../appliance/tokens/token-setup.ts';
import { present } from '../../core/model/assert.ts';
import type { ApiRole } from '../../core/store/api-keys.ts';
import { openStore } from '../../core/store/open-store.ts';
import { startTestApi, type TestApi } from '../fixtures/api.ts';
import { MintingLedger, mintingConfig } from '../fixtures/minting-ledger.ts';
import { findAccessibilityFaults, openBrowser, type WatchedPage } from './console-browser.ts';
import { openSignedIn, takePicture } from './signed-in.ts';

/** The page of certificates in the browser, on the real API over a real ledger; what is minted is made up. */
const CONSOLE = fileURLToPath(new URL('../../renderer/dist', import.meta.url));
const CONFIG = mintingConfig({ network: 'testnet', operatorId: '0.0.1001', operatorKeyFile: 'hedera.key' }, {});
/** The names of pages in the bar at the foot that reach into the next one. */
const NAMES_THAT_MEET = `(() => {
  const boxes = [...document.querySelectorAll('nav > ul > li span')].filter((name) => name.checkVisibility()).map((name) => {
    const range = document.createRange();
    range.selectNodeContents(name);
    return { text: name.textContent, ...range.getBoundingClientRect().toJSON() };
  });
  return boxes.filter(({ right }, n) => right > (boxes[n + 1]?.left ?? innerWidth)).map(({ text }) => text);
})()`;
const OVERFLOW = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';

let browser: Browser;
let api: TestApi;
let ledger: MintingLedger;
const opened: WatchedPage[] = [];

beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

beforeEach(async () => {
  ledger = new MintingLedger(openStore(':memory:', { access: 'write' }));
  ledger.close('2026-08', 25_400_000);
  ledger.attest('testnet');
  api = await startTestApi({ consoleFolder: CONSOLE, tokens: ledger.actions(CONFIG) });
});
afterEach(async () => {
  const complaints = opened.flatMap((watched) => watched.complaints);
  for (const { context } of opened.splice(0)) await context.close();
  await api.stop();
  ledger.store.close();
  // A refusal is told as one, and the browser says so too.
  expect(complaints.filter((line) => !line.includes('the server responded with a status of 4'))).toEqual([]);
});

async function signIn(role: ApiRole, path: string, scheme: 'light' | 'dark' = 'light'): Promise<Page> {
  const watched = await openSignedIn(browser, api, { role, path, scheme });
  opened.push(watched);
  return watched.page;
}

function mintAll(): void {
  const records = new MintBook(ledger.store).read();
  const [standing] = planStandings(records, present(tokenSetupOf(CONFIG), 'the setup'));
  const { plan } = present(standing, 'the plan');
  const numbers = Array.from({ length: 25 }, (_, n) => n + 1);
  for (const from of [0, 10, 20]) {
    ledger.mint(
      { ...plan, mintedUnits: from },
      numbers.slice(from, from + 10),
      `0.0.1001@1789999990.00000000${from / 10}`,
    );
  }
}

test('one person proposes, another approves, and what is minted stands there with its link', async () => {
  const first = await signIn('engineer', '/');
  await first.getByRole('link', { name: 'Certificates' }).click();
  const month = first.locator('tr[data-month="2026-08"]');
  await month.getByRole('button', { name: 'Propose' }).click();
  const dialog = first.getByRole('dialog');
  await dialog.getByText('It costs about 1.50 USD').waitFor();
  await dialog.getByRole('button', { name: 'Propose' }).click();
  await first.getByText('You have approved this. A different person is needed.').waitFor();
  expect(await first.getByRole('button', { name: 'Approve and mint' }).count()).toBe(0);
  expect(await findAccessibilityFaults(first)).toEqual([]);
  await takePicture(first, 'certificates-proposed');

  const second = await signIn('admin', '/certificates', 'dark');
  await second.getByRole('button', { name: 'Approve and mint' }).click();
  await second.getByRole('dialog').getByText('This cannot be taken back').waitFor();
  await second.getByRole('dialog').getByRole('button', { name: 'Approve and mint' }).click();
  const approved = second.locator('[data-plan][data-state="approved"]');
  await approved.getByText('0 of 25 minted').waitFor();
  await second.getByRole('heading', { name: 'Approved, being minted' }).waitFor();
  expect(await second.getByRole('heading', { name: 'Waits for a second person' }).count()).toBe(0);

  mintAll();
  await second.reload();
  await second.locator('tr[data-mint]').first().getByText('serials 21 to 25').waitFor();
  expect(await second.locator('tr[data-mint]').first().getByRole('link').getAttribute('href')).toBe(
    'https://hashscan.io/testnet/transaction/0.0.1001@1789999990.000000002',
  );
  await second.getByText('25 of at most 1,000 minted').waitFor();
  expect(await findAccessibilityFaults(second)).toEqual([]);
  await takePicture(second, 'certificates-minted-dark');
  await second.setViewportSize({ width: 390, height: 800 });
  await expect.poll(() => second.evaluate(OVERFLOW)).toBe(0);
  await expect.poll(() => second.evaluate(NAMES_THAT_MEET)).toEqual([]);
  await takePicture(second, 'certificates-390');
});

test('a viewer only looks, and a month that is not attested says so', async () => {
  ledger.close('2026-09', 9_000_000);
  const page = await signIn('viewer', '/certificates');
  await page.locator('tr[data-month="2026-08"]').getByText('may be minted').waitFor();
  expect(await page.getByRole('button', { name: 'Propose' }).count()).toBe(0);
  await page.locator('tr[data-month="2026-09"]').getByText('TOK_MONTH_ORDER').waitFor();
  await takePicture(page, 'certificates-viewer');
});
