import type { Socket } from 'node:net';
import type TcpPort from 'modbus-serial/ports/tcpport.js';
import type { DriverHost } from '../../core/acquisition/driver.ts';
import { assert } from '../../core/model/assert.ts';
import type { CancelTimer } from '../../core/model/clock.ts';
import type { Fault } from '../../core/model/fault.ts';
import { countRequest, type Link, type LinkOutcome, type Reply, type Tally } from './link.ts';
import { closedFault, malformedFault, type SocketPlace } from './link-fault.ts';
import { type MakeSocket, openSocket } from './open-socket.ts';
import { encodeQuestion, type Frame, judgeFrame, type Question } from './read-codec.ts';
import { ReplyCutter } from './reply-cutter.ts';

/** 16 bits on the wire. */
const TRANSACTION_IDS = 0x1_0000;

interface Pending {
  readonly question: Question;
  readonly transactionId: number;
  readonly tally: Tally;
  readonly resolve: (reply: Reply) => void;
  /** On the monotonic clock. */
  readonly dueMs: number;
}

/**
 * One Modbus TCP connection, used for one question at a time. modbus-serial frames what is sent. What comes goes past
 * it: it matches replies by the low 8 bits of a counter and never forgets an answered one.
 *
 * A late, doubled, foreign or reordered reply never becomes a value, for two reasons: a reply counts only when it
 * agrees with the pending question in transaction id, unit id, function code and byte count; and a transaction id is
 * used at most once in the life of a link, so that no earlier question of this link has the id that is waited for.
 * The first id is random, lest a gateway that mixes up its connections hands over a reply of the link before. The
 * line closes a link that stays silent, so that a broken gateway starts afresh; nothing above depends on that.
 */
export class TcpLink implements Link {
  readonly #place: SocketPlace;
  readonly #host: DriverHost;
  readonly #socket: Socket;
  readonly #port: TcpPort;
  readonly #cutter = new ReplyCutter((frame) => this.#judge(frame));
  readonly #firstId: number;
  #idsUsed = 0;
  #pending: Pending | undefined;
  #cancelWatch: CancelTimer | undefined;
  #watchDueMs = 0;
  #end: Fault | undefined;
  /** Takes the strangers that come while nobody waits. */
  #lastTally: Tally | undefined;

  constructor(port: TcpPort, socket: Socket, place: SocketPlace, host: DriverHost) {
    this.#place = place;
    this.#host = host;
    this.#socket = socket;
    this.#firstId = Math.floor(host.random.next() * TRANSACTION_IDS);
    this.#port = port;
  }

  get isUsable(): boolean {
    return this.#end === undefined && this.#idsUsed < TRANSACTION_IDS;
  }

  request(question: Question, timeoutMs: number, tally: Tally): Promise<Reply> {
    assert(this.#pending === undefined, 'one question is pending at a time');
    if (this.#end !== undefined) return Promise.resolve({ kind: 'lost', fault: this.#end });
    const transactionId = (this.#firstId + this.#idsUsed) % TRANSACTION_IDS;
    this.#idsUsed += 1;
    countRequest(tally, question.functionCode);
    this.#lastTally = tally;
    return new Promise((resolve) => {
      const dueMs = this.#host.clock.monotonicMs() + timeoutMs;
      this.#pending = { question, transactionId, tally, resolve, dueMs };
      this.#watch(timeoutMs, dueMs);
      this.#port._transactionIdWrite = transactionId;
      this.#port.write(encodeQuestion(question));
    });
  }

  /** Takes what came from the device. */
  receive(bytes: Uint8Array): void {
    if (this.#end !== undefined) return;
    const outOfStep = this.#cutter.take(bytes);
    if (outOfStep !== undefined) this.finish(malformedFault(this.#place, outOfStep));
  }

  abandon(): void {
    this.#settle({ kind: 'silent', isDamaged: false });
  }

  close(): void {
    this.finish(closedFault(this.#place));
  }

  finish(fault: Fault): void {
    if (this.#end !== undefined) return;
    this.#end = fault;
    this.#cancelWatch?.();
    this.#socket.destroy();
    this.#settle({ kind: 'lost', fault });
  }

  #judge(frame: Frame): void {
    const pending = this.#pending;
    const reply = judgeFrame(frame, pending?.question, pending?.transactionId ?? 0);
    if (reply.kind === 'stranger') {
      if (this.#lastTally !== undefined) this.#lastTally.strangers += 1;
    } else if (reply.kind === 'malformed') this.finish(malformedFault(this.#place, reply.what));
    else if (reply.kind === 'exception') this.#settle(reply);
    else this.#settle({ ...reply, readAtMs: this.#host.clock.wallMs() });
  }

  /** One timer for the questions of a while: when it goes off, it waits for what remains of the latest one. */
  #watch(delayMs: number, dueMs: number): void {
    if (this.#cancelWatch !== undefined) {
      if (this.#watchDueMs <= dueMs) return;
      this.#cancelWatch();
    }
    this.#watchDueMs = dueMs;
    this.#cancelWatch = this.#host.clock.after(delayMs, () => {
      this.#cancelWatch = undefined;
      const pending = this.#pending;
      if (pending === undefined) return;
      const remainingMs = pending.dueMs - this.#host.clock.monotonicMs();
      if (remainingMs > 0) {
        this.#watch(Math.ceil(remainingMs), pending.dueMs);
      } else {
        pending.tally.timeouts += 1;
        this.#settle({ kind: 'silent', isDamaged: false });
      }
    });
  }

  #settle(reply: Reply): void {
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.resolve(reply);
  }
}

/** Connects within the timeout of the place. Never rejects. modbus-serial is loaded at the first connection. */
export async function openTcpLink(
  place: SocketPlace,
  host: DriverHost,
  signal: AbortSignal,
  makeSocket?: MakeSocket,
): Promise<LinkOutcome> {
  const { default: Port } = await import('modbus-serial/ports/tcpport.js');
  let link: TcpLink | undefined;
  const handlers = {
    onBytes: (bytes: Uint8Array): void => link?.receive(bytes),
    onEnd: (fault: Fault): void => link?.finish(fault),
  };
  const opened = await openSocket(place, host, handlers, signal, makeSocket);
  if (opened.kind === 'fault') return opened;
  link = new TcpLink(new Port({ socket: opened.socket }), opened.socket, place, host);
  // It may have gone before there was a link to be told.
  if (opened.socket.destroyed) link.finish(closedFault(place));
  return { kind: 'open', link };
}
