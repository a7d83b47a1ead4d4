import { Buffer } from 'node:buffer';
import { assert } from '../../core/model/assert.ts';
import type { Span } from './plan-blocks.ts';
import { type ReadFunctionCode, TABLES } from './register-type.ts';

/** MODBUS Messaging on TCP/IP V1.0b, clause 3.1.3: a unit id and a PDU of at most 253 bytes follow the header. */
export const FRAME_BYTES_MAX = 254;
export const HEADER_BYTES = 6;
const PROTOCOL_ID = 0;
const EXCEPTION_FLAG = 0x80;
const CHECKSUM_BYTES = 2;

/** One question to a device, and all that its answer must agree with. */
export interface ReadRequest {
  readonly transactionId: number;
  readonly unitId: number;
  readonly functionCode: ReadFunctionCode;
  readonly address: number;
  readonly cells: number;
}

/** One frame as it came, the header's length already checked by the framing. */
export interface Frame {
  readonly transactionId: number;
  readonly protocolId: number;
  /** Unit id and PDU. */
  readonly body: Uint8Array;
}

export type Judgement =
  | { readonly kind: 'data'; readonly bytes: Uint8Array }
  | { readonly kind: 'exception'; readonly exception: number }
  | { readonly kind: 'stranger' }
  | { readonly kind: 'malformed'; readonly what: string };

export function readRequest(span: Span, unitId: number, transactionId: number): ReadRequest {
  return {
    transactionId,
    unitId,
    functionCode: TABLES[span.table].functionCode,
    address: span.address,
    cells: span.cells,
  };
}

/**
 * Unit id and PDU of a read, with room for the checksum that the TCP port cuts off. This is the only place where
 * bytes for a device are made, and it refuses every function code but the four that read: nothing here can write.
 */
export function encodeRead(request: ReadRequest): Buffer {
  const { unitId, functionCode, address, cells } = request;
  assert(functionCode >= 1 && functionCode <= 4, `function code ${functionCode} reads: only 1 to 4 are ever sent`);
  assert(cells >= 1 && address >= 0 && address + cells <= 0x1_0000, `${cells} cells at ${address} exist`);
  const bytes = Buffer.alloc(HEADER_BYTES + CHECKSUM_BYTES);
  bytes.writeUInt8(unitId, 0);
  bytes.writeUInt8(functionCode, 1);
  bytes.writeUInt16BE(address, 2);
  bytes.writeUInt16BE(cells, 4);
  return bytes;
}

/**
 * Whether a frame answers the pending request. Only a frame that agrees in transaction id, protocol, unit id,
 * function code and byte count becomes data. One that answers another question is a stranger, to be ignored; one
 * that answers this question with the wrong shape is malformed, and nothing after it on the stream can be trusted.
 */
export function judgeReply(frame: Frame, pending: ReadRequest | undefined): Judgement {
  if (pending === undefined || frame.transactionId !== pending.transactionId) return { kind: 'stranger' };
  if (frame.protocolId !== PROTOCOL_ID || frame.body[0] !== pending.unitId) return { kind: 'stranger' };
  const functionCode = frame.body[1];
  if (functionCode === (pending.functionCode | EXCEPTION_FLAG)) return judgeException(frame.body);
  if (functionCode !== pending.functionCode) return { kind: 'stranger' };
  const expected = bytesOf(pending);
  const [, , claimed = 0] = frame.body;
  if (claimed !== expected || frame.body.length !== expected + 3) {
    return { kind: 'malformed', what: `${frame.body.length - 3} bytes, said to be ${claimed}, for ${expected} asked` };
  }
  return { kind: 'data', bytes: new Uint8Array(frame.body.subarray(3)) };
}

function judgeException(body: Uint8Array): Judgement {
  const [, , exception] = body;
  if (exception === undefined || body.length !== 3)
    return { kind: 'malformed', what: 'an exception of a wrong length' };
  return { kind: 'exception', exception };
}

function bytesOf(request: ReadRequest): number {
  return request.functionCode <= 2 ? Math.ceil(request.cells / 8) : request.cells * 2;
}
