import type { AskedFor, Framing } from './modbus-framing.ts';

/** What a server does in place of a plain answer. Delays are milliseconds. */
export type Mischief =
  | { kind: 'none' }
  | { kind: 'delay'; delayMs: number }
  | { kind: 'drop' }
  | { kind: 'duplicate'; delayMs: number }
  | { kind: 'reorder' }
  | { kind: 'wrong-transaction'; offset: number }
  | { kind: 'wrong-unit' }
  | { kind: 'wrong-function' }
  | { kind: 'wrong-protocol' }
  | { kind: 'wrong-byte-count'; offset: number }
  | { kind: 'truncated' }
  | { kind: 'cut-short'; bytes: number }
  | { kind: 'trailing-garbage'; bytes: number[] }
  | { kind: 'leading-garbage'; bytes: number[] }
  | { kind: 'huge-length' }
  | { kind: 'flip-bit'; bit: number }
  | { kind: 'exception'; exception: number }
  | { kind: 'reset' }
  | { kind: 'end-mid-frame' }
  | { kind: 'black-hole' }
  | { kind: 'drip'; everyMs: number }
  | { kind: 'heartbeat' }
  | { kind: 'broadcast' }
  | { kind: 'echo' }
  | { kind: 'replay-old' };

/** A reply made wrong in one respect. What has no meaning in a framing leaves the reply as it is. */
export function spoil(framing: Framing, request: AskedFor, reply: Buffer, mischief: Mischief): Buffer {
  const body = Buffer.from(framing.bodyOf(reply));
  const whole = Buffer.from(reply);
  const isTcp = framing.name === 'tcp';
  switch (mischief.kind) {
    case 'wrong-transaction':
      return framing.frame({ ...request, transactionId: (request.transactionId + mischief.offset) & 0xffff }, body);
    case 'wrong-protocol':
      if (isTcp) whole.writeUInt16BE(1, 2);
      return whole;
    case 'wrong-unit':
      body.writeUInt8((request.unitId + 1) & 0xff, 0);
      return framing.frame(request, body);
    case 'wrong-function':
      body.writeUInt8(request.functionCode === 3 ? 4 : 3, 1);
      return framing.frame(request, body);
    case 'wrong-byte-count':
      body.writeUInt8((body.readUInt8(2) + mischief.offset) & 0xff, 2);
      return framing.frame(request, body);
    case 'huge-length':
      if (isTcp) whole.writeUInt16BE(40_000, 4);
      return whole;
    case 'truncated':
      // A whole frame, with a register less than was asked for.
      return framing.frame(request, body.subarray(0, body.length - 2));
    case 'cut-short':
      return whole.subarray(0, Math.max(1, whole.length - mischief.bytes));
    case 'trailing-garbage':
      return Buffer.concat([whole, Buffer.from(mischief.bytes)]);
    case 'leading-garbage':
      return Buffer.concat([Buffer.from(mischief.bytes), whole]);
    case 'flip-bit': {
      const at = mischief.bit % (whole.length * 8);
      whole.writeUInt8(whole.readUInt8(at >> 3) ^ (1 << (at & 7)), at >> 3);
      return whole;
    }
    case 'exception':
      return exceptionFrame(framing, request, mischief.exception);
    default:
      return whole;
  }
}

export function exceptionFrame(framing: Framing, request: AskedFor, exception: number): Buffer {
  return framing.frame(request, Buffer.from([request.unitId, request.functionCode | 0x80, exception]));
}
