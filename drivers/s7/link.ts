import { Socket } from 'node:net';
import type { DriverHost } from '../../core/acquisition/driver.ts';
import { assert } from '../../core/model/assert.ts';
import type { CancelTimer } from '../../core/model/clock.ts';
import type { Fault } from '../../core/model/fault.ts';
import type { S7ConnectionSettings } from './connection-schema.ts';
import { FrameCutter, type IsoMessage } from './frame-cutter.ts';
import type { Frames } from './frames.ts';
import {
  abortedFault,
  closedFault,
  connectTimeoutFault,
  disconnectFault,
  malformedFault,
  notAcceptedFault,
  pduTooSmallFault,
  socketFault,
  timeoutFault,
} from './link-fault.ts';
import { mostItemBytes } from './plan-runs.ts';
import { requestMeaning } from './refusal-fault.ts';
import { type Answer, judgeReply, type Question } from './reply.ts';
import { type Sendable, sendableName } from './send-gate.ts';

/** 16 bits on the wire; 0 is left to others. */
const REFERENCES = 0xffff;
const REFERENCE_AT = 11;
const KEEP_ALIVE_MS = 10_000;
/** The longest value. */
const VALUE_BYTES_MAX = 8;
const CONNECTION_CONFIRM = 0xd0;
const DISCONNECT_REQUEST = 0x80;

/** The numbers of a connection. */
export interface Tally {
  requests: number;
  timeouts: number;
  strangers: number;
  readonly sent: Map<Sendable, number>;
}

export function newTally(): Tally {
  return { requests: 0, timeouts: 0, strangers: 0, sent: new Map() };
}

export type Reply =
  | Exclude<Answer, { kind: 'stranger' | 'malformed' }>
  /** No answer, and the link is spent. */
  | { readonly kind: 'lost'; readonly fault: Fault };

interface Pending {
  /** Undefined while the ISO connection is being asked for. */
  readonly question: Question | undefined;
  resolve(reply: Reply | { readonly kind: 'confirmed' }): void;
}

type Asked = Question extends infer Each ? (Each extends Question ? Omit<Each, 'reference'> : never) : never;

/**
 * One TCP connection to one PLC, used for one request at a time, and only as long as every request was answered. A
 * late, doubled or foreign reply never becomes a value: a reply counts only when it agrees with the open question in
 * reference, function, number and lengths of items; a reference comes again only after 65,535 others that were all
 * answered; and a request that stays unanswered ends the link, so that its reply has nowhere to arrive.
 */
export class Link {
  readonly #settings: S7ConnectionSettings;
  readonly #host: DriverHost;
  readonly #tally: Tally;
  readonly #socket: Socket;
  readonly #cutter = new FrameCutter((message) => this.#judge(message));
  readonly #firstReference: number;
  #referencesUsed = 0;
  #pending: Pending | undefined;
  #cancelTimer: CancelTimer | undefined;
  #end: Fault | undefined;
  #pduBytes = 0;

