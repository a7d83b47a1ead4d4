import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ServerTrust, Session, Status } from '../../renderer/api/types.ts';
import { findAccessibilityFaults, openBrowser, openPage } from './console-browser.ts';
import { StagedAppliance } from './staged-appliance.ts';

let browser: Browser;
let staged: StagedAppliance;

beforeAll(async () => {
  browser = await openBrowser();
  staged = await StagedAppliance.start();
  staged.stage = {
    meter: 'down',
    unit2: 'generating',
    disk: 'ok',
    signedIn: true,
    frozen: false,
    freshness: 'current',
  };
});

afterAll(async () => {
  await browser.close();
  await staged.stop();
});

const SHOWN = {
  sha1: 'A1'.repeat(20),
  sha256: 'B2'.repeat(32),
  subject: 'O=Plant, CN=PLC 2',
  validFrom: '2026-01-01T00:00:00.000Z',
  validTo: '2031-01-01T00:00:00.000Z',
  applicationUri: 'urn:plant:plc2',
  hosts: ['192.168.0.20'],
  at: '2026-11-20T10:00:00.000Z',
};
const UNTRUSTED: ServerTrust = {
  device: 'plc2',
  endpoint: 'opc.tcp://192.168.0.20:4840',
  mode: 'prompt',
  shown: SHOWN,
  trusted: null,
  isShownTrusted: false,
};

/** The Devices page for somebody of that role, with plc2 waiting for trust; what was sent to the trust call. */
async function showDevices(role: Session['role']) {
  const { page, context } = await openPage(browser, staged.url, 'light');
  const sent: unknown[] = [];
  await page.route('**/api/v1/session', (route) =>
    route.fulfill({ json: { name: 'staged', role, expiresAt: '2030-01-01T00:00:00.000Z' } }),
  );
  await page.route('**/api/v1/status', async (route) => {
    const status = (await (await route.fetch()).json()) as Status;
    const fault = { code: 'DRV_OPCUA_UNTRUSTED', message: 'Nobody has trusted the certificate yet.' };
    const devices = status.devices.map((device) => (device.id === 'plc2' ? { ...device, fault } : device));
    await route.fulfill({ json: { ...status, devices } });
  });
  let trust = UNTRUSTED;
  await page.route('**/api/v1/devices/plc2/trust', async (route) => {
    if (route.request().method() === 'POST') {
      sent.push(route.request().postDataJSON());
      trust = { ...UNTRUSTED, isShownTrusted: true };
    }
    await route.fulfill({ json: trust });
  });
  await page.goto(`${staged.url}/devices`);
  await panel(page).waitFor();
  return { page, context, sent };
}

function panel(page: Page) {
  return page.getByRole('region', { name: 'Is this the server?' });
}

test('an engineer compares the thumbprint, says so, and trusts that very certificate', async () => {
  const { page, context, sent } = await showDevices('engineer');
  await page.getByText(Array(20).fill('A1').join(':')).waitFor();
  await page.getByText('O=Plant, CN=PLC 2').waitFor();
  const trust = page.getByRole('button', { name: 'Trust this server' });
  expect(await trust.isDisabled()).toBe(true);
  expect(await findAccessibilityFaults(page)).toEqual([]);
  await page.getByLabel('I have compared the thumbprint').check();
  await trust.click();
  await page.getByText('The server is trusted. The next attempt connects.').waitFor();
  expect(sent).toEqual([{ thumbprint: SHOWN.sha256 }]);
  await context.close();
});

test('an operator sees what there is to compare, and cannot trust', async () => {
  const { page, context, sent } = await showDevices('operator');
  await page.getByText('An engineer or an admin can trust it.').waitFor();
  expect(await page.getByRole('button', { name: 'Trust this server' }).count()).toBe(0);
  expect(await findAccessibilityFaults(page)).toEqual([]);
  expect(sent).toEqual([]);
  await context.close();
});
