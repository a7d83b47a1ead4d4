import { expect, test } from 'vitest';
import type { ProbedPlace } from '../../core/acquisition/probe.ts';
import { rankDecodings } from '../../core/acquisition/rank-decodings.ts';
import { decodingsOf } from '../../drivers/modbus/decodings.ts';
import { placeLines } from './place-lines.ts';

/** Holding registers from `from` on, as a probe gives them: each place with the bytes from there on. */
function places(from: number, registers: readonly number[]): ProbedPlace[] {
  const bytes = Buffer.alloc(2 * registers.length);
  for (const [index, register] of registers.entries()) bytes.writeUInt16BE(register, 2 * index);
  return registers.map((_, index) => {
    const rest = bytes.subarray(2 * index, 2 * index + 8);
    const reads = [rest, rest];
    return {
      place: `holding ${from + index}`,
      rawHex: reads.map((read) => read.toString('hex')),
      decodings: decodingsOf('holding', from + index, reads),
    };
  });
}

const hertz = Buffer.alloc(4);
hertz.writeFloatBE(49.98);
const FOUND = places(3000, [hertz.readUInt16BE(0), hertz.readUInt16BE(2), 0, 0, 0, 0, 0, 0, 0, 0, 0, 812]);

test.each([60, 80, 100, 140])('no line is wider than %d characters', (width) => {
  const fault = {
    code: 'DRV_MODBUS_ILLEGAL_ADDRESS',
    message: 'The device has no such register here or there.',
    policy: 'isolate',
  } as const;
  const refused: ProbedPlace = { place: 'holding 4000-4100', rawHex: ['', ''], decodings: [], fault };
  const lines = placeLines(rankDecodings([...FOUND, refused]), [], width);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(width);
  expect(lines.join(' ').replaceAll(/ +/g, ' ')).toContain('no such register here or there.');
});

test('a value stands with its registers and its own bytes, and zeros share one line', () => {
  const lines = placeLines(rankDecodings(FOUND), [], 100);
  expect(lines[1]).toMatch(/^holding 3000-3001 +4247eb85 +float32 ABCD 49.98 /);
  const zeros = lines.filter((line) => / hold(s)? 0$/.test(line));
  expect(zeros).toEqual([expect.stringMatching(/^holding 3002-30\d\d +0000 +0 +\d+ registers that hold 0$/)]);
  expect(lines.join('\n')).not.toContain('part of');
});
