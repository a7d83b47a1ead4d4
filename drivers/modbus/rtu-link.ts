import type { Buffer } from 'node:buffer';
import type { DriverHost } from '../../core/acquisition/driver.ts';
import { assert } from '../../core/model/assert.ts';
import type { CancelTimer } from '../../core/model/clock.ts';
import type { Fault } from '../../core/model/fault.ts';
import { countRequest, type Heard, type Link, type Reply, type Tally } from './link.ts';
import { CHECKSUM_BYTES, judgeBody, type Question } from './read-codec.ts';
import { encodeRtu, frameAt, RTU_FRAME_BYTES_MAX, replyLength } from './rtu-frame.ts';
import type { RtuTiming } from './rtu-timing.ts';

/** What carries the bytes: a serial port, or a socket to one. */
export interface Carrier {
  /** Throws away what has come and not been handed over yet, then calls back, at once or later. */
  flush(done: () => void): void;
  write(bytes: Buffer): void;
  close(): void;
}

const BUFFER_BYTES = 2 * RTU_FRAME_BYTES_MAX;
/** After so much that is no frame, the reply is not waited for much longer: it was damaged. */
const DAMAGED_WAIT_MS = 100;
/** A device that identifies itself says so in one frame of unknown length. */
const REPLY_BYTES_UNKNOWN = RTU_FRAME_BYTES_MAX;

interface Pending {
  readonly question: Question;
  readonly request: Buffer;
  readonly timeoutMs: number;
  readonly tally: Tally;
  readonly resolve: (reply: Reply) => void;
  readonly askedAtMs: number;
  isSent: boolean;
}

/**
 * Modbus RTU over a byte stream, one question at a time. Before each question the line has been silent for 3.5
 * characters and all that came is thrown away. A reply is found by its length, which its function code and byte count
 * tell, and by its checksum, wherever in the stream it begins: noise, echoes of what was sent, heartbeats and frames
 * of others are passed over. Which replies may be taken at all is settled before a question is asked, in
 * reply-shapes.ts; whole frames that answer nothing are reported there.
 */
export class RtuLink implements Link {
  readonly #carrier: Carrier;
  readonly #timing: RtuTiming;
  readonly #host: DriverHost;
  readonly #heard: Heard;
  readonly #closed: Fault;
  readonly #waiting = new Uint8Array(BUFFER_BYTES);
  #length = 0;
  /** Until when bytes were on the line, on the monotonic clock. */
  #busyUntilMs = Number.NEGATIVE_INFINITY;
  #pending: Pending | undefined;
  #lastTally: Tally | undefined;
  #lastRequest: Buffer | undefined;
  #cancelTimer: CancelTimer | undefined;
  #isDamaged = false;
  #end: Fault | undefined;

  /** `closed`: what is said of a question that comes after this side closed the link. */
  constructor(carrier: Carrier, timing: RtuTiming, host: DriverHost, heard: Heard, closed: Fault) {
    this.#carrier = carrier;
    this.#timing = timing;
    this.#host = host;
    this.#heard = heard;
    this.#closed = closed;
  }

  get isUsable(): boolean {
    return this.#end === undefined;
  }

