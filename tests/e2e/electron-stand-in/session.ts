import type { CDPSession } from 'playwright-core';

export type Headers = Record<string, string[]>;
type PermissionHandler = (contents: unknown, permission: string, answer: (isGranted: boolean) => void) => void;
type RequestListener = (details: { url: string }, answer: (response: { cancel?: boolean }) => void) => void;
type HeadersListener = (
  details: { url: string; responseHeaders: Headers },
  answer: (response: { responseHeaders?: Headers }) => void,
) => void;

/** Permissions as Electron and as Chromium's protocol call them. */
const PERMISSIONS = { geolocation: 'geolocation', notifications: 'notifications', midi: 'midi' } as const;

/** Electron's session: it only keeps the handlers, a page asks them. */
export class Session {
  // Electron grants everything as long as nobody sets a handler.
  #permissionHandler: PermissionHandler = (_contents, _permission, answer) => answer(true);
  #requestListener: RequestListener = (_details, answer) => answer({});
  #headersListener: HeadersListener = (_details, answer) => answer({});

  readonly webRequest = {
    onBeforeRequest: (listener: RequestListener) => {
      this.#requestListener = listener;
    },
    onHeadersReceived: (listener: HeadersListener) => {
      this.#headersListener = listener;
    },
  };

  setPermissionRequestHandler(handler: PermissionHandler): void {
    this.#permissionHandler = handler;
  }

  setPermissionCheckHandler(_handler: unknown): void {}

  setDevicePermissionHandler(_handler: unknown): void {}

  isCancelled(url: string): Promise<boolean> {
    return new Promise((resolve) => this.#requestListener({ url }, ({ cancel }) => resolve(cancel === true)));
  }

  rewriteHeaders(url: string, responseHeaders: Headers): Promise<Headers> {
    return new Promise((resolve) => {
      this.#headersListener({ url, responseHeaders }, (answer) => resolve(answer.responseHeaders ?? responseHeaders));
    });
  }

  /** Puts the handler's decisions into Chromium, which decides permissions without asking us again. */
  async applyPermissions(protocol: CDPSession, contents: unknown): Promise<void> {
    for (const [permission, name] of Object.entries(PERMISSIONS)) {
      const isGranted = await new Promise<boolean>((resolve) => this.#permissionHandler(contents, permission, resolve));
      await protocol.send('Browser.setPermission', { permission: { name }, setting: isGranted ? 'granted' : 'denied' });
    }
  }
}

const partitions = new Map<string, Session>();

export const session = {
  fromPartition(name: string): Session {
    const known = partitions.get(name) ?? new Session();
    partitions.set(name, known);
    return known;
  },
};
