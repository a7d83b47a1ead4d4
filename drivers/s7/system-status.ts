/** Lists of the system status of a PLC (SZL): what the CPU is, and whether it runs. */
export const MODULE_IDENTIFICATION = 0x0011;
export const COMPONENT_IDENTIFICATION = 0x001c;
/** The latest change of the mode. */
export const OPERATING_MODE = 0x0424;

/** The request that reads one list; the reference is put in when it is sent. */
export function systemStatusRequest(list: number): Buffer {
  const frame = Buffer.from([
    ...[0x03, 0x00, 0x00, 0x21, 0x02, 0xf0, 0x80, 0x32, 0x07, 0x00, 0x00, 0x00, 0x00, 0x00, 0x08, 0x00, 0x08],
    ...[0x00, 0x01, 0x12, 0x04, 0x11, 0x44, 0x01, 0x00, 0xff, 0x09, 0x00, 0x04, 0x00, 0x00, 0x00, 0x00],
  ]);
  frame.writeUInt16BE(list, 29);
  return frame;
}

/** The records of a list, each as long as the list says; a last one that is cut off is left out. */
export function recordsOf(list: Buffer): Buffer[] {
  if (list.length < 8) return [];
  const length = list.readUInt16BE(4);
  const count = list.readUInt16BE(6);
  if (length === 0) return [];
  const records: Buffer[] = [];
  for (let at = 8; records.length < count && at + length <= list.length; at += length) {
    records.push(list.subarray(at, at + length));
  }
  return records;
}

export type CpuMode = 'run' | 'stop' | 'startup' | 'hold' | 'defect' | 'unknown';

const MODES: Readonly<Record<number, CpuMode>> = {
  1: 'stop',
  2: 'stop',
  3: 'stop',
  4: 'stop',
  5: 'startup',
  6: 'startup',
  7: 'startup',
  8: 'run',
  9: 'run',
  10: 'hold',
  13: 'defect',
};

/**
 * What list 0x0424 says: the fourth byte of its record holds the mode in the lower half (Siemens, System Software for
 * S7-300/400, System and Standard Functions, SSL-ID W#16#xy24).
 */
export function modeOf(list: Buffer): CpuMode {
  const mode = recordsOf(list)[0]?.[3];
  return (mode === undefined ? undefined : MODES[mode & 0x0f]) ?? 'unknown';
}

export interface Identity {
  readonly name: string;
  readonly value: string;
}

const MODULE_TEXTS: Readonly<Record<number, string>> = { 1: 'order number', 6: 'hardware', 7: 'firmware' };
const COMPONENT_TEXTS: Readonly<Record<number, string>> = {
  1: 'system',
  2: 'module',
  3: 'plant',
  4: 'copyright',
  5: 'serial number',
  7: 'module type',
};

/** What list 0x0011 says: order numbers, and the version of the firmware. */
export function moduleIdentity(list: Buffer): Identity[] {
  return recordsOf(list).flatMap((record) => {
    const name = MODULE_TEXTS[record.readUInt16BE(0)];
    if (name === undefined || record.length < 28) return [];
    if (name === 'firmware') {
      return [{ name, value: `${String.fromCharCode(record.readUInt8(24))}${record.subarray(25, 28).join('.')}` }];
    }
    return named(name, record.subarray(2, 22));
  });
}

/** What list 0x001C says: the names that the project gave, and the serial number. */
export function componentIdentity(list: Buffer): Identity[] {
  return recordsOf(list).flatMap((record) => {
    const name = COMPONENT_TEXTS[record.readUInt16BE(0) & 0xff];
    return name === undefined ? [] : named(name, record.subarray(2, 34));
  });
}

function named(name: string, text: Buffer): Identity[] {
  // What a PLC says of itself is printed on a terminal: only plain letters pass.
  const value = text
    .toString('latin1')
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim();
  return value === '' ? [] : [{ name, value }];
}
