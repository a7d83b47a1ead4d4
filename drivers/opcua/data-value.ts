import { assert } from '../../core/model/assert.ts';
import { type ScalarType, scalarWithId } from './scalar-type.ts';

/**
 * One value with its status and times, as the server sent it. The raw bytes of a sample are this in the binary
 * encoding of the standard (DataValue, OPC 10000-6 clause 5.2.2.17, little endian), so that anybody can read them:
 *
 *     mask         1 byte: 1 value, 2 status, 4 source time, 8 server time follow
 *     value        1 byte number of the built-in type, then the value
 *     status       4 bytes, absent for Good
 *     source time  8 bytes, 100 ns since 1601-01-01 UTC
 *     server time  8 bytes, the same
 *
 * Times are kept to the millisecond.
 */
export interface PlainDataValue {
  readonly type: ScalarType;
  readonly value: boolean | number | bigint;
  /** 32 bits; 0 is Good. */
  readonly status: number;
  readonly sourceAtMs?: number;
  readonly serverAtMs?: number;
}

const MASK = { value: 1, status: 2, sourceTime: 4, serverTime: 8 } as const;
const EPOCH_1601_MS = -11_644_473_600_000n;
const TICKS_PER_MS = 10_000n;

export function encodeDataValue({ type, value, status, sourceAtMs, serverAtMs }: PlainDataValue): Uint8Array {
  const parts: Buffer[] = [Buffer.of(MASK.value, type.id), scalarBytes(type, value)];
  let mask: number = MASK.value;
  if (status !== 0) {
    mask |= MASK.status;
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(status);
    parts.push(bytes);
  }
  if (sourceAtMs !== undefined) {
    mask |= MASK.sourceTime;
    parts.push(ticks(sourceAtMs));
  }
  if (serverAtMs !== undefined) {
    mask |= MASK.serverTime;
    parts.push(ticks(serverAtMs));
  }
  const encoded = new Uint8Array(Buffer.concat(parts));
  encoded[0] = mask;
  return encoded;
}

/** What `encodeDataValue` wrote. Throws when the bytes are nothing of the kind. */
export function decodeDataValue(raw: Uint8Array): PlainDataValue {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const mask = view.getUint8(0);
  assert((mask & MASK.value) !== 0 && mask <= 0x0f, 'the bytes are a data value with a value');
  const type = scalarWithId(view.getUint8(1));
  assert(type !== undefined, `built-in type ${view.getUint8(1)} is a number`);
  let at = 2;
  const value = scalarAt(view, at, type);
  at += type.bytes;
  let status = 0;
  if ((mask & MASK.status) !== 0) {
    status = view.getUint32(at, true);
    at += 4;
  }
  const timeAt = (bit: number): number | undefined => {
    if ((mask & bit) === 0) return undefined;
    at += 8;
    return Number(view.getBigInt64(at - 8, true) / TICKS_PER_MS + EPOCH_1601_MS);
  };
  const sourceAtMs = timeAt(MASK.sourceTime);
  const serverAtMs = timeAt(MASK.serverTime);
  assert(at === raw.byteLength, 'the data value ends where the bytes do');
  return {
    type,
    value,
    status,
    ...(sourceAtMs === undefined ? {} : { sourceAtMs }),
    ...(serverAtMs === undefined ? {} : { serverAtMs }),
  };
}

/** The time at which the device says the value was taken: the source's, or the server's where there is none. */
export function deviceTimeOf({ sourceAtMs, serverAtMs }: PlainDataValue): number | undefined {
  return sourceAtMs ?? serverAtMs;
}

function scalarBytes(type: ScalarType, value: boolean | number | bigint): Buffer {
  const bytes = Buffer.alloc(type.bytes);
  if (type.number === 'float') {
    if (type.bytes === 4) bytes.writeFloatLE(Number(value));
    else bytes.writeDoubleLE(Number(value));
    return bytes;
  }
  const whole = BigInt(value);
  const wrapped = BigInt.asUintN(8 * type.bytes, whole);
  const fits = type.number === 'signed' ? BigInt.asIntN(8 * type.bytes, whole) === whole : wrapped === whole;
  assert(fits, `${whole} is a ${type.name}`);
  for (let index = 0; index < type.bytes; index += 1) bytes[index] = Number((wrapped >> BigInt(8 * index)) & 0xffn);
  return bytes;
}

function scalarAt(view: DataView, at: number, type: ScalarType): boolean | number | bigint {
  switch (type.id) {
    case 1:
      return view.getUint8(at) !== 0;
    case 2:
      return view.getInt8(at);
    case 3:
      return view.getUint8(at);
    case 4:
      return view.getInt16(at, true);
    case 5:
      return view.getUint16(at, true);
    case 6:
      return view.getInt32(at, true);
    case 7:
      return view.getUint32(at, true);
    case 8:
      return view.getBigInt64(at, true);
    case 9:
      return view.getBigUint64(at, true);
    case 10:
      return view.getFloat32(at, true);
    default:
      return view.getFloat64(at, true);
  }
}

function ticks(utcMs: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE((BigInt(utcMs) - EPOCH_1601_MS) * TICKS_PER_MS);
  return bytes;
}
