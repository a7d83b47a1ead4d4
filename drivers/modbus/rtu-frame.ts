import type { Buffer } from 'node:buffer';
import { crc16 } from './crc16.ts';
import {
  CHECKSUM_BYTES,
  EXCEPTION_FLAG,
  encodeQuestion,
  IDENTIFY_FUNCTION_CODE,
  identificationLength,
  type Question,
  replyBytesOf,
} from './read-codec.ts';

/** MODBUS over Serial Line V1.02, clause 2.5.1: a frame has at most 256 bytes. */
export const RTU_FRAME_BYTES_MAX = 256;
const REQUEST_BYTES = 8;
const EXCEPTION_BYTES = 5;
/** Functions whose answers repeat address and count: they write, and other masters may use them. */
const ECHOING_FUNCTION_CODES = [5, 6, 15, 16];

/** Unit id, PDU and checksum of a question. */
export function encodeRtu(question: Question): Buffer {
  const bytes = encodeQuestion(question);
  const end = bytes.length - CHECKSUM_BYTES;
  bytes.writeUInt16LE(crc16(bytes, 0, end), end);
  return bytes;
}

/** How long the frame will be that brings data for `question`; undefined where its own bytes have to tell. */
export function replyLength(question: Question): number | undefined {
  return question.functionCode === IDENTIFY_FUNCTION_CODE ? undefined : replyBytesOf(question) + EXCEPTION_BYTES;
}

/**
 * - `reply`: a frame as a device sends it
 * - `request`: one as a master sends it
 * - `none`: no whole frame with a right checksum begins here; perhaps one will when more has come
 */
export type FrameKind = 'reply' | 'request' | 'none';

export interface FoundFrame {
  readonly kind: FrameKind;
  readonly length: number;
}

const NONE: FoundFrame = { kind: 'none', length: 0 };

/** The whole frame that begins at `at` of `bytes`, by its function code and its checksum. */
export function frameAt(bytes: Uint8Array, at: number, end: number): FoundFrame {
  const functionCode = bytes[at + 1];
  if (functionCode === undefined || at + EXCEPTION_BYTES > end) return NONE;
  const reply = replyLengthAt(bytes, at, end, functionCode);
  if (reply !== undefined && isWhole(bytes, at, reply, end)) return { kind: 'reply', length: reply };
  const asks = functionCode >= 1 && functionCode <= 6;
  return asks && isWhole(bytes, at, REQUEST_BYTES, end) ? { kind: 'request', length: REQUEST_BYTES } : NONE;
}

/** The length that a reply beginning at `at` says it has. */
function replyLengthAt(bytes: Uint8Array, at: number, end: number, functionCode: number): number | undefined {
  if ((functionCode & EXCEPTION_FLAG) !== 0) return EXCEPTION_BYTES;
  if (functionCode >= 1 && functionCode <= 4) return EXCEPTION_BYTES + (bytes[at + 2] ?? 0);
  if (functionCode === IDENTIFY_FUNCTION_CODE) {
    return identificationLength(bytes.subarray(at, end)) + CHECKSUM_BYTES;
  }
  return ECHOING_FUNCTION_CODES.includes(functionCode) ? REQUEST_BYTES : undefined;
}

function isWhole(bytes: Uint8Array, at: number, length: number, end: number): boolean {
  if (at + length > end || length > RTU_FRAME_BYTES_MAX) return false;
  const checksumAt = at + length - CHECKSUM_BYTES;
  const checksum = (bytes[checksumAt] ?? 0) | ((bytes[checksumAt + 1] ?? 0) << 8);
  return crc16(bytes, at, checksumAt) === checksum;
}
