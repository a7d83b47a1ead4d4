import { EventEmitter } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closeBrowser, launchBrowser } from './browser.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const USER_DATA_SWITCH = '--user-data-dir=';

/** The part of a window that the program's end needs. */
export interface ClosableWindow {
  destroy(): Promise<void>;
}

class App extends EventEmitter {
  readonly isPackaged = false;
  readonly windows = new Set<ClosableWindow>();
  secondStarts = 0;
  isSandboxed = false;
  readonly #userData = userDataFolder();
  readonly #quitActions: (() => void)[] = [];
  #ownsLock = false;
  #isQuitting = false;

  async whenReady(): Promise<void> {
    await launchBrowser(join(this.#userData, 'chromium'));
    this.emit('ready');
  }

  enableSandbox(): void {
    this.isSandboxed = true;
  }

  setAppUserModelId(_id: string): void {}

  getAppPath(): string {
    return ROOT;
  }

  getVersion(): string {
    return (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version;
  }

  getPath(name: string): string {
    if (name !== 'userData') throw new Error(`The stand-in knows no path called ${name}`);
    return this.#userData;
  }

  /** As in Electron, the one who has the lock hears of every later start. */
  requestSingleInstanceLock(): boolean {
    mkdirSync(this.#userData, { recursive: true });
    const lock = join(this.#userData, 'single-instance.lock');
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
    } catch {
      writeFileSync(join(this.#userData, `second-${process.pid}`), '');
      return false;
    }
    this.#ownsLock = true;
    watch(this.#userData, () => this.#noticeSecondStarts()).unref();
    return true;
  }

  onQuit(action: () => void): void {
    this.#quitActions.push(action);
  }

  quit(): void {
    if (this.#isQuitting) return;
    let isPrevented = false;
    this.emit('before-quit', { preventDefault: () => (isPrevented = true) });
    if (isPrevented) return;
    this.#isQuitting = true;
    void this.#end();
  }

  forget(window: ClosableWindow): void {
    this.windows.delete(window);
    if (this.windows.size === 0 && !this.#isQuitting) this.emit('window-all-closed');
  }

  async #end(): Promise<void> {
    for (const window of [...this.windows]) await window.destroy();
    for (const action of this.#quitActions) action();
    await closeBrowser();
    if (this.#ownsLock) rmSync(join(this.#userData, 'single-instance.lock'), { force: true });
    process.exit(0);
  }

  #noticeSecondStarts(): void {
    for (const name of readdirSync(this.#userData).filter((name) => name.startsWith('second-'))) {
      rmSync(join(this.#userData, name), { force: true });
      this.secondStarts += 1;
      this.emit('second-instance', {}, [], '');
    }
  }
}

function userDataFolder(): string {
  const named = process.argv.find((argument) => argument.startsWith(USER_DATA_SWITCH));
  return named === undefined ? join(tmpdir(), 'forebay-stand-in') : named.slice(USER_DATA_SWITCH.length);
}

export const app = new App();

process.on('SIGTERM', () => app.quit());
process.on('SIGINT', () => app.quit());
// The test that started the program has gone: so must the program, its browser and its appliance.
process.on('disconnect', () => app.quit());
