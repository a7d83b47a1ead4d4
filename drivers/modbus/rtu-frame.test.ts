import fc from 'fast-check';
import { expect, test } from 'vitest';
import { announceSeed } from '../../tests/contract/driver-host.ts';
import { crcOf } from '../../tests/fault/modbus-framing.ts';
import { crc16 } from './crc16.ts';
import { readQuestion } from './read-codec.ts';
import { encodeRtu, frameAt } from './rtu-frame.ts';
import { nameFormat, serialTiming } from './rtu-timing.ts';

const seed = announceSeed('modbus rtu frame');

/** Requests with the checksums that other implementations publish for them. */
test.each([
  ['input', 0, 2, 1, '01040000000271cb'],
  ['input', 0x34, 2, 1, '0104003400023005'],
  ['holding', 0x6b, 3, 0x11, '1103006b00037687'],
  ['coil', 0x13, 0x25, 0x11, '1101001300250e84'],
  ['discrete', 0xc4, 0x16, 0x11, '110200c40016baa9'],
] as const)('%s %i+%i of unit %i', (table, address, cells, unitId, hex) => {
  expect(encodeRtu(readQuestion({ table, address, cells }, unitId)).toString('hex')).toBe(hex);
});

test('the checksum is the one that the specification describes bit by bit', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 256 }), (bytes) => {
      expect(crc16(bytes, 0, bytes.length)).toBe(crcOf(bytes));
    }),
    { seed },
  );
});

test('a frame is found by its own length, and not before it is whole', () => {
  const reply = withChecksum('010304436600004b');
  const exception = withChecksum('018302');
  const request = encodeRtu(readQuestion({ table: 'holding', address: 3000, cells: 2 }, 1));
  const identity = withChecksum('012b0e02820000020003414243010141');
  expect(frameAt(withChecksum('01030443660000'), 0, 9)).toEqual({ kind: 'reply', length: 9 });
  expect(frameAt(withChecksum('01030443660000'), 0, 8).kind).toBe('none');
  expect(frameAt(exception, 0, 5)).toEqual({ kind: 'reply', length: 5 });
  expect(frameAt(request, 0, 8)).toEqual({ kind: 'request', length: 8 });
  expect(frameAt(identity, 0, identity.length)).toEqual({ kind: 'reply', length: identity.length });
  // Byte count and checksum disagree.
  expect(frameAt(reply, 0, reply.length).kind).toBe('none');
});

test('no single flipped bit and no lost byte goes unseen', () => {
  const frame = withChecksum('07031043660000c2f6e97900000000499602d2');
  let checked = 0;
  for (let bit = 0; bit < frame.length * 8; bit += 1) {
    const flipped = Buffer.from(frame);
    flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    expect(frameAt(flipped, 0, flipped.length)).not.toEqual({ kind: 'reply', length: frame.length });
    checked += 1;
  }
  for (let lost = 0; lost < frame.length; lost += 1) {
    const shorter = Buffer.concat([frame.subarray(0, lost), frame.subarray(lost + 1)]);
    expect(frameAt(shorter, 0, shorter.length).kind).toBe('none');
    checked += 1;
  }
  expect(checked).toBe(21 * 9);
});

test('a character has its bits, and the silence its 3.5 characters', () => {
  const slow = serialTiming({ baudRate: 9600, parity: 'even', stopBits: 1 });
  expect(slow.byteMs).toBeCloseTo(11 / 9.6, 9);
  expect(slow.silenceMs).toBeCloseTo(4.010_416_7, 6);
  expect(serialTiming({ baudRate: 19_200, parity: 'none', stopBits: 1 }).silenceMs).toBeCloseTo(1.822_917, 5);
  expect(serialTiming({ baudRate: 38_400, parity: 'none', stopBits: 2 }).silenceMs).toBe(1.75);
  expect(nameFormat({ baudRate: 9600, parity: 'even', stopBits: 1 })).toBe('9600 8E1');
});

function withChecksum(hex: string): Buffer {
  const body = Buffer.from(hex, 'hex');
  const checksum = Buffer.alloc(2);
  checksum.writeUInt16LE(crcOf(body), 0);
  return Buffer.concat([body, checksum]);
}
