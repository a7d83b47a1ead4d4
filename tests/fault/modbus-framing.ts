/** One request as a server understood it. */
export interface AskedFor {
  transactionId: number;
  unitId: number;
  functionCode: number;
  address: number;
  count: number;
}

/** The two ways to put a PDU on the wire, written against the specifications and shared with no driver. */
export interface Framing {
  readonly name: 'tcp' | 'rtu';
  /** The first whole request in what has come, and how many bytes it takes; nothing while it is not whole. */
  cut(received: Buffer): { request: AskedFor; bytes: number } | undefined;
  /** A frame around unit id and PDU. */
  frame(request: AskedFor, body: Buffer): Buffer;
  /** Unit id and PDU of a frame that `frame` made. */
  bodyOf(frame: Buffer): Buffer;
}

const HEADER_BYTES = 6;
const IDENTIFY = 0x2b;

export const TCP_FRAMING: Framing = {
  name: 'tcp',
  cut(received) {
    if (received.length < HEADER_BYTES) return undefined;
    const bytes = HEADER_BYTES + received.readUInt16BE(4);
    if (received.length < bytes) return undefined;
    const body = received.subarray(HEADER_BYTES, bytes);
    return { request: { transactionId: received.readUInt16BE(0), ...understand(body) }, bytes };
  },
  frame(request, body) {
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt16BE(request.transactionId, 0);
    header.writeUInt16BE(0, 2);
    header.writeUInt16BE(body.length, 4);
    return Buffer.concat([header, body]);
  },
  bodyOf: (frame) => frame.subarray(HEADER_BYTES),
};

export const RTU_FRAMING: Framing = {
  name: 'rtu',
  cut(received) {
    if (received.length < 2) return undefined;
    const bytes = received.readUInt8(1) === IDENTIFY ? 7 : 8;
    if (received.length < bytes) return undefined;
    if (crcOf(received.subarray(0, bytes - 2)) !== received.readUInt16LE(bytes - 2)) throw new Error('a bad checksum');
    return { request: { transactionId: 0, ...understand(received.subarray(0, bytes - 2)) }, bytes };
  },
  frame(_, body) {
    const checksum = Buffer.alloc(2);
    checksum.writeUInt16LE(crcOf(body), 0);
    return Buffer.concat([body, checksum]);
  },
  bodyOf: (frame) => frame.subarray(0, frame.length - 2),
};

function understand(body: Buffer): Omit<AskedFor, 'transactionId'> {
  const isRead = body.length === 6;
  return {
    unitId: body.readUInt8(0),
    functionCode: body.readUInt8(1),
    address: isRead ? body.readUInt16BE(2) : 0,
    count: isRead ? body.readUInt16BE(4) : 0,
  };
}

/** Bit by bit, as the specification describes it. */
export function crcOf(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  }
  return crc;
}
