import type { EventEmitter } from 'node:events';
import type { CDPSession } from 'playwright-core';
import type { Headers, Session } from './session.ts';

interface PausedRequest {
  requestId: string;
  frameId: string;
  resourceType: string;
  redirectedRequestId?: string;
  request: { url: string; method: string };
  responseStatusCode?: number;
  responseStatusText?: string;
  responseErrorReason?: string;
  responseHeaders?: { name: string; value: string }[];
}

/** Stops every request of a page and asks the handlers that main set, as Electron would. */
export class RequestGate {
  readonly #contents: EventEmitter;
  readonly #session: Session;
  #mainFrameId = '';
  #expectedUrl: string | undefined;

  constructor(contents: EventEmitter, session: Session) {
    this.#contents = contents;
    this.#session = session;
  }

  /** The next navigation to this address comes from main and is asked about by nobody. */
  expect(url: string): void {
    this.#expectedUrl = withoutFragment(url);
  }

  async open(protocol: CDPSession): Promise<void> {
    const { frameTree } = await protocol.send('Page.getFrameTree');
    this.#mainFrameId = frameTree.frame.id;
    protocol.on('Fetch.requestPaused', (paused) => {
      const isResponse = paused.responseStatusCode !== undefined || paused.responseErrorReason !== undefined;
      const handled = isResponse ? this.#answer(protocol, paused) : this.#request(protocol, paused);
      // A request that was cancelled in the meantime cannot be continued.
      handled.catch(() => {});
    });
    await protocol.send('Fetch.enable', {
      patterns: [
        { urlPattern: '*', requestStage: 'Request' },
        { urlPattern: '*', requestStage: 'Response' },
      ],
    });
  }

  async #request(protocol: CDPSession, paused: PausedRequest): Promise<void> {
    const { requestId, request } = paused;
    if (
      paused.resourceType === 'Document' &&
      paused.frameId === this.#mainFrameId &&
      this.#isNavigationRefused(paused)
    ) {
      await protocol.send('Fetch.failRequest', { requestId, errorReason: 'Aborted' });
      return;
    }
    if (await this.#session.isCancelled(request.url)) {
      await protocol.send('Fetch.failRequest', { requestId, errorReason: 'BlockedByClient' });
      return;
    }
    await protocol.send('Fetch.continueRequest', { requestId });
  }

  #isNavigationRefused(paused: PausedRequest): boolean {
    const { url } = paused.request;
    const isRedirect = paused.redirectedRequestId !== undefined;
    if (!isRedirect && this.#expectedUrl === withoutFragment(url)) {
      this.#expectedUrl = undefined;
      return false;
    }
    let isRefused = false;
    const event = { url, isMainFrame: true, preventDefault: () => (isRefused = true) };
    this.#contents.emit(isRedirect ? 'will-redirect' : 'will-navigate', event);
    return isRefused;
  }

  async #answer(protocol: CDPSession, paused: PausedRequest): Promise<void> {
    const { requestId, responseStatusCode: responseCode, responseStatusText = '' } = paused;
    const before = groupHeaders(paused.responseHeaders ?? []);
    const after = responseCode === undefined ? before : await this.#session.rewriteHeaders(paused.request.url, before);
    if (after === before || responseCode === undefined) {
      await protocol.send('Fetch.continueResponse', { requestId });
      return;
    }
    const responseHeaders = Object.entries(after).flatMap(([name, values]) => values.map((value) => ({ name, value })));
    const responsePhrase = responseStatusText === '' ? 'OK' : responseStatusText;
    const rewritten = { requestId, responseCode, responsePhrase, responseHeaders };
    const isRedirect = responseCode >= 300 && responseCode < 400;
    if (paused.resourceType !== 'Document' || isRedirect) {
      await protocol.send('Fetch.continueResponse', rewritten);
      return;
    }
    // Chromium has read the content policy of a page before it lets us rewrite its headers, so the page is given anew.
    const { body, base64Encoded } = await protocol.send('Fetch.getResponseBody', { requestId });
    const encodedBody = base64Encoded ? body : Buffer.from(body).toString('base64');
    await protocol.send('Fetch.fulfillRequest', { ...rewritten, body: encodedBody });
  }
}

function groupHeaders(list: readonly { name: string; value: string }[]): Headers {
  const headers: Headers = {};
  for (const { name, value } of list) headers[name] = [...(headers[name] ?? []), value];
  return headers;
}

function withoutFragment(url: string): string {
  return url.split('#')[0] ?? '';
}
