const POLYNOMIAL = 0xa001;
const START = 0xffff;

const table = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >> 1) ^ POLYNOMIAL : crc >> 1;
  return crc;
});

/** The checksum of a serial frame (MODBUS over Serial Line V1.02, clause 6.2.2); on the wire its low byte goes first. */
export function crc16(bytes: Uint8Array, from: number, end: number): number {
  let crc = START;
  for (let at = from; at < end; at += 1) crc = (crc >> 8) ^ (table[(crc ^ (bytes[at] ?? 0)) & 0xff] ?? 0);
  return crc;
}
