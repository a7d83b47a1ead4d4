import type { ServerResponse } from 'node:http';
import type { CancelTimer } from '../../core/model/clock.ts';
import type { Log } from '../../core/model/log.ts';
import type { ApplianceView, Point, StreamEvent } from './view.ts';

export interface StreamClient {
  readonly response: ServerResponse;
  readonly requestId: string;
  /** Whether whoever opened the stream would still be let in. */
  isInForce(): boolean;
}

const PING_MS = 15_000;
const SAMPLE_PERIOD_MS = 1000;
/** What may wait for a client that reads slowly. */
const CLIENT_BYTES_MAX = 1024 * 1024;
export const STREAM_CLIENTS_MAX = 64;

/**
 * Hands the appliance's events to every open stream (server-sent events, WHATWG HTML section 9.2). Samples of one
 * second go out together, the newest of each point. A client that cannot keep up is dropped: it reconnects and asks
 * for the present state, which is worth more than a queue of old ones.
 */
export class StreamHub {
  readonly #view: Pick<ApplianceView, 'clock' | 'subscribe'>;
  readonly #log: Log;
  readonly #clients = new Set<StreamClient>();
  readonly #pending = new Map<string, Point>();
  /** Ends the listening, while there is somebody to tell: what nobody hears is not worth making. */
  #unsubscribe: (() => void) | undefined;
  #cancelFlush: CancelTimer | undefined;
  #cancelPing: CancelTimer;
  #flushedMs = Number.NEGATIVE_INFINITY;

  constructor(view: Pick<ApplianceView, 'clock' | 'subscribe'>, log: Log) {
    this.#view = view;
    this.#log = log;
    this.#cancelPing = view.clock.after(PING_MS, () => this.#ping());
  }

  get size(): number {
    return this.#clients.size;
  }

  /** Takes over a response whose head has been written, until either side ends it. */
  add(client: StreamClient): void {
    this.#clients.add(client);
    this.#unsubscribe ??= this.#view.subscribe((event) => this.#take(event));
    client.response.on('close', () => this.#drop(client));
    // A broken connection is the ordinary end of a stream.
    client.response.on('error', () => this.#drop(client));
    this.#send(client, 'retry: 2000\n: open\n\n');
  }

  close(): void {
    this.#deafen();
    this.#cancelPing();
    this.#cancelFlush?.();
    for (const { response } of this.#clients) response.end();
    this.#clients.clear();
  }

  #take(event: StreamEvent): void {
    if (event.event !== 'sample') {
      this.#broadcast(event);
      return;
    }
    for (const point of event.data.items) this.#pending.set(point.point, point);
    if (this.#cancelFlush !== undefined) return;
    const { clock } = this.#view;
    const waitMs = Math.max(0, this.#flushedMs + SAMPLE_PERIOD_MS - clock.monotonicMs());
    this.#cancelFlush = clock.after(waitMs, () => this.#flush());
  }

  #drop(client: StreamClient): void {
    this.#clients.delete(client);
    if (this.#clients.size === 0) this.#deafen();
  }

  #deafen(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }

  #flush(): void {
    this.#cancelFlush = undefined;
    this.#flushedMs = this.#view.clock.monotonicMs();
    const items = [...this.#pending.values()];
    this.#pending.clear();
    this.#broadcast({ event: 'sample', data: { items } });
  }

  #ping(): void {
    this.#cancelPing = this.#view.clock.after(PING_MS, () => this.#ping());
    for (const client of this.#clients) {
      if (client.isInForce()) this.#send(client, ': ping\n\n');
      else client.response.end();
    }
  }

  #broadcast({ event, data }: StreamEvent): void {
    const text = `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
    for (const client of this.#clients) this.#send(client, text);
  }

  #send(client: StreamClient, text: string): void {
    const { response, requestId } = client;
    if (response.destroyed || response.writableEnded) return;
    if (response.writableLength > CLIENT_BYTES_MAX) {
      this.#drop(client);
      const details = { code: 'API_STREAM_TOO_SLOW', requestId, waitingBytes: response.writableLength };
      this.#log.warn(details, 'A client of the event stream did not keep up and was dropped.');
      response.destroy();
      return;
    }
    response.write(text);
  }
}
