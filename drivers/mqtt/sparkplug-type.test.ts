import fc from 'fast-check';
import { expect, test } from 'vitest';
import { announceSeed } from '../../tests/contract/driver-host.ts';
import { contentOf } from './sparkplug-type.ts';

const SEED = announceSeed('sparkplug-type');
const TYPES = [
  ['Int8', 8, true],
  ['Int16', 16, true],
  ['Int32', 32, true],
  ['Int64', 64, true],
  ['UInt8', 8, false],
  ['UInt16', 16, false],
  ['UInt32', 32, false],
  ['UInt64', 64, false],
] as const;

test('an integer is itself again from every way of writing it, or refused, and never another', () => {
  let read = 0;
  let refused = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...TYPES),
      fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
      fc.nat(63),
      ([type, bits, isSigned], any, shift) => {
        const number = isSigned
          ? BigInt.asIntN(bits, any >> BigInt(shift))
          : BigInt.asUintN(bits, any >> BigInt(shift));
        for (const width of [bits, 32, 64].filter((each) => each >= bits)) {
          const long = contentOf(type, { field: 'long', bits: BigInt.asUintN(width, number) });
          expect(long, `${type} ${number} in ${width} bits of the 64-bit field`).toBe(number);
          // What does not fit into the 32-bit field loses bits there: then it may be refused, but not misread.
          const int = contentOf(type, { field: 'int', bits: BigInt.asUintN(Math.min(width, 32), number) });
          const extended = contentOf(type, { field: 'int', bits: BigInt.asUintN(64, BigInt.asIntN(32, number)) });
          const fits = isSigned ? BigInt.asIntN(32, number) === number : BigInt.asUintN(32, number) === number;
          for (const narrow of fits ? [int, extended] : []) {
            if (narrow === undefined) refused += 1;
            else expect(narrow, `${type} ${number} in the 32-bit field`).toBe(number);
            read += 1;
          }
        }
      },
    ),
    { seed: SEED, numRuns: 3000 },
  );
  expect(read).toBeGreaterThan(5000);
  // Only a 64-bit number whose sign was cut off is refused.
  expect(refused).toBeLessThan(read / 5);
});
