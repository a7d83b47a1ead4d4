import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { BrowserContext, CDPSession, Page } from 'playwright-core';
import { ipcMain } from './ipc-main.ts';
import { mainWorldScript, PRELOAD_WORLD, preloadScript, SEND_BINDING } from './preload-world.ts';
import { RequestGate } from './request-gate.ts';
import type { Session } from './session.ts';

export interface WebPreferences {
  session: Session;
  preload: string;
  additionalArguments: string[];
  [option: string]: unknown;
}

type OpenHandler = (details: { url: string }) => { action: 'allow' | 'deny' };

/** Electron's page: a page of Chromium with the preload script in a world of its own. */
export class WebContents extends EventEmitter {
  readonly ready: Promise<Page>;
  readonly #preferences: WebPreferences;
  readonly #gate: RequestGate;
  #openHandler: OpenHandler = () => ({ action: 'allow' });

  constructor(browser: BrowserContext, preferences: WebPreferences) {
    super();
    this.#preferences = preferences;
    this.#gate = new RequestGate(this, preferences.session);
    this.ready = this.#open(browser);
  }

  /** Electron's own name for what the window was created with. */
  getLastWebPreferences(): Record<string, unknown> {
    const { session: _session, ...plain } = this.#preferences;
    return plain;
  }

  setWindowOpenHandler(handler: OpenHandler): void {
    this.#openHandler = handler;
  }

  async loadURL(url: string): Promise<void> {
    const page = await this.ready;
    this.#gate.expect(url);
    await page.goto(url, { waitUntil: 'load' });
  }

  loadFile(path: string, options: { hash?: string }): Promise<void> {
    return this.loadURL(`${pathToFileURL(path).href}${options.hash === undefined ? '' : `#${options.hash}`}`);
  }

  async closePage(): Promise<void> {
    const page = await this.ready;
    await page.close();
  }

  async #open(browser: BrowserContext): Promise<Page> {
    const page = browser.pages().find((candidate) => candidate.url() === 'about:blank') ?? (await browser.newPage());
    const protocol = await browser.newCDPSession(page);
    await protocol.send('Page.enable');
    await protocol.send('Runtime.enable');
    await this.#preferences.session.applyPermissions(protocol, this);
    await this.#addScripts(protocol, page);
    await this.#gate.open(protocol);
    protocol.on('Page.windowOpen', ({ url }) => {
      if (this.#openHandler({ url }).action === 'allow') throw new Error('The stand-in opens no second window');
    });
    // Chromium cannot refuse a window beforehand, so what the handler denied is closed at once.
    page.on('popup', (popup) => void popup.close());
    return page;
  }

  async #addScripts(protocol: CDPSession, page: Page): Promise<void> {
    const { preload, additionalArguments } = this.#preferences;
    await protocol.send('Page.addScriptToEvaluateOnNewDocument', { source: mainWorldScript() });
    await protocol.send('Page.addScriptToEvaluateOnNewDocument', {
      source: preloadScript(readFileSync(preload, 'utf8'), additionalArguments),
      worldName: PRELOAD_WORLD,
    });
    await protocol.send('Runtime.addBinding', { name: SEND_BINDING, executionContextName: PRELOAD_WORLD });
    protocol.on('Runtime.bindingCalled', async ({ name, payload, executionContextId }) => {
      if (name !== SEND_BINDING) return;
      const { id, channel, args } = JSON.parse(payload) as { id: number; channel: string; args: unknown[] };
      const reply = await ipcMain.dispatch(channel, { senderFrame: { url: page.url() } }, args);
      const expression = `standInReply(${JSON.stringify({ id, ...reply })})`;
      // The page may have gone in the meantime; then nobody waits for the answer.
      await protocol.send('Runtime.evaluate', { expression, contextId: executionContextId }).catch(() => {});
    });
  }
}
