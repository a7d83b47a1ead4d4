import { type BrowserContext, chromium } from 'playwright-core';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

let browser: BrowserContext | undefined;

/** Starts the Chromium whose pages are the windows. */
export async function launchBrowser(profileFolder: string): Promise<void> {
  const executablePath = process.env.FOREBAY_CHROMIUM ?? '/usr/bin/chromium';
  browser = await chromium.launchPersistentContext(profileFolder, {
    executablePath,
    args: FLAGS,
    headless: true,
    timeout: 120_000,
  });
}

export function theBrowser(): BrowserContext {
  if (browser === undefined) throw new Error('A window was opened before the app was ready');
  return browser;
}

export async function closeBrowser(): Promise<void> {
  await browser?.close();
}
