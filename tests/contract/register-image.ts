/** What the tests must know of a register point; written from the specification and sharing no code with the driver. */
export interface ImagePoint {
  readonly address: number;
  readonly type: string;
  readonly order: string;
  readonly scale: number;
}

const BYTES: Readonly<Record<string, number>> = {
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  float32: 4,
  float64: 8,
};

/** Registers of a device by address. */
export class RegisterImage {
  readonly #words = new Map<number, number>();

  word(address: number): number {
    return this.#words.get(address) ?? 0;
  }

  setWord(address: number, value: number): void {
    this.#words.set(address, value & 0xffff);
  }

  /** Writes a raw number, before any scale, as the device would. */
  set({ address, type, order }: ImagePoint, raw: number | bigint): void {
    const bytes = new DataView(new ArrayBuffer(bytesOf(type)));
    if (type === 'float32') bytes.setFloat32(0, Number(raw));
    else if (type === 'float64') bytes.setFloat64(0, Number(raw));
    else if (bytes.byteLength === 8) bytes.setBigInt64(0, BigInt.asIntN(64, BigInt(raw)));
    else if (bytes.byteLength === 4) bytes.setInt32(0, Number(BigInt.asIntN(32, BigInt(raw))));
    else bytes.setInt16(0, Number(BigInt.asIntN(16, BigInt(raw))));
    this.setBits({ address, type, order }, bytes.byteLength === 8 ? bytes.getBigUint64(0) : bigOf(bytes));
  }

  /** Writes the bits of a value, most significant first, as the device lays them out. */
  setBits({ address, type, order }: Omit<ImagePoint, 'scale'>, bits: bigint): void {
    const words = bytesOf(type) / 2;
    for (let word = 0; word < words; word += 1) {
      const value = Number((bits >> BigInt(16 * (words - 1 - word))) & 0xffffn);
      const at = order === 'CDAB' || order === 'DCBA' ? words - 1 - word : word;
      const isSwapped = order === 'BADC' || order === 'DCBA';
      this.setWord(address + at, isSwapped ? ((value & 0xff) << 8) | (value >> 8) : value);
    }
  }

  /** The raw number that stands there. */
  raw({ address, type, order }: ImagePoint): number | bigint {
    const words = bytesOf(type) / 2;
    const bytes = new DataView(new ArrayBuffer(words * 2));
    for (let word = 0; word < words; word += 1) {
      const at = order === 'CDAB' || order === 'DCBA' ? words - 1 - word : word;
      const value = this.word(address + at);
      const isSwapped = order === 'BADC' || order === 'DCBA';
      bytes.setUint16(word * 2, isSwapped ? ((value & 0xff) << 8) | (value >> 8) : value);
    }
    if (type === 'float32') return bytes.getFloat32(0);
    if (type === 'float64') return bytes.getFloat64(0);
    if (type === 'uint64') return bytes.getBigUint64(0);
    if (type === 'int64') return bytes.getBigInt64(0);
    if (type === 'uint32') return bytes.getUint32(0);
    if (type === 'int32') return bytes.getInt32(0);
    return type === 'uint16' ? bytes.getUint16(0) : bytes.getInt16(0);
  }
}

export function bytesOf(type: string): number {
  const bytes = BYTES[type];
  if (bytes === undefined) throw new Error(`no width of ${type}`);
  return bytes;
}

function bigOf(bytes: DataView): bigint {
  return bytes.byteLength === 4 ? BigInt(bytes.getUint32(0)) : BigInt(bytes.getUint16(0));
}
