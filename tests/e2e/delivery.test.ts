import { fileURLToPath } from 'node:url';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { proveBatch } from '../../appliance/sync/prove-batch.ts';
import { syncActions } from '../../appliance/sync/sync-actions.ts';
import type { PlantConfig } from '../../core/config/plant.ts';
import { present } from '../../core/model/assert.ts';
import type { ApiRole } from '../../core/store/api-keys.ts';
import { entriesOfKinds } from '../../core/store/entries.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import { parkByHand, retryParked } from '../../core/sync/kept-outbox.ts';
import { batchAt } from '../../core/sync/sealed-batches.ts';
import type { Status, Sync } from '../../renderer/api/types.ts';
import { BATCH, GAPS, startTestApi, type TestApi } from '../fixtures/api.ts';
import { testRecorder } from '../fixtures/ledger.ts';
import { SealedLedger } from '../fixtures/sealed-ledger.ts';
import { findAccessibilityFaults, openBrowser, type WatchedPage } from './console-browser.ts';
import { openSignedIn, takePicture } from './signed-in.ts';

/** The pages of delivery in the browser, on the real API over a real ledger whose batches are made up. */
const CONSOLE = fileURLToPath(new URL('../../renderer/dist', import.meta.url));
/** A reading behind the sealed entries. */
const UNSEALED = 10;
/** Two hours after the batch was sealed. */
const NOW_MS = 1_790_007_200_000;
const CONFIG = {
  intervalMs: 300_000,
  units: [{}, {}, {}, {}],
  sync: {
    file: { folder: '/media/usb/forebay' },
    hedera: { network: 'testnet', operatorId: '0.0.1001', operatorKeyFile: 'hedera.key' },
  },
} as unknown as PlantConfig;

/** By how many pixels the page is wider than its window; in the browser's own words. */
const OVERFLOW = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';

/** The cells of the batches that stand beyond their box. */
const CUT = `[...document.querySelectorAll('tr[data-batch] td')].filter((cell) =>
  cell.getBoundingClientRect().right > cell.closest('section').getBoundingClientRect().right + 1).map((cell) => cell.textContent)`;

const AWAY = {
  code: 'SYN_FILE_ABSENT',
  message: 'The folder /media/usb/forebay is not there.',
  hint: 'put the disk in',
};

let browser: Browser;
let api: TestApi;
const opened: WatchedPage[] = [];

beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

beforeEach(async () => {
  api = await startTestApi({ consoleFolder: CONSOLE, isSealed: true, syncOf });
});
afterEach(async () => {
  const complaints = opened.flatMap((watched) => watched.complaints);
  for (const { context } of opened.splice(0)) await context.close();
  await api.stop();
  expect(complaints).toEqual([]);
});

/** As an appliance whose lanes do not run: what a person decides is kept, and no mirror answers. */
function syncOf(store: WritableStore, config = CONFIG): ReturnType<typeof syncActions> {
  const recorder = testRecorder(store);
  return syncActions({
    config,
    store,
    record: (entry) => void recorder.record([entry]),
    clock: { wallMs: () => NOW_MS },
    sync: () => ({
      status: () => [
        { target: 'hedera', breaker: 'closed', inFlight: 0, lastContactMs: NOW_MS - 60_000 },
        { target: 'file', breaker: 'open', inFlight: 0, fault: AWAY },
      ],
      link: () => ({
        state: 'thin',
        reason: 'answers come slowly',
        code: null,
        sinceMs: NOW_MS - 3_600_000,
        budget: { bytesPerDay: 5_000_000, usedBytes: 1_200_000, renewsAtMs: NOW_MS + 40_000_000 },
      }),
      unsealed: () => undefined,
      tryNow: () => undefined,
      retry: (target, batch) => retryParked(store, target, batch),
      park: (target, batch, reason) => parkByHand(store, target, batch, reason),
    }),
    prover: () => (request) => {
      const mirror = 'The mirror is away on this computer.';
      const batch = present(batchAt(store, request.batch ?? 0), 'the batch');
      return proveBatch({ store, nowMs: NOW_MS, mirrorOf: () => mirror }, batch, request.reading);
    },
  });
}

async function signIn(role: ApiRole, path: string, scheme: 'light' | 'dark' = 'light'): Promise<Page> {
  const watched = await openSignedIn(browser, api, { role, path, scheme });
  opened.push(watched);
  return watched.page;
}

