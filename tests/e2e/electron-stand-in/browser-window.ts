import { EventEmitter } from 'node:events';
import { app } from './app.ts';
import { theBrowser } from './browser.ts';
import { WebContents, type WebPreferences } from './web-contents.ts';

/** Electron's window as a page of Chromium. */
export class BrowserWindow extends EventEmitter {
  static getAllWindows(): BrowserWindow[] {
    return [...app.windows].filter((window) => window instanceof BrowserWindow);
  }

  readonly webContents: WebContents;
  focusCount = 0;
  #isDestroyed = false;

  constructor(options: { width: number; height: number; webPreferences: WebPreferences }) {
    super();
    this.webContents = new WebContents(theBrowser(), options.webPreferences);
    app.windows.add(this);
    app.emit('web-contents-created', {}, this.webContents);
    this.webContents.ready
      .then((page) => page.setViewportSize({ width: options.width, height: options.height }))
      .catch(() => {});
  }

  loadURL(url: string): Promise<void> {
    return this.webContents.loadURL(url);
  }

  loadFile(path: string, options: { hash?: string } = {}): Promise<void> {
    return this.webContents.loadFile(path, options);
  }

  isDestroyed(): boolean {
    return this.#isDestroyed;
  }

  isMinimized(): boolean {
    return false;
  }

  restore(): void {}

  focus(): void {
    this.focusCount += 1;
  }

  close(): void {
    void this.destroy();
  }

  async destroy(): Promise<void> {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    await this.webContents.closePage();
    this.emit('closed');
    app.forget(this);
  }
}
