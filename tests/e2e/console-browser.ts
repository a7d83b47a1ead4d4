import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const CHROMIUM = process.env.FOREBAY_CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** For what takes moments on an idle computer. */
const PATIENCE_MS = 120_000;

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: FLAGS, timeout: PATIENCE_MS });
}

/** A page that keeps a list of everything it should not do: complain, or ask anybody but the appliance. */
export interface WatchedPage {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly complaints: string[];
}

export async function openPage(browser: Browser, origin: string, scheme: 'light' | 'dark'): Promise<WatchedPage> {
  const context = await browser.newContext({ colorScheme: scheme, viewport: { width: 1440, height: 900 } });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error.stack)));
  page.on('request', (request) => {
    if (!request.url().startsWith(origin)) complaints.push(`asked ${request.url()}`);
  });
  return { context, page, complaints };
}

/** Waits until what moves on the page has come to its end; what goes round for ever has none. */
const STILL = `(() => {
  const ending = document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity);
  const ended = Promise.allSettled(ending.map(({ finished }) => finished));
  return Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 5000))]).then(() => undefined);
})()`;

/** What of the page breaks WCAG 2.2 AA, as lines that say where. What fades in is looked at once it is there. */
export async function findAccessibilityFaults(page: Page): Promise<string[]> {
  await page.evaluate(STILL);
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
  const { violations } = await new AxeBuilder({ page }).withTags(tags).analyze();
  return violations.flatMap(({ id, nodes }) => {
    return nodes.map((node) => `${id}: ${node.target.join(' ')}: ${node.failureSummary}`);
  });
}