test('from a reading to its batch and message, and from a sequence number back', async () => {
  const page = await signIn('viewer', `/readings/${GAPS + 2}`);
  await page.getByText('Anchored', { exact: true }).waitFor();
  await page.getByRole('link', { name: `In batch ${BATCH}` }).press('Enter');
  await page.getByRole('heading', { name: `Batch ${BATCH}`, level: 1 }).waitFor();
  const hedera = page.getByTestId('delivery-hedera');
  await hedera.getByText('0.0.5005', { exact: true }).waitFor();
  await hedera.getByText('17', { exact: true }).waitFor();
  expect(await hedera.getByRole('link', { name: 'Show on HashScan' }).getAttribute('href')).toBe(
    'https://hashscan.io/testnet/transaction/0.0.1001@1789999990.000000017',
  );
  await page.getByRole('link', { name: `Receipt in entry ${BATCH + 1}` }).waitFor();
  await expect.poll(() => page.getByRole('region', { name: 'Readings' }).locator('tbody').count()).toBe(6);
  await page.getByRole('link', { name: 'All batches' }).click();
  await page.getByRole('textbox', { name: 'Find' }).fill('0.0.5005/17');
  await page.getByRole('textbox', { name: 'Find' }).press('Enter');
  await page.getByText(`Batch ${BATCH}: by its sequence number`).waitFor();
  await page.getByRole('textbox', { name: 'Find' }).fill('0.0.5005/18');
  await page.getByRole('button', { name: 'Find' }).click();
  await page.getByText('Nothing here has anything to do with “0.0.5005/18”').waitFor();
  await page.getByRole('button', { name: 'Show all' }).click();
  await page.locator(`tr[data-batch="${BATCH}"]`).waitFor();
});

