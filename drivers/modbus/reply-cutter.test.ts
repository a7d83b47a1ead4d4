import fc from 'fast-check';
import { expect, test } from 'vitest';
import { announceSeed } from '../../tests/contract/driver-host.ts';
import { ReplyCutter } from './reply-cutter.ts';

const seed = announceSeed('modbus reply cutter');

function frame(transactionId: number, protocolId: number, body: Uint8Array): Buffer {
  const header = Buffer.alloc(6);
  header.writeUInt16BE(transactionId, 0);
  header.writeUInt16BE(protocolId, 2);
  header.writeUInt16BE(body.length, 4);
  return Buffer.concat([header, body]);
}

test('frames come out whole however the stream is cut', () => {
  const id = fc.integer({ min: 0, max: 0xffff });
  const frames = fc.array(fc.tuple(id, fc.constant(0), fc.uint8Array({ maxLength: 254 })), { maxLength: 12 });
  fc.assert(
    fc.property(frames, fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 }), (sent, pieces) => {
      const stream = Buffer.concat(
        sent.map(([transactionId, protocolId, body]) => frame(transactionId, protocolId, body)),
      );
      const received: [number, number, number[]][] = [];
      const cutter = new ReplyCutter(({ transactionId, protocolId, body }) => {
        received.push([transactionId, protocolId, [...body]]);
      });
      for (let at = 0, piece = 0; at < stream.length; piece += 1) {
        const size = pieces[piece % pieces.length] ?? 1;
        expect(cutter.take(stream.subarray(at, at + size))).toBeUndefined();
        at += size;
      }
      expect(received).toEqual(sent.map(([transactionId, protocolId, body]) => [transactionId, protocolId, [...body]]));
    }),
    { seed },
  );
});

test('a length that no frame has is told at once', () => {
  const cutter = new ReplyCutter(() => undefined);
  expect(cutter.take(frame(1, 0, Uint8Array.of(1, 3, 0)))).toBeUndefined();
  expect(cutter.take(Buffer.from('00010000ffff', 'hex'))).toContain('65535 bytes');
});

test('a frame that was cut short is not completed by the bytes of the next', () => {
  const received: number[] = [];
  const cutter = new ReplyCutter(({ transactionId }) => void received.push(transactionId));
  const whole = frame(7, 0, Uint8Array.of(1, 3, 4, 0x43, 0x66, 0x12, 0x34));
  expect(cutter.take(Buffer.concat([whole.subarray(0, whole.length - 3), whole]))).toContain('begin no other');
  expect(received).toEqual([]);
});
