const TPKT_VERSION = 3;
const TPKT_HEADER_BYTES = 4;
/** Longer than any message of a PLC, and far shorter than what could fill the memory. */
const FRAME_BYTES_MAX = 8192;
const DATA = 0xf0;
const LAST_PART = 0x80;
const MESSAGE_BYTES_MAX = 65_536;

/** One whole message of the ISO layer (RFC 1006, ISO 8073 class 0). */
export type IsoMessage =
  | { readonly kind: 'data'; readonly bytes: Buffer }
  /** Anything but data: connection confirm 0xD0, disconnect request 0x80, ... */
  | { readonly kind: 'control'; readonly code: number; readonly bytes: Buffer };

/** Cuts the bytes of a connection into messages, however TCP split or joined them, and joins the parts of long ones. */
export class FrameCutter {
  readonly #onMessage: (message: IsoMessage) => void;
  #received: Buffer = Buffer.alloc(0);
  #parts: Buffer[] = [];

  constructor(onMessage: (message: IsoMessage) => void) {
    this.#onMessage = onMessage;
  }

  /** Takes what came. Returns what is wrong with it when this is no RFC 1006; the connection is then of no more use. */
  take(bytes: Uint8Array): string | undefined {
    this.#received = Buffer.concat([this.#received, bytes]);
    while (this.#received.length >= TPKT_HEADER_BYTES) {
      const length = this.#received.readUInt16BE(2);
      if (this.#received[0] !== TPKT_VERSION) return `bytes that begin with ${this.#received[0]}, not with 3`;
      if (length < 7 || length > FRAME_BYTES_MAX) return `a frame of ${length} bytes`;
      if (this.#received.length < length) return undefined;
      const frame = this.#received.subarray(TPKT_HEADER_BYTES, length);
      this.#received = this.#received.subarray(length);
      const wrong = this.#takeFrame(frame);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  }

  #takeFrame(frame: Buffer): string | undefined {
    const headerBytes = frame.readUInt8(0) + 1;
    const code = frame.readUInt8(1);
    if (headerBytes > frame.length) return 'a header that is longer than its frame';
    if (code !== DATA) {
      this.#onMessage({ kind: 'control', code: code & 0xf0, bytes: frame });
      return undefined;
    }
    this.#parts.push(frame.subarray(headerBytes));
    const total = this.#parts.reduce((sum, part) => sum + part.length, 0);
    if (total > MESSAGE_BYTES_MAX) return 'a message that does not end';
    if ((frame.readUInt8(2) & LAST_PART) === 0) return undefined;
    const [first = Buffer.alloc(0), ...rest] = this.#parts;
    this.#parts = [];
    this.#onMessage({ kind: 'data', bytes: rest.length === 0 ? first : Buffer.concat([first, ...rest]) });
    return undefined;
  }
}