  constructor(socket: Socket, settings: S7ConnectionSettings, host: DriverHost, tally: Tally) {
    this.#settings = settings;
    this.#host = host;
    this.#tally = tally;
    this.#socket = socket;
    this.#firstReference = Math.floor(host.random.next() * REFERENCES);
    socket.on('error', (error) => this.#finish(socketFault(error, settings)));
    socket.on('close', () => this.#finish(closedFault(settings)));
    socket.on('data', (bytes) => this.#receive(bytes));
  }

  /** How long a message may be, as agreed with the PLC. */
  get pduBytes(): number {
    return this.#pduBytes;
  }

  /** False once a request stayed unanswered or the other side left. */
  get isUsable(): boolean {
    return this.#end === undefined;
  }

  /** Makes the ISO connection and agrees on the length of messages. Undefined when all is well. */
  async introduce(frames: Frames): Promise<Fault | undefined> {
    const confirmed = await this.#send(frames.connectRequest(this.#settings), undefined);
    if (confirmed.kind === 'lost') return this.#whyNotAccepted(confirmed.fault);
    const reply = await this.ask(frames.negotiation(this.#settings.pduBytes), { kind: 'negotiate' });
    if (reply.kind === 'lost') return reply.fault;
    if (reply.kind === 'refused') return requestMeaning(reply.error).fault;
    if (reply.kind !== 'negotiated') return malformedFault(this.#settings, 'no answer to the negotiation');
    this.#pduBytes = Math.min(reply.pduBytes, this.#settings.pduBytes);
    const isEnough = mostItemBytes(this.#pduBytes) >= VALUE_BYTES_MAX;
    return isEnough ? undefined : pduTooSmallFault(this.#settings, this.#pduBytes);
  }

  /** Sends a request and waits for its answer. Never rejects; `lost` means that the link is not usable any more. */
  async ask(frame: Buffer, asked: Asked): Promise<Reply> {
    const reference = 1 + ((this.#firstReference + this.#referencesUsed) % REFERENCES);
    this.#referencesUsed += 1;
    frame.writeUInt16BE(reference, REFERENCE_AT);
    const reply = await this.#send(frame, { ...asked, reference } as Question);
    assert(reply.kind !== 'confirmed', 'a question is not answered by a connection');
    return reply;
  }

  /** Gives up a request that is on its way, and with it the link. An idle link stays usable. */
  abandon(): void {
    if (this.#pending !== undefined) this.#finish(abortedFault());
  }

  close(): void {
    this.#finish(closedFault(this.#settings));
  }

  #send(frame: Buffer, question: Question | undefined): Promise<Reply | { readonly kind: 'confirmed' }> {
    assert(this.#pending === undefined, 'one request is pending at a time');
    const name = sendableName(frame);
    assert(name !== undefined, 'only what reads is sent to a PLC');
    if (this.#end !== undefined) return Promise.resolve({ kind: 'lost', fault: this.#end });
    this.#tally.requests += 1;
    this.#tally.sent.set(name, (this.#tally.sent.get(name) ?? 0) + 1);
    return new Promise((resolve) => {
      this.#pending = { question, resolve };
      this.#cancelTimer = this.#host.clock.after(this.#settings.timeout, () => {
        this.#tally.timeouts += 1;
        this.#finish(timeoutFault(this.#settings));
      });
      this.#socket.write(frame);
    });
  }

  #receive(bytes: Buffer): void {
    if (this.#end !== undefined) return;
    const wrong = this.#cutter.take(bytes);
    if (wrong !== undefined) this.#finish(malformedFault(this.#settings, wrong));
  }

  #judge(message: IsoMessage): void {
    if (this.#end !== undefined) return;
    if (message.kind === 'control') {
      this.#judgeControl(message.code, message.bytes);
      return;
    }
    const answer = judgeReply(message.bytes, this.#pending?.question);
    if (answer.kind === 'stranger') this.#tally.strangers += 1;
    else if (answer.kind === 'malformed') this.#finish(malformedFault(this.#settings, answer.what));
    else this.#settle(answer);
  }

  #judgeControl(code: number, bytes: Buffer): void {
    const isAsked = this.#pending !== undefined && this.#pending.question === undefined;
    if (code === DISCONNECT_REQUEST) {
      this.#finish(isAsked ? disconnectFault(this.#settings, bytes[6] ?? 0) : closedFault(this.#settings));
    } else if (code === CONNECTION_CONFIRM && isAsked) {
      this.#settle({ kind: 'confirmed' });
    } else {
      this.#tally.strangers += 1;
    }
  }

  #whyNotAccepted(fault: Fault): Fault {
    switch (fault.code) {
      case 'DRV_S7_CLOSED':
      case 'DRV_S7_RESET':
        return notAcceptedFault(this.#settings, 'closed the connection');
      case 'DRV_S7_TIMEOUT':
        return notAcceptedFault(this.#settings, `kept silent for ${this.#settings.timeout} ms`);
      default:
        return fault;
    }
  }

  #settle(reply: Reply | { readonly kind: 'confirmed' }): void {
    this.#cancelTimer?.();
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.resolve(reply);
  }

  #finish(fault: Fault): void {
    if (this.#end !== undefined) return;
    this.#end = fault;
    this.#socket.destroy();
    this.#settle({ kind: 'lost', fault });
  }
}

export type LinkOutcome =
  | { readonly kind: 'open'; readonly link: Link }
  | { readonly kind: 'fault'; readonly fault: Fault };

export interface LinkParts {
  readonly settings: S7ConnectionSettings;
  readonly host: DriverHost;
  readonly tally: Tally;
  readonly frames: Frames;
}

/** Connects, each step within the timeout of the settings. Never rejects. */
export async function openLink(
  { settings, host, tally, frames }: LinkParts,
  signal: AbortSignal,
): Promise<LinkOutcome> {
  if (signal.aborted) return { kind: 'fault', fault: abortedFault() };
  const socket = new Socket();
  const refusal = await connectSocket(socket, settings, host, signal);
  if (refusal !== undefined) {
    socket.destroy();
    return { kind: 'fault', fault: refusal };
  }
  const link = new Link(socket, settings, host, tally);
  const onAbort = (): void => link.abandon();
  signal.addEventListener('abort', onAbort, { once: true });
  const fault = await link.introduce(frames);
  signal.removeEventListener('abort', onAbort);
  if (fault === undefined && !signal.aborted) return { kind: 'open', link };
  link.close();
  return { kind: 'fault', fault: fault ?? abortedFault() };
}

function connectSocket(
  socket: Socket,
  settings: S7ConnectionSettings,
  host: DriverHost,
  signal: AbortSignal,
): Promise<Fault | undefined> {
  return new Promise((resolve) => {
    const settle = (fault: Fault | undefined): void => {
      cancelTimer();
      signal.removeEventListener('abort', onAbort);
      socket.off('error', onError);
      // An error that comes after all is decided must find a listener.
      socket.on('error', () => undefined);
      resolve(fault);
    };
    const onAbort = (): void => settle(abortedFault());
    const onError = (error: Error): void => settle(socketFault(error, settings));
    const cancelTimer = host.clock.after(settings.timeout, () => settle(connectTimeoutFault(settings)));
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('error', onError);
    socket.once('connect', () => {
      socket.setNoDelay(true);
      socket.setKeepAlive(true, KEEP_ALIVE_MS);
      settle(undefined);
    });
    socket.connect({ host: settings.host, port: settings.port });
  });
}