  request(question: Question, timeoutMs: number, tally: Tally): Promise<Reply> {
    assert(this.#pending === undefined, 'one question is pending at a time');
    if (this.#end !== undefined) return Promise.resolve({ kind: 'lost', fault: this.#end });
    this.#lastTally = tally;
    const askedAtMs = this.#host.clock.monotonicMs();
    return new Promise((resolve) => {
      const request = encodeRtu(question);
      this.#pending = { question, request, timeoutMs, tally, resolve, askedAtMs, isSent: false };
      this.#isDamaged = false;
      this.#sendWhenSilent(this.#pending);
    });
  }

  receive(bytes: Uint8Array): void {
    if (this.#end !== undefined) return;
    this.#busyUntilMs = Math.max(this.#busyUntilMs, this.#host.clock.monotonicMs());
    for (let at = 0; at < bytes.length; ) {
      if (this.#length === BUFFER_BYTES) this.#discard(BUFFER_BYTES / 2);
      const taken = Math.min(bytes.length - at, BUFFER_BYTES - this.#length);
      this.#waiting.set(bytes.subarray(at, at + taken), this.#length);
      this.#length += taken;
      at += taken;
      this.#scan();
    }
    this.#hurryWhenDamaged();
  }

  abandon(): void {
    this.#settle({ kind: 'silent', isDamaged: false });
  }

  close(): void {
    this.finish(this.#closed);
  }

  finish(fault: Fault): void {
    if (this.#end !== undefined) return;
    this.#end = fault;
    this.#carrier.close();
    this.#settle({ kind: 'lost', fault });
  }

  #sendWhenSilent(pending: Pending): void {
    if (this.#pending !== pending) return;
    const nowMs = this.#host.clock.monotonicMs();
    if (nowMs - pending.askedAtMs > pending.timeoutMs) {
      // Somebody babbles: there was no silence to ask in.
      this.#settle({ kind: 'silent', isDamaged: true });
      return;
    }
    const waitMs = this.#busyUntilMs + this.#timing.silenceMs - nowMs;
    if (waitMs > 0) {
      this.#cancelTimer = this.#host.clock.after(waitMs, () => this.#sendWhenSilent(pending));
      return;
    }
    this.#carrier.flush(() => {
      if (this.#pending === pending) this.#send(pending);
    });
  }

  #send(pending: Pending): void {
    this.#length = 0;
    pending.isSent = true;
    this.#lastRequest = pending.request;
    countRequest(pending.tally, pending.question.functionCode);
    const requestMs = pending.request.length * this.#timing.byteMs;
    const replyMs = (replyLength(pending.question) ?? REPLY_BYTES_UNKNOWN) * this.#timing.byteMs;
    this.#busyUntilMs = this.#host.clock.monotonicMs() + requestMs;
    this.#endIn(pending.timeoutMs + requestMs + replyMs);
    this.#carrier.write(pending.request);
  }

  #endIn(delayMs: number): void {
    this.#cancelTimer?.();
    this.#cancelTimer = this.#host.clock.after(delayMs, () => {
      const pending = this.#pending;
      if (pending === undefined) return;
      pending.tally.timeouts += 1;
      this.#settle({ kind: 'silent', isDamaged: this.#isDamaged || this.#length > 0 });
    });
  }

  /** Takes every whole frame out of what waits; what lies before one is noise. */
  #scan(): void {
    for (let at = 0; at < this.#length; ) {
      const { kind, length } = frameAt(this.#waiting, at, this.#length);
      if (kind === 'none') {
        at += 1;
        continue;
      }
      const frame = this.#waiting.slice(at, at + length);
      if (at > 0 && this.#pending !== undefined) this.#isDamaged = true;
      this.#discard(at + length);
      at = 0;
      this.#judge(kind, frame);
    }
  }

  #judge(kind: 'reply' | 'request', frame: Uint8Array): void {
    const pending = this.#pending;
    if (kind === 'request' && this.#isEcho(frame)) return;
    if (kind === 'reply' && pending?.isSent === true) {
      const judged = judgeBody(frame.subarray(0, frame.length - CHECKSUM_BYTES), pending.question);
      if (judged.kind === 'exception') this.#settle(judged);
      if (judged.kind === 'data') this.#settle({ ...judged, readAtMs: this.#host.clock.wallMs() });
      if (this.#pending === undefined) return;
    }
    if (this.#lastTally !== undefined) this.#lastTally.strangers += 1;
    const [unitId = 0, functionCode = 0] = frame;
    if (functionCode < 1 || functionCode > 4) return;
    if (kind === 'reply') this.#heard.surplus(unitId, functionCode, frame.subarray(3, frame.length - CHECKSUM_BYTES));
    else this.#heard.foreignRequest(unitId, functionCode, ((frame[4] ?? 0) << 8) | (frame[5] ?? 0));
  }

  /** Some converters hand back what they send. */
  #isEcho(frame: Uint8Array): boolean {
    return this.#lastRequest?.equals(frame) === true;
  }

  #hurryWhenDamaged(): void {
    const pending = this.#pending;
    if (pending?.isSent !== true || this.#isDamaged) return;
    if (this.#length < (replyLength(pending.question) ?? REPLY_BYTES_UNKNOWN)) return;
    this.#isDamaged = true;
    const leftMs = pending.askedAtMs + pending.timeoutMs - this.#host.clock.monotonicMs();
    const wholeFrameMs = DAMAGED_WAIT_MS + RTU_FRAME_BYTES_MAX * this.#timing.byteMs;
    if (leftMs > wholeFrameMs) this.#endIn(wholeFrameMs);
  }

  #discard(bytes: number): void {
    this.#waiting.copyWithin(0, bytes, this.#length);
    this.#length -= bytes;
  }

  #settle(reply: Reply): void {
    const pending = this.#pending;
    this.#pending = undefined;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    pending?.resolve(reply);
  }
}
