import { Socket } from 'node:net';
import TcpPort from 'modbus-serial/ports/tcpport.js';
import type { DriverHost } from '../../core/acquisition/driver.ts';
import { assert } from '../../core/model/assert.ts';
import type { CancelTimer } from '../../core/model/clock.ts';
import type { Fault } from '../../core/model/fault.ts';
import type { ModbusConnectionSettings } from './connection-schema.ts';
import {
  abortedFault,
  closedFault,
  connectTimeoutFault,
  malformedFault,
  socketFault,
  timeoutFault,
} from './link-fault.ts';
import type { Span } from './plan-blocks.ts';
import { encodeRead, FRAME_BYTES_MAX, type Frame, judgeReply, type ReadRequest, readRequest } from './read-codec.ts';
import { ReplyCutter } from './reply-cutter.ts';

/** 16 bits on the wire. */
const TRANSACTION_IDS = 0x1_0000;
const KEEP_ALIVE_MS = 10_000;
const RECEIVE_BYTES = 4096;

/** The numbers of a connection, shared by the links that it opens one after the other. */
export interface Tally {
  requests: number;
  timeouts: number;
  strangers: number;
}

export type Reply =
  | { readonly kind: 'data'; readonly bytes: Uint8Array; readonly readAtMs: number }
  | { readonly kind: 'exception'; readonly exception: number }
  /** No answer, and the link is spent. */
  | { readonly kind: 'lost'; readonly fault: Fault };

interface Pending {
  readonly request: ReadRequest;
  readonly resolve: (reply: Reply) => void;
  /** On the monotonic clock. */
  readonly dueMs: number;
}

/**
 * One TCP connection to one device, used for one request at a time, and only as long as every request was answered.
 * modbus-serial frames what is sent. What comes goes past it: it matches replies by the low 8 bits of a counter and
 * never forgets an answered one.
 *
 * A late, doubled or foreign reply never becomes a value, for three reasons: a reply counts only when it agrees with
 * the pending request in transaction id, unit id, function code and byte count; a transaction id is used at most once
 * in the life of a link; and a request that stays unanswered ends the link, so that its reply has nowhere to arrive.
 * The first id is random, lest a gateway that mixes up its connections hands over a reply of the link before.
 */
export class Link {
  readonly #settings: ModbusConnectionSettings;
  readonly #host: DriverHost;
  readonly #tally: Tally;
  readonly #socket: Socket;
  readonly #port: TcpPort;
  readonly #cutter = new ReplyCutter((frame) => this.#judge(frame));
  readonly #firstId: number;
  #idsUsed = 0;
  #pending: Pending | undefined;
  #cancelWatch: CancelTimer | undefined;
  #end: Fault | undefined;

