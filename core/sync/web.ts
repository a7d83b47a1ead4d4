import type { SyncFault } from './target.ts';

/**
 * HTTP as far as targets and the watch on the link need it: one request, one reply. The appliance has one client for
 * everything that leaves the plant, so proxies, certificates and limits are one matter.
 */
export interface WebClient {
  /**
   * Never throws for what a network, a proxy or a server does, and never follows a redirect: whoever can answer with one
   * would choose where evidence and tokens go. A reply with any other status is `answered`; `statusFault` says what the
   * status means.
   */
  request(request: WebRequest, signal?: AbortSignal): Promise<WebOutcome>;
  /** Ends all connections. */
  close(): void;
}

export interface WebRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `https:` or `http:`, with neither user nor password in it. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /**
   * Sending it twice does what sending it once does, as with GET, HEAD, PUT and DELETE: it is sent again over a new
   * connection where the server had ended the kept one.
   */
  readonly isIdempotent?: boolean;
  /** A reply with a longer body is refused; 1 MiB where it is absent. */
  readonly replyBytesMax?: number;
  /** The whole request may take so long; 150 s where it is absent. */
  readonly timeoutMs?: number;
  /** So long may pass without a byte in either direction; 90 s where it is absent. */
  readonly silenceMs?: number;
}

export type WebOutcome = WebAnswered | WebFailed;

export interface WebAnswered {
  readonly kind: 'answered';
  readonly reply: WebReply;
}

export interface WebReply {
  /** 200 to 299 or 400 to 599. */
  readonly status: number;
  /** By their names in small letters; of a repeated one the values, joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whole: a reply that was cut short is `failed`. */
  readonly body: Uint8Array;
}

/** No reply, or none that could be used. */
export interface WebFailed {
  readonly kind: 'failed';
  readonly fault: SyncFault;
  /** Whether the server may have received the request and acted upon it. */
  readonly mayHaveArrived: boolean;
  /** So much of a reply came all the same; absent where nothing did. */
  readonly receivedBytes?: number;
}
