import type { SyncFault } from './target.ts';
import type { WebReply } from './web.ts';

const MS_PER_SECOND = 1000;
/** A server that says more is asked again after so long. */
const RETRY_AFTER_MS_MAX = 3_600_000;

/** What a status of 400 or more means, for a person at the plant. `host` is who answered. */
export function statusFault({ status }: Pick<WebReply, 'status'>, host: string): SyncFault {
  const known = KNOWN[status];
  if (known !== undefined) {
    const [code, what, hint] = known;
    return { code, message: `The server ${host} ${what} (status ${status}).`, hint };
  }
  if (status >= 500) {
    const message = `The server ${host} has a fault of its own (status ${status}).`;
    return { code: 'SYN_WEB_SERVER_FAULT', message, hint: 'it is tried again; if it stays, tell those who run it' };
  }
  const message = `The server ${host} did not take the request (status ${status}).`;
  return { code: 'SYN_WEB_STATUS', message, hint: 'compare the address in plant.yaml with what you were given' };
}

const KNOWN: Readonly<Record<number, readonly [code: string, what: string, hint: string]>> = {
  401: ['SYN_WEB_UNAUTHORIZED', 'does not know the token', 'put the right token into its file'],
  403: ['SYN_WEB_FORBIDDEN', 'does not allow this plant to do it', 'ask those who run it to allow this plant'],
  404: [
    'SYN_WEB_NOT_FOUND',
    'has nothing at this address',
    'compare the address in plant.yaml with what you were given',
  ],
  408: ['SYN_WEB_SERVER_FAULT', 'waited too long for the request', 'it is tried again; the link is slow'],
  413: ['SYN_WEB_TOO_LONG', 'takes no request of this length', 'ask those who run it for a higher limit'],
  429: ['SYN_WEB_TOO_MANY', 'wants fewer requests', 'nothing to do: it is asked again later'],
};

/** How long from `nowMs` the server wants to be left alone (`Retry-After`, RFC 9110 section 10.2.3), if it says so. */
export function retryAfterMs({ headers }: Pick<WebReply, 'headers'>, nowMs: number): number | undefined {
  const text = headers['retry-after'];
  if (text === undefined) return undefined;
  const isSeconds = /^\d{1,9}$/.test(text);
  if (!isSeconds && !text.endsWith(' GMT')) return undefined;
  const delayMs = isSeconds ? Number(text) * MS_PER_SECOND : Date.parse(text) - nowMs;
  return Number.isFinite(delayMs) ? Math.min(Math.max(delayMs, 0), RETRY_AFTER_MS_MAX) : undefined;
}

/** Whether the same request may succeed later without anybody's doing. */
export function mayPass({ status }: Pick<WebReply, 'status'>): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}
