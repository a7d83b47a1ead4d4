import { EventEmitter } from 'node:events';
import type { WebContents } from 'electron';
import { expect, it } from 'vitest';
import { guardContents } from './guard-contents.ts';

type OpenHandler = (details: { url: string }) => { action: string };

class FakeContents extends EventEmitter {
  readonly loaded: string[] = [];
  openHandler: OpenHandler | undefined;

  setWindowOpenHandler(handler: OpenHandler): void {
    this.openHandler = handler;
  }

  async loadURL(url: string): Promise<void> {
    this.loaded.push(url);
  }
}

function guarded() {
  const contents = new FakeContents();
  const opened: string[] = [];
  guardContents(contents as unknown as WebContents, {
    consoleOrigin: () => 'http://127.0.0.1:8740',
    openInBrowser: (url) => opened.push(url),
  });
  const isPrevented = (event: string, url: string) => {
    let prevented = false;
    contents.emit(event, { url, preventDefault: () => (prevented = true) });
    return prevented;
  };
  return { contents, opened, isPrevented };
}

it('lets links and redirects stay on the console and refuses all others', () => {
  const { opened, isPrevented } = guarded();
  for (const event of ['will-navigate', 'will-redirect']) {
    expect(isPrevented(event, 'http://127.0.0.1:8740/units/unit1')).toBe(false);
    expect(isPrevented(event, 'http://10.0.0.5/')).toBe(true);
    expect(opened).toEqual([]);
  }
  expect(isPrevented('will-navigate', 'https://hashscan.io/mainnet')).toBe(true);
  expect(opened).toEqual(['https://hashscan.io/mainnet']);
});

it('opens no second window', () => {
  const { contents, opened } = guarded();
  const open = (url: string) => contents.openHandler?.({ url });
  expect(open('http://127.0.0.1:8740/docs')).toEqual({ action: 'deny' });
  expect(open('https://hashscan.io/testnet')).toEqual({ action: 'deny' });
  expect(open('https://evil.example/')).toEqual({ action: 'deny' });
  expect(contents.loaded).toEqual(['http://127.0.0.1:8740/docs']);
  expect(opened).toEqual(['https://hashscan.io/testnet']);
});

it('attaches no webview', () => {
  expect(guarded().isPrevented('will-attach-webview', '')).toBe(true);
});
