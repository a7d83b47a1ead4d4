import { X509Certificate } from 'node:crypto';
import { type ClientRequest, type IncomingMessage, Agent as PlainAgent, request as plainRequest } from 'node:http';
import { Agent as SecureAgent, request as secureRequest } from 'node:https';
import { createSecureContext } from 'node:tls';
import type { SyncFault } from '../../core/sync/target.ts';
import type { WebClient, WebFailed, WebOutcome, WebReply, WebRequest } from '../../core/sync/web.ts';
import type { ProxySettings } from './proxy-settings.ts';
import { brokenOff, pageInstead, redirected, timedOut, tooLarge } from './reply-fault.ts';
import { webFault } from './web-fault.ts';

export interface WebClientParts {
  readonly tls?: WebTls;
  readonly proxy: ProxySettings;
}

/** In PEM. */
export interface WebTls {
  /** The authorities to trust, in place of the usual public ones. */
  readonly ca?: string;
  /** For servers that want a certificate of the client. */
  readonly certificate?: string;
  readonly key?: string;
}

export type OpenedWebClient =
  | { readonly kind: 'opened'; readonly client: WebClient }
  | { readonly kind: 'failed'; readonly fault: SyncFault };

const REPLY_BYTES_MAX = 1_048_576;
const TIMEOUT_MS = 150_000;
const SILENCE_MS = 90_000;
/** Of one server at once; what is more waits. */
const SOCKETS_MAX = 8;

/**
 * A client whose requests go through the plant's proxy where there is one: Node's own agents with CONNECT for `https:`.
 * Connections are kept, for a new one costs several round trips of a slow link.
 */
export function openWebClient({ tls = {}, proxy }: WebClientParts): OpenedWebClient {
  const secure = {
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.certificate === undefined ? {} : { cert: tls.certificate }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
  };
  const kept = { keepAlive: true, maxSockets: SOCKETS_MAX, timeout: SILENCE_MS, proxyEnv: { ...proxy.environment } };
  try {
    // An authority that cannot be read would be passed over without a word.
    if (tls.ca !== undefined) new X509Certificate(tls.ca);
    createSecureContext(secure);
  } catch (error) {
    return { kind: 'failed', fault: unusable(error as NodeJS.ErrnoException) };
  }
  const agents: Agents = { plain: new PlainAgent(kept), secure: new SecureAgent({ ...kept, ...secure }) };
  return { kind: 'opened', client: clientOf(agents, proxy) };
}

interface Agents {
  readonly plain: PlainAgent;
  readonly secure: SecureAgent;
}

function clientOf(agents: Agents, proxy: ProxySettings): WebClient {
  return {
    request: async (asked, signal) => {
      const first = await exchange(agents, proxy, asked, signal);
      // The server had ended the kept connection before it saw the request, so it may be sent again over a new one.
      return first === STALE ? settled(await exchange(agents, proxy, asked, signal), asked) : first;
    },
    close: () => {
      agents.plain.destroy();
      agents.secure.destroy();
    },
  };
}

const STALE = 'stale';
const ENDED: readonly string[] = ['ECONNRESET', 'EPIPE'];
const IDEMPOTENT: readonly string[] = ['GET', 'HEAD', 'PUT', 'DELETE'];

function settled(outcome: WebOutcome | typeof STALE, { url }: WebRequest): WebOutcome {
  return outcome === STALE ? { kind: 'failed', fault: brokenOff(new URL(url).host), mayHaveArrived: true } : outcome;
}

