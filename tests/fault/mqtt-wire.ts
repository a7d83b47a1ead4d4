/** The bytes of MQTT packets (MQTT 5, clauses 1.5 and 2.1), for brokers of tests. */
export interface MqttPacket {
  readonly type: number;
  readonly flags: number;
  readonly body: Buffer;
}

export function packet(type: number, flags: number, body: Uint8Array): Buffer {
  return Buffer.concat([binary([(type << 4) | flags, ...varint(body.length)]), body]);
}

export function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  return Buffer.concat([binary([bytes.length >> 8, bytes.length & 255]), bytes]);
}

export function binary(values: readonly number[]): Buffer {
  return Buffer.from(values);
}

export function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push((rest & 127) | (rest > 127 ? 128 : 0));
    rest >>= 7;
  } while (rest > 0);
  return bytes;
}

/** Cuts what comes into packets. */
export class MqttCutter {
  readonly #take: (packet: MqttPacket) => void;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(take: (packet: MqttPacket) => void) {
    this.#take = take;
  }

  take(bytes: Uint8Array): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    for (;;) {
      const head = this.#head();
      if (head === undefined || this.#bytes.length < head.end) return;
      const first = this.#bytes[0] ?? 0;
      const body = this.#bytes.subarray(head.begin, head.end);
      this.#bytes = this.#bytes.subarray(head.end);
      this.#take({ type: first >> 4, flags: first & 15, body });
    }
  }

  #head(): { begin: number; end: number } | undefined {
    let length = 0;
    for (let at = 1; at <= 4; at += 1) {
      const byte = this.#bytes[at];
      if (byte === undefined) return undefined;
      length += (byte & 127) * 128 ** (at - 1);
      if (byte < 128) return { begin: at + 1, end: at + 1 + length };
    }
    return undefined;
  }
}
