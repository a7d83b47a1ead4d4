import type { WebContents } from 'electron';
import { decideDestination } from './navigation.ts';

/** What a guarded page may need done. */
export interface ContentsHost {
  consoleOrigin(): string | undefined;
  openInBrowser(url: string): void;
}

/** Keeps a page on its console: other places are refused, known public ones open in the system's browser. */
export function guardContents(contents: WebContents, host: ContentsHost): void {
  const keepInside = (event: { preventDefault(): void; url: string }) => {
    const destination = decideDestination(event.url, host.consoleOrigin());
    if (destination === 'inside') return;
    event.preventDefault();
    if (destination === 'browser') host.openInBrowser(event.url);
  };
  contents.on('will-navigate', keepInside);
  contents.on('will-redirect', keepInside);
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(({ url }) => {
    const destination = decideDestination(url, host.consoleOrigin());
    if (destination === 'browser') host.openInBrowser(url);
    // One window: what the console would open beside itself opens in its place.
    if (destination === 'inside') contents.loadURL(url).catch(() => {});
    return { action: 'deny' };
  });
}