function exchange(
  agents: Agents,
  proxy: ProxySettings,
  asked: WebRequest,
  signal: AbortSignal | undefined,
): Promise<WebOutcome | typeof STALE> {
  const url = new URL(asked.url);
  return new Promise((resolve) => {
    const silenceMs = asked.silenceMs ?? SILENCE_MS;
    const options = { method: asked.method, timeout: silenceMs, headers: headersOf(asked) };
    const request: ClientRequest =
      url.protocol === 'https:'
        ? secureRequest(url, { ...options, agent: agents.secure })
        : plainRequest(url, { ...options, agent: agents.plain });
    let isConnected = false;
    const received = { bytes: 0 };
    const giveUp = (): void => end({ kind: 'failed', fault: timedOut(url.host), mayHaveArrived: isConnected });
    const timer = setTimeout(giveUp, asked.timeoutMs ?? TIMEOUT_MS);
    const end = (outcome: WebOutcome | typeof STALE): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
      resolve(outcome === STALE || outcome.kind === 'answered' ? outcome : withBytes(outcome, received.bytes));
      if (outcome !== STALE && outcome.kind === 'failed') request.destroy();
    };
    signal?.addEventListener('abort', giveUp, { once: true });
    request.on('socket', (socket) => {
      // A kept one still has the time after which its server would end it while nobody asks.
      socket.setTimeout(silenceMs);
      // A tunnel's socket may have come through its handshake before it is handed over.
      const isSecured = 'authorized' in socket && socket.authorized === true;
      const isThere = request.reusedSocket || isSecured || (url.protocol === 'http:' && !socket.connecting);
      if (isThere) isConnected = true;
      else {
        socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
          isConnected = true;
        });
      }
    });
    request.on('timeout', giveUp);
    let isAnswering = false;
    request.on('error', (error: NodeJS.ErrnoException) => {
      // Once a reply has begun it alone says what became of the request: a server may answer before it has read all.
      if (isAnswering) return;
      const isIdempotent = asked.isIdempotent ?? IDEMPOTENT.includes(asked.method);
      const isStale = request.reusedSocket && ENDED.includes(error.code ?? '') && isIdempotent;
      if (isStale) end(STALE);
      else {
        const fault = webFault(error, url, proxy, isConnected ? 'connected' : 'connecting');
        end({ kind: 'failed', fault, mayHaveArrived: isConnected });
      }
    });
    request.on('response', (reply) => {
      isAnswering = true;
      void taken(reply, url, asked, received).then(end);
    });
    if (signal?.aborted) giveUp();
    else request.end(asked.body);
  });
}

function headersOf({ headers = {}, body }: WebRequest): Record<string, string> {
  return { ...headers, ...(body === undefined ? {} : { 'content-length': String(body.length) }) };
}

/** The reply as a whole, or why it is none. */
async function taken(
  reply: IncomingMessage,
  url: URL,
  { method, replyBytesMax }: WebRequest,
  received: { bytes: number },
): Promise<WebOutcome> {
  const failed = (fault: SyncFault): WebOutcome => ({ kind: 'failed', fault, mayHaveArrived: true });
  const status = reply.statusCode ?? 0;
  if (status >= 300 && status < 400) return failed(redirected(url, reply.headers.location));
  const bytesMax = replyBytesMax ?? REPLY_BYTES_MAX;
  const parts: Uint8Array[] = [];
  try {
    for await (const part of reply as AsyncIterable<Uint8Array>) {
      received.bytes += part.length;
      if (received.bytes > bytesMax) return failed(tooLarge(url.host, bytesMax));
      parts.push(part);
    }
  } catch {
    return failed(brokenOff(url.host));
  }
  if (!reply.complete) return failed(brokenOff(url.host));
  const headers = joined(reply.headersDistinct);
  const answer: WebReply = { status, headers, body: Buffer.concat(parts) };
  return method !== 'HEAD' && isPage(answer)
    ? failed(pageInstead(url.host, status))
    : { kind: 'answered', reply: answer };
}

function withBytes(failed: WebFailed, receivedBytes: number): WebFailed {
  return receivedBytes === 0 ? failed : { ...failed, receivedBytes };
}

/** No server that Forebay speaks to answers a good request with a page for people. */
function isPage({ status, headers }: WebReply): boolean {
  return status < 300 && /^text\/html\b/i.test(headers['content-type'] ?? '');
}

function joined(headers: NodeJS.Dict<string[]>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, values = []]) => [name, values.join(', ')]));
}

function unusable({ code, message }: NodeJS.ErrnoException): SyncFault {
  const hint = 'the files hold certificates in PEM (BEGIN CERTIFICATE), and keyFile the key of the certificate';
  return { code: 'SYN_WEB_CERTIFICATE', message: `A certificate or key cannot be used (${code ?? message}).`, hint };
}
