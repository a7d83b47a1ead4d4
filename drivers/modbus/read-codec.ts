import { Buffer } from 'node:buffer';
import { assert } from '../../core/model/assert.ts';
import type { Span } from './plan-blocks.ts';
import { type ReadFunctionCode, TABLES } from './register-type.ts';

/** MODBUS Messaging on TCP/IP V1.0b, clause 3.1.3: a unit id and a PDU of at most 253 bytes follow the header. */
export const FRAME_BYTES_MAX = 254;
export const HEADER_BYTES = 6;
/** Modbus, of all protocols that the header could name. */
export const PROTOCOL_ID = 0;
export const EXCEPTION_FLAG = 0x80;
export const CHECKSUM_BYTES = 2;

/** Read Device Identification (MODBUS Application Protocol V1.1b3, clause 6.21): function code and MEI type. */
export const IDENTIFY_FUNCTION_CODE = 0x2b;
export const IDENTIFY_MEI_TYPE = 0x0e;

/** One question to a device, and all that its answer must agree with. */
export type Question = ReadQuestion | IdentifyQuestion;

export interface ReadQuestion {
  readonly unitId: number;
  readonly functionCode: ReadFunctionCode;
  readonly address: number;
  readonly cells: number;
}

export interface IdentifyQuestion {
  readonly unitId: number;
  readonly functionCode: typeof IDENTIFY_FUNCTION_CODE;
  /** 1 basic, 2 regular, 3 extended: what to list from `objectId` on. */
  readonly category: 1 | 2 | 3;
  readonly objectId: number;
}

/** One frame of Modbus TCP as it came, the header's length already checked by the framing. */
export interface Frame {
  readonly transactionId: number;
  readonly protocolId: number;
  /** Unit id and PDU. */
  readonly body: Uint8Array;
}

export type Judgement =
  /** The cells that were asked for, or the PDU of an identification behind its MEI type. */
  | { readonly kind: 'data'; readonly bytes: Uint8Array }
  | { readonly kind: 'exception'; readonly exception: number }
  | { readonly kind: 'stranger' }
  | { readonly kind: 'malformed'; readonly what: string };

export function readQuestion(span: Span, unitId: number): ReadQuestion {
  return { unitId, functionCode: TABLES[span.table].functionCode, address: span.address, cells: span.cells };
}

/**
 * Unit id and PDU of a question, with room for the checksum of the serial forms. This is the only place where bytes
 * for a device are made, and it refuses every function code but the four that read and the one that identifies:
 * nothing here can write.
 */
export function encodeQuestion(question: Question): Buffer {
  if (question.functionCode === IDENTIFY_FUNCTION_CODE) {
    const { unitId, category, objectId } = question;
    assert(category >= 1 && category <= 3, `identification category ${category} lists`);
    return Buffer.from([unitId, IDENTIFY_FUNCTION_CODE, IDENTIFY_MEI_TYPE, category, objectId, 0, 0]);
  }
  const { unitId, functionCode, address, cells } = question;
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
 * Whether a frame of Modbus TCP answers the pending question. Only a frame that agrees in transaction id, protocol,
 * unit id, function code and byte count becomes data. One that answers another question is a stranger, to be ignored;
 * one that answers this question with the wrong shape is malformed, and nothing after it on the stream can be trusted.
 */
export function judgeFrame(frame: Frame, question: Question | undefined, transactionId: number): Judgement {
  if (question === undefined || frame.transactionId !== transactionId || frame.protocolId !== PROTOCOL_ID) {
    return { kind: 'stranger' };
  }
  return judgeBody(frame.body, question);
}

/** The same for unit id and PDU alone, whatever carried them. */
export function judgeBody(body: Uint8Array, question: Question): Judgement {
  if (body[0] !== question.unitId) return { kind: 'stranger' };
  const functionCode = body[1];
  if (functionCode === (question.functionCode | EXCEPTION_FLAG)) return judgeException(body);
  if (functionCode !== question.functionCode) return { kind: 'stranger' };
  if (question.functionCode === IDENTIFY_FUNCTION_CODE) return judgeIdentification(body);
  const expected = replyBytesOf(question);
  const [, , claimed = 0] = body;
  if (claimed !== expected || body.length !== expected + 3) {
    return { kind: 'malformed', what: `${body.length - 3} bytes, said to be ${claimed}, for ${expected} asked` };
  }
  return { kind: 'data', bytes: new Uint8Array(body.subarray(3)) };
}

/** How many bytes the cells of a question take in its reply. */
export function replyBytesOf(question: ReadQuestion): number {
  return question.functionCode <= 2 ? Math.ceil(question.cells / 8) : question.cells * 2;
}

function judgeException(body: Uint8Array): Judgement {
  const [, , exception] = body;
  if (exception === undefined || body.length !== 3)
    return { kind: 'malformed', what: 'an exception of a wrong length' };
  return { kind: 'exception', exception };
}

function judgeIdentification(body: Uint8Array): Judgement {
  if (body[2] !== IDENTIFY_MEI_TYPE || identificationLength(body) !== body.length) {
    return { kind: 'malformed', what: 'an identification of a wrong length' };
  }
  return { kind: 'data', bytes: new Uint8Array(body.subarray(3)) };
}

/**
 * How long unit id and PDU of an identification are, which no byte of it says: its objects have to be walked. Infinity
 * while there are too few bytes to tell.
 */
export function identificationLength(body: Uint8Array): number {
  const count = body[7];
  if (count === undefined) return Number.POSITIVE_INFINITY;
  let end = 8;
  for (let object = 0; object < count; object += 1) {
    const length = body[end + 1];
    if (length === undefined) return Number.POSITIVE_INFINITY;
    end += 2 + length;
  }
  return end;
}
