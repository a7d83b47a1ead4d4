/** The wire form of Protocol Buffers, as far as Sparkplug B needs it. Strict: what does not fit is an error. */
export interface WireField {
  readonly number: number;
  /** Varint: the count, 64 bits. Fixed 32 and 64 bits, and length-delimited: the bytes. */
  readonly value: bigint | Uint8Array;
}

export class MalformedBytes extends Error {}

const VARINT_BYTES_MAX = 10;

/** The fields of a message in their order. Throws MalformedBytes. */
export function readFields(bytes: Uint8Array): WireField[] {
  const fields: WireField[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let count = 0; count < VARINT_BYTES_MAX; count += 1) {
      const byte = bytes[at];
      if (byte === undefined) throw new MalformedBytes('it ends within a number');
      at += 1;
      value |= BigInt(byte & 127) << BigInt(7 * count);
      if (byte < 128) return BigInt.asUintN(64, value);
    }
    throw new MalformedBytes('a number has more than 64 bits');
  };
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw new MalformedBytes('it ends within a value');
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const key = varint();
    const number = Number(key >> 3n);
    if (number === 0) throw new MalformedBytes('a field has the number 0');
    const wire = Number(key & 7n);
    if (wire === 0) fields.push({ number, value: varint() });
    else if (wire === 1) fields.push({ number, value: take(8) });
    else if (wire === 2) fields.push({ number, value: take(Number(varint())) });
    else if (wire === 5) fields.push({ number, value: take(4) });
    else throw new MalformedBytes(`a field has the form ${wire}`);
  }
  return fields;
}