  constructor(socket: Socket, settings: ModbusConnectionSettings, host: DriverHost, tally: Tally) {
    this.#settings = settings;
    this.#host = host;
    this.#tally = tally;
    this.#socket = socket;
    this.#firstId = Math.floor(host.random.next() * TRANSACTION_IDS);
    this.#port = new TcpPort({ socket });
    socket.on('error', (error) => this.#finish(socketFault(error, settings)));
    socket.on('close', () => this.#finish(closedFault(settings)));
  }

  /** False once a request stayed unanswered, the other side left, or every transaction id has been used. */
  get isUsable(): boolean {
    return this.#end === undefined && this.#idsUsed < TRANSACTION_IDS;
  }

  /** Asks for one run of cells. Never rejects; `lost` means that the link is not usable any more. */
  request(span: Span): Promise<Reply> {
    assert(this.#pending === undefined, 'one request is pending at a time');
    if (this.#end !== undefined) return Promise.resolve({ kind: 'lost', fault: this.#end });
    const transactionId = (this.#firstId + this.#idsUsed) % TRANSACTION_IDS;
    const request = readRequest(span, this.#settings.unitId, transactionId);
    this.#idsUsed += 1;
    this.#tally.requests += 1;
    return new Promise((resolve) => {
      this.#pending = { request, resolve, dueMs: this.#host.clock.monotonicMs() + this.#settings.timeout };
      if (this.#cancelWatch === undefined) this.#watch(this.#settings.timeout);
      this.#port._transactionIdWrite = transactionId;
      this.#port.write(encodeRead(request));
    });
  }

  /** Takes what came from the device. */
  receive(bytes: Uint8Array): void {
    const impossible = this.#cutter.take(bytes);
    if (impossible === undefined) return;
    this.#finish(malformedFault(this.#settings, `a frame of ${impossible} bytes, at most ${FRAME_BYTES_MAX} exist`));
  }

  /** Gives up a request that is on its way, and with it the link. An idle link stays usable. */
  abandon(): void {
    if (this.#pending !== undefined) this.#finish(abortedFault());
  }

  close(): void {
    this.#finish(closedFault(this.#settings));
  }

  #judge(frame: Frame): void {
    const reply = judgeReply(frame, this.#pending?.request);
    if (reply.kind === 'stranger') this.#tally.strangers += 1;
    else if (reply.kind === 'malformed') this.#finish(malformedFault(this.#settings, reply.what));
    else if (reply.kind === 'exception') this.#settle(reply);
    else this.#settle({ ...reply, readAtMs: this.#host.clock.wallMs() });
  }

  /** One timer for the requests of a while: when it goes off, it waits for what remains of the latest one. */
  #watch(delayMs: number): void {
    this.#cancelWatch = this.#host.clock.after(delayMs, () => {
      this.#cancelWatch = undefined;
      if (this.#pending === undefined) return;
      const remainingMs = this.#pending.dueMs - this.#host.clock.monotonicMs();
      if (remainingMs > 0) {
        this.#watch(Math.ceil(remainingMs));
      } else {
        this.#tally.timeouts += 1;
        this.#finish(timeoutFault(this.#settings));
      }
    });
  }

  #settle(reply: Reply): void {
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.resolve(reply);
  }

  #finish(fault: Fault): void {
    if (this.#end !== undefined) return;
    this.#end = fault;
    this.#cancelWatch?.();
    this.#socket.destroy();
    this.#settle({ kind: 'lost', fault });
  }
}

export type LinkOutcome =
  | { readonly kind: 'open'; readonly link: Link }
  | { readonly kind: 'fault'; readonly fault: Fault };

/** Connects within the timeout of the settings. Never rejects. */
export function openLink(
  settings: ModbusConnectionSettings,
  host: DriverHost,
  tally: Tally,
  signal: AbortSignal,
): Promise<LinkOutcome> {
  if (signal.aborted) return Promise.resolve({ kind: 'fault', fault: abortedFault() });
  return new Promise((resolve) => {
    let link: Link | undefined;
    const socket = new Socket({
      onread: {
        buffer: new Uint8Array(RECEIVE_BYTES),
        callback: (length, buffer) => {
          link?.receive(buffer.subarray(0, length));
          return true;
        },
      },
    });
    const settle = (outcome: LinkOutcome): void => {
      cancelTimer();
      signal.removeEventListener('abort', onAbort);
      resolve(outcome);
    };
    const giveUp = (fault: Fault): void => {
      socket.destroy();
      settle({ kind: 'fault', fault });
    };
    const onAbort = (): void => giveUp(abortedFault());
    const onError = (error: Error): void => giveUp(socketFault(error, settings));
    const cancelTimer = host.clock.after(settings.timeout, () => giveUp(connectTimeoutFault(settings)));
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('error', onError);
    socket.once('connect', () => {
      socket.setNoDelay(true);
      socket.setKeepAlive(true, KEEP_ALIVE_MS);
      link = new Link(socket, settings, host, tally);
      socket.off('error', onError);
      settle({ kind: 'open', link });
    });
    socket.connect({ host: settings.host, port: settings.port });
  });
}
