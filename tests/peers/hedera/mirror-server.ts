import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../../../core/model/clock.ts';
import { NANOS_PER_MS } from './entity-id.ts';
import type { FaultScript } from './fault-script.ts';
import { answerMirror, NotFound } from './mirror-answers.ts';
import { BadRequest } from './mirror-query.ts';
import type { NetworkState } from './network-state.ts';

/** What a portal, a proxy or a load balancer puts in the place of an answer. */
const PORTAL =
  '<!doctype html><html><head><title>Sign in</title></head><body>Sign in to use this network.</body></html>';

export interface MirrorOptions {
  readonly state: NetworkState;
  readonly faults: FaultScript;
  readonly clock: Clock;
  /** How far it is behind the network. */
  delayMs: number;
  /** Length of a block: nothing of one is seen before it is over. */
  readonly blockMs: number;
  /** How much further behind a replica is that `mirror-stale-replica` answers from. */
  readonly staleMs: number;
}

/** The mirror's REST API over HTTP. */
export class MirrorServer {
  readonly #options: MirrorOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isCut = false;
  /** Requests answered or turned away, by path without its query. */
  readonly asked = new Map<string, number>();

  constructor(options: MirrorOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => this.#answer(request, response));
    this.#server.on('connection', (socket) => {
      if (this.#isCut) socket.resetAndDestroy();
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  async listen(port = 0): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', resolve);
    });
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the mirror has no port');
    return address.port;
  }

  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  restore(): void {
    this.#isCut = false;
  }

  /** Puts it behind the network by this much from now on. */
  setDelay(delayMs: number): void {
    this.#options.delayMs = delayMs;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://mirror.example');
    this.asked.set(url.pathname, (this.asked.get(url.pathname) ?? 0) + 1);
    response.setHeader('date', new Date(this.#options.clock.wallMs()).toUTCString());
    if (!this.#fails(url, response)) this.#serve(url, response);
  }

  /** True if a fault took the place of the answer. */
  #fails(url: URL, response: ServerResponse): boolean {
    const { faults } = this.#options;
    if (faults.happens('mirror-hang')) return true;
    if (faults.happens('mirror-429')) refuse(response, 429, 'Too Many Requests');
    else if (faults.happens('mirror-500')) refuse(response, 500, 'Internal error');
    else if (faults.happens('mirror-html')) response.writeHead(200, { 'content-type': 'text/html' }).end(PORTAL);
    else if (!this.#isSettled(url) && faults.happens('mirror-404')) refuse(response, 404, 'Not found');
    return response.writableEnded;
  }

  #serve(url: URL, response: ServerResponse): void {
    const { faults, state, blockMs, staleMs } = this.#options;
    const lagMs = faults.happens('mirror-stale-replica') ? staleMs : 0;
    try {
      const body = answerMirror({ state, seenNs: this.#seenNs(lagMs), blockMs }, url);
      response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
    } catch (error) {
      if (error instanceof NotFound) refuse(response, 404, error.message);
      else if (error instanceof BadRequest) refuse(response, 400, error.message);
      else refuse(response, 500, String(error));
    }
  }

  /** The end of the newest block that is over and imported. */
  #seenNs(lagMs: number): bigint {
    const { clock, delayMs, blockMs } = this.#options;
    const seenMs = Math.max(0, clock.wallMs() - delayMs - lagMs);
    return BigInt(Math.floor(seenMs / blockMs) * blockMs) * NANOS_PER_MS - 1n;
  }

  /** True for a transaction that each replica has had for long: no mirror forgets it, so none says 404 to it. */
  #isSettled(url: URL): boolean {
    const id = url.pathname.split('/transactions/')[1];
    if (id === undefined) return false;
    const settledNs = this.#seenNs(this.#options.staleMs);
    return this.#options.state.recordsOf(id).some(({ consensusNs }) => consensusNs <= settledNs);
  }
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response
    .writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
    .end(JSON.stringify({ _status: { messages: [{ message }] } }));
}
