import { Buffer } from 'node:buffer';
import { FRAME_BYTES_MAX, type Frame, HEADER_BYTES, PROTOCOL_ID } from './read-codec.ts';

const BUFFER_BYTES = 2 * (HEADER_BYTES + FRAME_BYTES_MAX);

/**
 * Cuts the byte stream of a device into frames by the length in their headers (MODBUS Messaging on TCP/IP V1.0b,
 * clause 3.1.3). Holds at most one unfinished frame.
 */
export class ReplyCutter {
  readonly #onFrame: (frame: Frame) => void;
  readonly #waiting = Buffer.alloc(BUFFER_BYTES);
  #length = 0;

  constructor(onFrame: (frame: Frame) => void) {
    this.#onFrame = onFrame;
  }

  /**
   * Takes what has come and hands over each frame that is complete; a frame's bytes stand only while it is handed
   * over. Returns why the stream is out of step, when it is: nothing more of it can be understood then. A frame that
   * is followed by what begins no other is not handed over: it was cut short on the way, and its end is another's.
   */
  take(bytes: Uint8Array): string | undefined {
    for (let at = 0; at < bytes.length; ) {
      const taken = Math.min(bytes.length - at, BUFFER_BYTES - this.#length);
      this.#waiting.set(bytes.subarray(at, at + taken), this.#length);
      this.#length += taken;
      at += taken;
      const outOfStep = this.#cut();
      if (outOfStep !== undefined) return outOfStep;
    }
    return undefined;
  }

  #cut(): string | undefined {
    const waiting = this.#waiting;
    let at = 0;
    while (this.#length - at >= HEADER_BYTES) {
      const bodyBytes = waiting.readUInt16BE(at + 4);
      if (bodyBytes > FRAME_BYTES_MAX) return `a frame of ${bodyBytes} bytes, at most ${FRAME_BYTES_MAX} exist`;
      const end = at + HEADER_BYTES + bodyBytes;
      if (end > this.#length) break;
      if (this.#length - end >= HEADER_BYTES && waiting.readUInt16BE(end + 2) !== PROTOCOL_ID) {
        return 'bytes behind a frame that begin no other';
      }
      this.#onFrame({
        transactionId: waiting.readUInt16BE(at),
        protocolId: waiting.readUInt16BE(at + 2),
        body: waiting.subarray(at + HEADER_BYTES, end),
      });
      at = end;
    }
    waiting.copyWithin(0, at, this.#length);
    this.#length -= at;
    return undefined;
  }
}
