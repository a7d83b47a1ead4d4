export type ScannedValue = string | number | Uint8Array | null;

/** Bytes of a value by its serial type (SQLite file format, section 2.1), where the type alone says so. */
const FIXED_BYTES: Readonly<Record<number, number>> = { 0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8, 7: 8, 8: 0, 9: 0 };

/** The values of a row. @throws RangeError when the bytes are no record. */
export function readRecord(payload: Buffer): ScannedValue[] {
  const head = readVarint(payload, 0);
  if (head.value > payload.length) throw new RangeError('the head is longer than the record');
  const values: ScannedValue[] = [];
  let at = head.bytes;
  let valueAt = head.value;
  while (at < head.value) {
    const type = readVarint(payload, at);
    at += type.bytes;
    const length = type.value >= 12 ? Math.floor((type.value - 12) / 2) : FIXED_BYTES[type.value];
    if (length === undefined || valueAt + length > payload.length)
      throw new RangeError('a value reaches beyond the record');
    values.push(readValue(payload.subarray(valueAt, valueAt + length), type.value));
    valueAt += length;
  }
  return values;
}

function readValue(bytes: Buffer, type: number): ScannedValue {
  if (type === 0) return null;
  if (type === 8 || type === 9) return type - 8;
  if (type === 7) return bytes.readDoubleBE(0);
  if (type === 6) return Number(bytes.readBigInt64BE(0));
  if (type < 6) return bytes.readIntBE(0, bytes.length);
  return type % 2 === 0 ? bytes : bytes.toString('utf8');
}

/** A variable-length integer (section 1.6): seven bits a byte, highest first, nine bytes at most. */
export function readVarint(bytes: Buffer, at: number): { readonly value: number; readonly bytes: number } {
  let value = 0;
  for (let count = 0; count < 8; count++) {
    const byte = bytes.readUInt8(at + count);
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return { value, bytes: count + 1 };
  }
  return { value: value * 256 + bytes.readUInt8(at + 8), bytes: 9 };
}