test('an operator sets a batch aside and tries it again, each after a second word; a viewer only looks', async () => {
  const page = await signIn('operator', `/delivery/${BATCH}`);
  const file = page.getByTestId('delivery-file');
  await file.getByRole('button', { name: 'Set aside' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Set aside' }).click();
  await dialog.getByText('Say why.').waitFor();
  expect(await findAccessibilityFaults(page)).toEqual([]);
  await dialog.getByLabel('Why').fill('The stick is at the workshop');
  await dialog.getByLabel('Why').press('Tab');
  await dialog.getByRole('button', { name: 'Set aside' }).press('Enter');
  await file.getByText('The stick is at the workshop').waitFor();
  await file.getByText('Parked', { exact: true }).waitFor();

  const viewer = await signIn('viewer', '/delivery?show=parked', 'dark');
  await viewer.getByText('You may look. An operator, an engineer or an admin decides.').waitFor();
  await viewer.getByText('The stick is at the workshop').waitFor();
  await viewer.locator(`tr[data-batch="${BATCH}"]`).waitFor();
  await viewer.getByText('1 batch waits for a person').first().waitFor({ state: 'attached' });
  expect(await viewer.getByRole('button', { name: 'Try again' }).count()).toBe(0);
  expect(await findAccessibilityFaults(viewer)).toEqual([]);
  await takePicture(viewer, 'delivery-parked-dark');

  await page.goto(`${api.url}/delivery`);
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('heading', { name: 'Parked, wait for a person' }).waitFor({ state: 'detached' });
});

test('a proof says of each step what was held against what, and calls nothing wrong that it could not look at', async () => {
  const page = await signIn('viewer', `/delivery/${BATCH}`);
  await page.getByRole('button', { name: 'Fetch and check' }).click();
  const fetched = page.locator('[data-step="fetched"]');
  await fetched.getByText('Not checked.').waitFor();
  await fetched.getByText('The mirror is away on this computer.').waitFor();
  // The batch of this ledger is made up, and so is its root.
  await page.locator('[data-step="root"]').getByText('Differs.').waitFor();
  await page.getByText(`Batch ${BATCH} is NOT proven`).waitFor();
  expect(await findAccessibilityFaults(page)).toEqual([]);
  await takePicture(page, 'batch-1440');
});

test.each([1280, 400])('at %i pixels everything of the page can be read and reached', async (width) => {
  const page = await signIn('operator', '/delivery');
  await page.setViewportSize({ width, height: 900 });
  const file = page.getByTestId('target-file');
  await file.getByText('Put the disk in.').waitFor();
  await page.getByTestId('link').getByText('Answers come slowly').waitFor();
  await page.getByText('1.2 MB of 5.0 MB for today used; anew at').waitFor();
  await file.getByText(/of evidence waiting: 1 batch, about 1 kB/).waitFor();
  await page.getByTestId('target-hedera').getByText('Nothing waits.').waitFor();
  await page.getByText('transparent-classic').waitFor();
  await page.getByText('in force', { exact: true }).waitFor();
  expect(await findAccessibilityFaults(page)).toEqual([]);
  await expect.poll(() => page.evaluate(OVERFLOW)).toBeLessThanOrEqual(0);
  await expect.poll(() => page.evaluate(CUT)).toEqual([]);
  await takePicture(page, `delivery-${width}`);
  await page.goto(`${api.url}/delivery/${BATCH}`);
  await page.getByRole('heading', { name: `Batch ${BATCH}`, level: 1 }).waitFor();
  await page.getByText('The message, as it was signed and sent').waitFor();
  await takePicture(page, `batch-${width}`);
  await expect.poll(() => page.evaluate(OVERFLOW)).toBeLessThanOrEqual(0);
});

/** Shows the delivery page as if the disk were so, on the card that it returns. */
async function showDisk(
  page: Page,
  carrier: Partial<NonNullable<Sync['targets'][number]['carrier']>>,
  change: Partial<Sync['targets'][number]> = { delivered: 2 },
): Promise<Locator> {
  await page.unrouteAll({ behavior: 'wait' });
  await page.route('**/api/v1/sync', async (route) => {
    const answer = (await (await route.fetch()).json()) as Sync;
    const targets = answer.targets.map((target) => {
      if (target.name !== 'file') return target;
      const { fault: _, ...rest } = target;
      const whole = { isIn: true, isComplete: true, receiver: null, received: 0, receivedSize: 0, receivedAt: null };
      return {
        ...rest,
        state: 'up',
        needsPerson: false,
        waiting: 0,
        ...change,
        carrier: { ...whole, onDisk: 2, ...carrier },
      };
    });
    const link = { ...answer.link, state: 'up', reason: 'the last delivery arrived', code: 'SYN_WEB_REFUSED' };
    await route.fulfill({ json: { ...answer, targets, link } });
  });
  await page.goto(`${api.url}/delivery`);
  return page.getByTestId('target-file');
}

test.each([
  { receiver: 'workshop', receivedAt: null, state: 'On the disk, not received', by: 'Received by workshopnothing yet' },
  { receiver: 'workshop', receivedAt: '2026-09-20T10:00:00.000Z', state: 'On the disk, not received', by: '1 batch' },
  { receiver: null, receivedAt: null, state: 'Everything sealed is delivered', by: undefined },
])(
  'a disk of the receiver $receiver, received at $receivedAt, is "$state"',
  async ({ receiver, receivedAt, state, by }) => {
    const page = await signIn('viewer', '/ledger');
    await page.getByRole('link', { name: 'Entries 0 to 9 were sealed' }).waitFor();
    await page.getByRole('link', { name: `Hedera holds batch ${BATCH}` }).click();
    await page.getByRole('heading', { name: `Batch ${BATCH}`, level: 1 }).waitFor();
    const card = await showDisk(page, { receiver, receivedAt, received: receivedAt === null ? 0 : 1 });
    await card.getByText(state, { exact: true }).waitFor();
    const words = (await card.textContent()) ?? '';
    if (by === undefined) expect(words).not.toContain('eceived');
    else expect(words).toContain(by);
    await page.getByTestId('link').getByText('The last delivery arrived').waitFor();
    expect(await page.getByText('SYN_WEB_REFUSED').count()).toBe(0);
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await takePicture(page, `delivery-disk-${receiver}`);
  },
);

test('whether the disk is in and complete, and what was sealed before it, is said in words', async () => {
  const page = await signIn('viewer', '/delivery');
  const receiver = 'workshop';
  for (const [carrier, words] of [
    [{ receiver }, 'in, and holds everything that nobody has confirmed yet'],
    [{ receiver, isComplete: false }, 'in, and does not hold everything yet that nobody has confirmed'],
    [{ receiver, isIn: false }, 'not in'],
    [{ isIn: null }, 'not looked at yet'],
    [{}, 'in'],
  ] as const) {
    const card = await showDisk(page, carrier);
    await card
      .getByRole('definition')
      .filter({ hasText: new RegExp(`^${words}$`) })
      .waitFor();
  }
  const untried = await showDisk(page, { onDisk: 0 }, { delivered: 0 });
  await untried.getByText('Nothing sealed for it yet', { exact: true }).waitFor();
  expect(await untried.getByText('is delivered').count()).toBe(0);
  const none = await showDisk(page, { older: { count: 1, since: null } });
  await none
    .getByText('Nothing was sealed since this folder was added. 1 batch from before goes there only by')
    .waitFor();
  const older = await showDisk(page, { older: { count: 34, since: 1234 } });
  await older.getByText('Delivered since it was added', { exact: true }).waitFor();
  await older.getByText('34 batches from before go there only by forebay sync carry --all').waitFor();
  expect(await findAccessibilityFaults(page)).toEqual([]);
  await takePicture(page, 'delivery-disk-older');
});

test.each([
  ['unknown', 'Link not known yet', 0, 'Nothing sealed for delivery yet'],
  ['thin', 'Thin link', 3, 'Everything sealed is delivered'],
])(
  'the overview says of a link that is %s "%s", and with %i batches delivered "%s"',
  async (state, link, delivered, said) => {
    const page = await signIn('viewer', '/ledger');
    await page.route('**/api/v1/status', async (route) => {
      const answer = (await (await route.fetch()).json()) as Status;
      const [target] = answer.targets;
      const calm = { ...target, state: 'up', needsPerson: false, waiting: 0, parked: 0, delivered };
      const way = { state, reason: '', code: null, since: '2026-09-20T10:00:00.000Z', budget: null };
      await route.fulfill({ json: { ...answer, targets: [calm], link: way } });
    });
    await page.goto(api.url);
    const tile = page.getByRole('listitem').filter({ hasText: said });
    await tile.getByText(link, { exact: true }).waitFor();
    expect(await page.getByText('Link up').count()).toBe(0);
    await takePicture(page, `overview-link-${state}`);
  },
);

test('a reading of a plant without a target is not said to be sealed later', async () => {
  const page = await signIn('viewer', '/ledger');
  await page.goto(`${api.url}/readings/${UNSEALED}`);
  await page.getByText('In no batch: plant.yaml names no target under sync, so nothing is sealed.').waitFor();
  await page.route('**/api/v1/status', async (route) => {
    const answer = (await (await route.fetch()).json()) as Status;
    await route.fulfill({ json: { ...answer, targets: [{ name: 'hub', state: 'up', waiting: 0, delivered: 0 }] } });
  });
  await page.reload();
  await page.getByText('In no batch yet: what is recorded is sealed at the end of its period.').waitFor();
});

test('an administrator sends to the mainnet by typing the account that pays, and others see who did', async () => {
  await api.stop();
  const hedera = { network: 'mainnet', operatorId: '0.0.1002', operatorKeyFile: 'hedera.key' };
  const config = { ...CONFIG, sync: { hedera } } as unknown as PlantConfig;
  const syncOfPlant = (store: WritableStore) => syncOf(store, config);
  api = await startTestApi({ consoleFolder: CONSOLE, isSealed: true, origin: 'plant', syncOf: syncOfPlant });
  const engineer = await signIn('engineer', '/delivery');
  const state = engineer.getByTestId('mainnet');
  await state.getByText('Nothing is sent before a person confirms it').waitFor();
  await state.getByText('plant.yaml names the mainnet of Hedera.').waitFor();
  await state.getByText('Account 0.0.1002 on the mainnet of Hedera pays, in real money.').waitFor();
  expect(await state.getByRole('button').count()).toBe(0);
  expect(await findAccessibilityFaults(engineer)).toEqual([]);

  const page = await signIn('admin', '/delivery', 'dark');
  await page.getByRole('button', { name: 'Confirm the mainnet' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Every message is public, for ever, and cannot be taken back.').waitFor();
  const send = dialog.getByRole('button', { name: 'Send to the mainnet' });
  expect(await send.isDisabled()).toBe(true);
  await dialog.getByLabel('Type the account that pays, to confirm').fill('0.0.1001');
  expect(await send.isDisabled()).toBe(true);
  expect(await findAccessibilityFaults(page)).toEqual([]);
  await takePicture(page, 'delivery-mainnet-dark');
  await dialog.getByLabel('Type the account that pays, to confirm').fill('0.0.1002');
  await send.click();
  await page.getByTestId('mainnet').getByText('Messages are sent. a admin confirmed it with entry').waitFor();
  const [kept] = [...entriesOfKinds(api.store, ['confirmation'])];
  expect(kept?.body).toMatchObject({ what: 'mainnet', account: '0.0.1002', by: 'a admin' });
  await engineer.reload();
  await state.getByText('Messages are sent. a admin confirmed it').waitFor();
});

test('a hub that was added later is shown to hold what it was given with a later batch, and Hedera only its own', async () => {
  const ledger = new SealedLedger(api.store, testRecorder(api.store));
  const added = ledger.seal(10, 12, ['hub']);
  const page = await signIn('operator', `/delivery/${BATCH}`);
  const hub = page.getByTestId('delivery-hub');
  await hub.getByText('These come with').waitFor();
  // What brings it is set aside with the batch that it belongs to.
  expect(await hub.getByRole('button').count()).toBe(0);
  ledger.deliver('hub', added, { hub: 'https://hub.example/forebay/v1', size: 12 });
  await page.reload();
  await hub.getByText('Delivered', { exact: true }).waitFor();
  await hub.getByText('These came with').waitFor();
  expect(await findAccessibilityFaults(page)).toEqual([]);
  await takePicture(page, 'delivery-hub-added');
  await hub.getByRole('link', { name: `Batch ${added}` }).click();
  await page.getByTestId('delivery-hedera').getByText('Not given to it').waitFor();
  await page.getByText('so there is no public message to fetch').waitFor();
  await page.getByRole('link', { name: 'All batches' }).click();
  await page.locator(`tr[data-batch="${BATCH}"]`).getByText('Hedera, Hub').waitFor();
});
